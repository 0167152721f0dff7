// Package targets follows, once a day, where the links of live mailings and
// campaigns lead, as a member's click would: it keeps the way of each and how it
// stood on which day, and tells the owners of campaigns whose links broke.
package targets

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
)

// ID names a target.
type ID int64

// State is how a target stands.
type State string

// The states of a target.
const (
	Unchecked State = "unchecked" // nobody followed it yet
	Works     State = "works"
	Broken    State = "broken"
	Unclear   State = "unclear" // it can't be checked, or nobody answered for once, so nothing is known against it
)

// States returns all states, the gravest first.
func States() []State { return []State{Broken, Unclear, Unchecked, Works} }

// Target is an address to which links of live mailings or campaigns lead, with how
// it stood when it was checked last.
type Target struct {
	ID          ID            `db:"id" json:"id"`
	URL         string        `db:"url" json:"url"`
	Parameter   string        `db:"subid_parameter" json:"subid_parameter,omitempty" doc:"Parameter that carries our sub-id"`
	MadeUp      bool          `db:"made_up" json:"-"`
	Barred      bool          `db:"barred" json:"barred,omitempty" doc:"A network's terms forbid that a program follows it"`
	State       State         `db:"state" json:"state" enum:"unchecked,works,broken,unclear"`
	Found       words.Message `db:"found" json:"found,omitzero" doc:"What is wrong with it"`
	Chain       Chain         `db:"chain" json:"chain" doc:"The addresses over which the last check went"`
	Final       string        `db:"final_url" json:"final_url,omitempty" doc:"Where it ended; absent: nobody answered"`
	Home        string        `db:"home" json:"home,omitempty" doc:"The site at which it is to end"`
	CheckedAt   *time.Time    `db:"checked_at" json:"checked_at,omitempty"`
	BrokenSince *time.Time    `db:"broken_since" json:"broken_since,omitempty"`
}

// Chain is the way of a check.
type Chain []links.Hop

// mostHop bounds what is kept of one address of a chain, in bytes.
const mostHop = 1000

// Value hands the chain to the database.
func (c Chain) Value() (driver.Value, error) {
	kept := make(Chain, len(c))
	for i, hop := range c {
		hop.URL = strings.ToValidUTF8(hop.URL[:min(len(hop.URL), mostHop)], "")
		kept[i] = hop
	}
	text, err := json.Marshal(kept)
	return string(text), err
}

// Scan reads a chain of the database.
func (c *Chain) Scan(src any) error {
	text, is := src.([]byte)
	if !is {
		return fmt.Errorf("a chain can't be read from %T", src)
	}
	*c = Chain{}
	return json.Unmarshal(text, c)
}

// Use is what has a target: a campaign's tracking link, or a mailing.
type Use struct {
	Label        labels.ID              `db:"label_id" json:"label_id"`
	Advertiser   campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	Campaign     campaigns.ID           `db:"campaign_id" json:"campaign_id,omitempty" doc:"Absent: the label's own link"`
	CampaignName string                 `db:"campaign" json:"campaign_name,omitempty"`
	Mailing      int64                  `db:"mailing_id" json:"mailing_id,omitempty"`
	MailingName  string                 `db:"mailing" json:"mailing_name,omitempty"`
	Link         campaigns.LinkID       `db:"tracking_link_id" json:"tracking_link_id,omitempty"`
	LinkName     string                 `db:"tracking_link" json:"tracking_link_name,omitempty"`
}

// Line names the use within its target.
func (u Use) Line() string { return fmt.Sprintf("%d/%d/%d", u.Campaign, u.Mailing, u.Link) }

// Day is how a target stood on a day.
type Day struct {
	Day       civil.Date    `db:"day" json:"day" doc:"UTC"`
	CheckedAt time.Time     `db:"checked_at" json:"checked_at"`
	By        string        `db:"checked_by" json:"checked_by" doc:"Who asked for the check: a part of the program, or a person"`
	State     State         `db:"state" json:"state" enum:"works,broken,unclear" doc:"By the last check of the day"`
	Broke     bool          `db:"broke" json:"broke" doc:"Whether some check of the day found it broken"`
	Found     words.Message `db:"found" json:"found,omitzero"`
	Final     string        `db:"final_url" json:"final_url,omitempty"`
}

// Worst is how the target stood on the day at its worst.
func (d Day) Worst() State {
	if d.Broke {
		return Broken
	}
	return d.State
}

// Site is a site of an advertiser, as a person says.
type Site struct {
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	Site       string                 `db:"site" json:"site"`
	By         string                 `db:"said_by" json:"said_by"`
	At         time.Time              `db:"said_at" json:"said_at"`
}

// Validate returns what is wrong with the site.
func (s Site) Validate() error {
	if s.Site == "" || !form.Line(s.Site, 253) || links.SiteOf("https://"+s.Site+"/") != s.Site {
		return fault.At("site", "targets.site_form")
	}
	return nil
}

// judge says how the target stands by what a check found, and where it is at home
// from now on. sites are those that people say are the advertiser's: without any
// word of theirs, a link is at home where its first check ended. What ends at
// another site is broken, also if that refuses to be checked: members come there.
// Where nobody answers it is when nobody does the next time either: trouble passes,
// and what is broken may hold a send.
func (t *Target) judge(c links.Checked, sites []string) (state State, found words.Message, home string) {
	home, found = t.Home, c.Found
	switch links.SeverityOf(found) {
	case links.Asks:
		if t.State != Broken && links.SeverityOf(t.Found) != links.Asks {
			return Unclear, found, home
		}
		return Broken, found, home
	case links.Blocks:
		return Broken, found, home
	}
	if to := links.SiteOf(c.Final); to != "" && !slices.Contains(sites, to) && to != home {
		switch {
		case home != "" && to == links.SiteOf(t.URL):
			return Broken, words.Of("links.stays", "to", to, "home", home), home
		case home != "":
			return Broken, words.Of("links.elsewhere", "to", to, "home", home), home
		case len(sites) > 0:
			return Broken, words.Of("links.foreign", "to", to, "sites", strings.Join(sites, " ")), home
		}
	}
	if links.SeverityOf(found) == links.Tells {
		return Unclear, found, home
	}
	return Works, found, links.SiteOf(c.Final)
}

// due returns when a target is to be checked next: on the next day (UTC), each at
// its own time of it, a little earlier or later than the day before; and soon where
// nobody answered.
func due(id ID, found words.Message, now time.Time, jitter time.Duration) time.Time {
	const spread = 22 * time.Hour
	if links.SeverityOf(found) == links.Asks {
		return now.Add(soon)
	}
	mixed := uint64(id) * 0x9E3779B97F4A7C15 // neighbours lie far apart
	at := time.Duration(mixed>>16) % spread
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(at + jitter)
}
