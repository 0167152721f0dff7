package mailings

import (
	"fmt"
	"slices"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings/attachments"
	"keur/mailings/schedules"
	"keur/segments"
	"keur/templates"
	"keur/templates/lang"
)

// Content is everything that decides what whom receives when: the document of
// a revision, over which its digest is taken. Facts of other rooms (a label's
// imprint, a campaign's terms, a segment's rule) stand in it by value, so that
// nothing that was approved can change afterwards. Only a member's own fields
// and voucher are joined when it is sent.
type Content struct {
	Label      LabelFacts                `json:"label"`
	Kind       Kind                      `json:"kind"`
	Subjects   []Subject                 `json:"subjects"`
	Preheader  string                    `json:"preheader"`
	Sender     Sender                    `json:"sender"`
	Template   Template                  `json:"template"`
	Placements []Placement               `json:"placements"`
	Fields     map[string]lang.FieldType `json:"fields"` // the members' fields there were
	Audience   segments.Audience         `json:"audience"`
	Schedule   schedules.Schedule        `json:"schedule"`
	Copies     map[string]Copy           `json:"copies,omitempty"` // of pictures of elsewhere, by their address

	Attachments []attachments.File `json:"attachments,omitempty"` // PDFs that go with the mail, in their order

	draft  bool // not saved: pictures of elsewhere are shown from there
	copied bool // its pictures of elsewhere were copied just now
}

// LabelFacts is what a mail says of its label.
type LabelFacts struct {
	Code           string `json:"code"`
	Name           string `json:"name"`
	Locale         string `json:"locale"`
	TimeZone       string `json:"time_zone"`
	PublicURL      string `json:"public_url"`
	BounceDomain   string `json:"bounce_domain"`
	ListID         string `json:"list_id"`
	ImprintName    string `json:"imprint_name"`
	ImprintAddress string `json:"imprint_address"`
	Accent         string `json:"accent"`
}

// Subject is one variant of the subject line. Members are dealt over the
// variants in proportion to their weights.
type Subject struct {
	Key    string `json:"key"`
	Text   string `json:"text"`
	Weight int    `json:"weight"`
}

// Sender is who the mail is from.
type Sender struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"reply_to,omitempty"`
}

// Template is the source of the mail, by value.
type Template struct {
	ID      int64            `json:"id,omitempty"` // 0: the source was written in the mailing itself
	Version int              `json:"version,omitempty"`
	Format  templates.Format `json:"format"`
	Source  string           `json:"source"`
	// Partials are the label's partial templates that the source includes, each
	// in the version there was when the revision was saved.
	Partials []Partial `json:"partials,omitempty"`
	// Rendered is a SHA-256 of what the source became when it was saved. If a
	// newer Keur renders it otherwise, preflight holds the send.
	Rendered string `json:"rendered,omitempty"`
}

// Partial is a template that the source, or another partial, includes by its
// name, by value.
type Partial struct {
	ID      int64  `json:"id"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Source  string `json:"source"`
}

// Placement is one block of the mailing, for one campaign.
type Placement struct {
	Key            string `json:"key"`
	CampaignID     int64  `json:"campaign_id"`
	Campaign       string `json:"campaign_name"`
	AdvertiserID   int64  `json:"advertiser_id"`
	Advertiser     string `json:"advertiser_name"`
	Category       string `json:"category"`
	ProgrammeID    int64  `json:"programme_id,omitempty"`
	Network        string `json:"network,omitempty"`
	SubIDParameter string `json:"subid_parameter,omitempty"` // empty: no sub-id is appended
	Creative       string `json:"creative,omitempty"`        // SHA-256 in hex
	CreativeWidth  int    `json:"creative_width,omitempty"`
	CreativeHeight int    `json:"creative_height,omitempty"`
	CreativeURL    string `json:"creative_url,omitempty"`
	Alt            string `json:"alt,omitempty"`
	HTML           string `json:"html,omitempty"`
	Heading        string `json:"heading,omitempty"`
	Text           string `json:"text,omitempty"`
	Button         string `json:"button,omitempty"`
	URL            string `json:"url,omitempty"`
	VoucherPoolID  int64  `json:"voucher_pool_id,omitempty"`
	Terms          []Term `json:"terms"`
	GmailOffer     string `json:"gmail_offer,omitempty"`

	Gmail   *Gmail   `json:"gmail,omitempty"`   // nil: Gmail isn't told of the offer
	Product *Product `json:"product,omitempty"` // nil: it shows none of a feed
}

