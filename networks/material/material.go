// Package material keeps what networks offer for their programmes, banners, text
// links, codes and offers, copies it into campaigns, and says what became of it at
// the network since.
package material

import (
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
)

// ItemID names an item.
type ItemID int64

// Item is what a network offers for a programme, as the newest reading has it.
type Item struct {
	ID             ItemID                 `db:"id" json:"id"`
	Connection     networks.ConnectionID  `db:"connection_id" json:"connection_id"`
	Label          labels.ID              `db:"label_id" json:"label_id"`
	Network        string                 `db:"network" json:"network" enum:"awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Account        string                 `db:"account" json:"connection_name"`
	Programme      string                 `db:"programme_ref" json:"programme_ref"`
	ProgrammeName  string                 `db:"programme" json:"programme_name,omitempty"`
	Advertiser     campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	AdvertiserName string                 `db:"advertiser" json:"advertiser_name,omitempty"`
	Kind           networks.ItemKind      `db:"kind" json:"kind" enum:"banner,text,code,offer"`
	Ref            string                 `db:"ref" json:"item_ref"`
	Name           string                 `db:"name" json:"name"`
	Text           string                 `db:"body" json:"text,omitempty"`
	Conditions     string                 `db:"conditions" json:"conditions,omitempty"`
	Width          int                    `db:"width" json:"width,omitempty"`
	Height         int                    `db:"height" json:"height,omitempty"`
	From           *time.Time             `db:"valid_from" json:"offered_from,omitempty"`
	Until          *time.Time             `db:"valid_until" json:"offered_until,omitempty"` // not within
	Code           string                 `db:"code" json:"code,omitempty"`
	Exclusive      bool                   `db:"exclusive" json:"exclusive,omitempty"`
	Picture        string                 `db:"picture" json:"picture_url,omitempty"`
	Click          string                 `db:"click" json:"click_url,omitempty"`
	Modified       *time.Time             `db:"modified_at" json:"modified_at,omitempty"`
	Changed        time.Time              `db:"changed_at" json:"changed_at"`
	FirstSeen      time.Time              `db:"first_seen_at" json:"first_seen_at"`
	Seen           time.Time              `db:"seen_at" json:"seen_at"`
	Withdrawn      *time.Time             `db:"withdrawn_at" json:"withdrawn_at,omitempty"`
}

// Usable returns a conflict unless the item may be taken now: the network still
// offers it, and it isn't past its date.
func (i *Item) Usable(now time.Time) error {
	switch {
	case i.Withdrawn != nil:
		return fault.New(fault.Conflict, "material.gone")
	case i.Until != nil && !now.Before(*i.Until):
		return fault.New(fault.Conflict, "material.past")
	}
	return nil
}

// Fits returns a conflict unless the item is of a programme of the campaign's
// advertiser, and of the campaign's own where it has one: its links and codes book
// sales at that network alone.
func (i *Item) Fits(c *campaigns.Campaign, programmes []campaigns.Programme) error {
	if i.Label == c.LabelID {
		for _, p := range programmes {
			if p.AdvertiserID == c.AdvertiserID && p.Network == i.Network && p.Ref == i.Programme &&
				(c.ProgrammeID == nil || *c.ProgrammeID == p.ID) {
				return nil
			}
		}
	}
	return fault.New(fault.Conflict, "material.other_programme")
}

// Days returns the first and the last day on which the item may be shown, in a
// zone; nil where there is none. A day on which it begins or ends is one of them.
func (i *Item) Days(zone *time.Location) (from, until *civil.Date) {
	if i.From != nil {
		day := civil.DateOf(i.From.In(zone))
		from = &day
	}
	if i.Until != nil {
		day := civil.DateOf(i.Until.Add(-time.Microsecond).In(zone))
		until = &day
	}
	return from, until
}

// PickID names a pick.
type PickID int64

// Pick is what was taken from an item into a campaign, with the item as it was
// then, beside the item as it is now.
type Pick struct {
	Item     `json:"item"`
	ID       PickID            `db:"pick_id" json:"id"`
	Campaign campaigns.ID      `db:"campaign_id" json:"campaign_id"`
	Hash     *campaigns.Hash   `db:"hash" json:"hash,omitempty"`    // the copy of its picture
	Pool     *campaigns.PoolID `db:"pool_id" json:"pool,omitempty"` // of its code
	Was      Was               `db:"was" json:"-"`
	By       string            `db:"picked_by" json:"picked_by"`
	ByName   string            `db:"picked_name" json:"picked_name"`
	At       time.Time         `db:"picked_at" json:"picked_at"`
	Says     Says              `db:"says" json:"-"`
	Kept     Kept              `db:"kept" json:"-"`
	Read     *time.Time        `db:"last_read_at" json:"-"` // when the newest whole reading began
}

// Was is what an item was when it was taken.
type Was struct {
	Picture    string     `db:"picture"`
	Click      string     `db:"click"`
	Code       string     `db:"code"`
	Conditions string     `db:"conditions"`
	Modified   *time.Time `db:"modified_at"`
}

// Use is what a placement shows.
type Use struct {
	Campaign campaigns.ID
	Creative string // the hash of its picture in hex; empty: none
	Pool     campaigns.PoolID
	URL      string
}

// part is what a placement has of a pick.
type part string

const (
	picture    part = "picture"
	click      part = "click"
	code       part = "code"
	conditions part = "conditions"
)

// parts returns what a placement has of the pick, none if it has nothing of it.
func (p *Pick) parts(u Use) (has []part) {
	if p.Campaign != u.Campaign {
		return nil
	}
	if p.Hash != nil && p.Hash.String() == u.Creative {
		has = append(has, picture)
	}
	if p.Pool != nil && *p.Pool == u.Pool {
		has = append(has, code)
	}
	if p.Was.Click != "" && p.Was.Click == u.URL {
		has = append(has, click)
	}
	return has
}

// Finding is what became of something at its network since it was taken.
type Finding struct {
	Pick     PickID
	Product  bool // the pick is of a product: networks/products
	Campaign campaigns.ID
	Severity links.Severity
	Message  words.Message
}

// Find returns what became of that which placements have of picks, which begin
// with the newest: of several that gave a placement the same, the newest counts.
// at is when it is sent; days are told in the zone.
func Find(picks []Pick, uses []Use, at time.Time, zone *time.Location) []Finding {
	var all []Finding
	seen := map[PickID]map[part]bool{}
	var order []*Pick
	for _, u := range uses {
		given := map[part]bool{}
		for n := range picks {
			p := &picks[n]
			for _, has := range p.parts(u) {
				if given[has] {
					continue
				}
				given[has] = true
				if seen[p.ID] == nil {
					seen[p.ID] = map[part]bool{}
					order = append(order, p)
				}
				seen[p.ID][has] = true
			}
		}
	}
	for _, p := range order {
		all = append(all, p.findings(seen[p.ID], at, zone)...)
	}
	return all
}

// Findings returns what became of all that was taken by the pick.
func (p *Pick) Findings(at time.Time, zone *time.Location) []Finding {
	return p.findings(map[part]bool{picture: p.Hash != nil, code: p.Pool != nil, click: p.Was.Click != ""}, at, zone)
}

// findings are of the parts that are in use.
func (p *Pick) findings(has map[part]bool, at time.Time, zone *time.Location) (all []Finding) {
	note := func(severity links.Severity, key string, args ...any) {
		all = append(all, Finding{Pick: p.ID, Campaign: p.Campaign, Severity: severity, Message: words.Of(key, args...)})
	}
	day := func(at time.Time) string { return at.In(zone).Format(time.DateOnly) }
	switch {
	case p.Withdrawn != nil && !p.Kept.Is:
		note(links.Asks, "material.withdrawn", "item", p.Name, "kind", p.Kind, "account", p.Account, "day", day(*p.Withdrawn))
	case p.Withdrawn == nil && p.Read != nil && p.Seen.Before(*p.Read):
		note(links.Tells, "material.missing", "item", p.Name, "kind", p.Kind, "account", p.Account, "day", day(*p.Read))
	}
	switch {
	case p.Until != nil && !at.Before(*p.Until):
		last := day(p.Until.Add(-time.Microsecond))
		note(links.Blocks, "material.ended", "item", p.Name, "kind", p.Kind, "account", p.Account, "day", last)
	case p.From != nil && at.Before(*p.From):
		note(links.Blocks, "material.begins", "item", p.Name, "kind", p.Kind, "account", p.Account, "day", day(*p.From))
	}
	if has[code] && p.Code != p.Was.Code {
		note(links.Blocks, "material.code_changed", "item", p.Name, "account", p.Account, "was", p.Was.Code, "code", p.Code)
	}
	for _, changed := range []struct {
		part part
		is   bool
	}{
		{picture, has[picture] && (p.Picture != p.Was.Picture || later(p.Modified, p.Was.Modified))},
		{click, has[click] && p.Click != p.Was.Click},
		{conditions, p.Conditions != p.Was.Conditions},
	} {
		if changed.is {
			note(links.Tells, "material.changed", "item", p.Name, "kind", p.Kind, "account", p.Account,
				"part", string(changed.part), "day", day(p.Changed))
		}
	}
	return all
}

// Asks reports whether a person has to say whether it stays.
func (p *Pick) Asks() bool { return p.Withdrawn != nil && !p.Kept.Is }

func later(is, was *time.Time) bool { return is != nil && (was == nil || is.After(*was)) }