// Term is one line of a deal: what the advertiser pays.
type Term struct {
	Kind        string `json:"kind"` // CPS, CPL, CPA, CPC, CPM, CPV, fixed
	BasisPoints int    `json:"basis_points,omitempty"`
	MinorUnits  int64  `json:"minor_units,omitempty"`
	Currency    string `json:"currency"`
	Note        string `json:"note,omitempty"`
}

// String writes the line as people say it: CPS 8.00%, CPC 0.25 EUR, fixed 5000 JPY.
func (t Term) String() string {
	if t.BasisPoints > 0 {
		return fmt.Sprintf("%s %d.%02d%%", t.Kind, t.BasisPoints/100, t.BasisPoints%100)
	}
	return t.Kind + " " + words.Exact(t.MinorUnits, t.Currency)
}

// TemplateInput returns what package templates compiles.
func (c *Content) TemplateInput() templates.Input {
	in := templates.Input{
		Format: c.Template.Format, Source: c.Template.Source,
		Preheader: c.Preheader, Fields: c.Fields, Label: c.Label.forTemplate(), Copies: c.copies(), Draft: c.draft,
	}
	for _, p := range c.Template.Partials {
		in.Partials = append(in.Partials, templates.Included{Name: p.Name, Source: p.Source})
	}
	for _, s := range c.Subjects {
		in.Subjects = append(in.Subjects, templates.Subject{Key: s.Key, Text: s.Text})
	}
	for _, p := range c.Placements {
		in.Placements = append(in.Placements, templates.Placement{
			Key: p.Key, CampaignID: p.CampaignID, Advertiser: p.Advertiser,
			Campaign: map[string]string{"name": p.Campaign, "advertiser": p.Advertiser},
			HTML:     p.HTML, Heading: p.Heading, Text: p.Text, Button: p.Button, URL: p.URL,
			Voucher: p.VoucherPoolID != 0,
			Picture: templates.Picture{URL: p.CreativeURL, Width: p.CreativeWidth, Height: p.CreativeHeight, Alt: p.Alt},

			Annotation: p.annotation(&c.Label),
		})
	}
	return in
}

func (l *LabelFacts) forTemplate() templates.Label {
	return templates.Label{
		Name: l.Name, Locale: l.Locale, Imprint: l.ImprintName + "\n" + l.ImprintAddress,
		PublicURL: l.PublicURL, Accent: l.Accent,
	}
}

// Zone returns the label's time zone, or an Invalid fault.
func (c *Content) Zone() (*time.Location, error) {
	zone, err := time.LoadLocation(c.Label.TimeZone)
	if err != nil {
		return nil, fault.At("label.time_zone", "input.time_zone")
	}
	return zone, nil
}

// Day returns the day of a moment as the label's calendar has it.
func (c *Content) Day(at time.Time) (civil.Date, error) {
	zone, err := c.Zone()
	if err != nil {
		return civil.Date{}, err
	}
	return civil.DateOf(at.In(zone)), nil
}

// Advertisers returns the advertisers placed, each once, in order.
func (c *Content) Advertisers() []int64 {
	return distinct(c.Placements, func(p Placement) int64 { return p.AdvertiserID })
}

// Categories returns the categories of the advertisers placed, each once.
func (c *Content) Categories() []string {
	return distinct(c.Placements, func(p Placement) string { return p.Category })
}

// VoucherPools returns the voucher pools used, each once.
func (c *Content) VoucherPools() []int64 {
	all := distinct(c.Placements, func(p Placement) int64 { return p.VoucherPoolID })
	return slices.DeleteFunc(all, func(id int64) bool { return id == 0 })
}

// Placement returns the placement with the key.
func (c *Content) Placement(key string) (Placement, bool) {
	at := slices.IndexFunc(c.Placements, func(p Placement) bool { return p.Key == key })
	if at < 0 {
		return Placement{}, false
	}
	return c.Placements[at], true
}

// FirstSlot returns the first moment at which the content may go out, or a
// Conflict when its single slot has passed. Without a known one it is zero.
func (c *Content) FirstSlot(now time.Time) (time.Time, error) {
	zone, err := c.Zone()
	if err != nil {
		return time.Time{}, err
	}
	s := c.Schedule
	switch {
	case s.Kind == schedules.Once:
		at := s.At.In(zone)
		if !at.After(now) {
			return at, fault.New(fault.Conflict, "approval.slot_passed", "slot", s.At)
		}
		return at, nil
	case s.From.IsZero() || !s.From.In(zone).After(now):
		return time.Time{}, nil
	}
	return s.From.In(zone), nil
}
