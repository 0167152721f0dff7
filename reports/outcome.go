package reports

import (
	"crypto/sha256"
	"fmt"
	"time"

	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/segments"
)

// Outcome is one line of a report: what came of some sends. What belongs to
// no placement (deliveries, opens, unsubscribes) counts in full for each
// campaign that the mailing carried; clicks belong to their link's campaign.
type Outcome struct {
	Of        Subject            `json:"of"`
	Sends     int                `json:"sends"`
	Audience  int                `json:"audience"`
	Waterfall segments.Waterfall `json:"waterfall"` // the sum of the sends'
	Counts
	CTR  Rate `json:"ctr"`
	CTOR Rate `json:"ctor"`
	// Few and Rounded say that not all is told: see disclosure.
	Few     bool `json:"few,omitempty" doc:"Each send is to fewer than 20 members, so nothing of it is told to who only looks or bills"`
	Rounded bool `json:"rounded,omitempty" doc:"Each count of each send is rounded down to a multiple of 20, for who only looks"`
}

// plus adds what is told of another send.
func (o *Outcome) plus(other Outcome) {
	o.Sends += other.Sends
	o.Audience += other.Audience
	o.Counts.plus(other.Counts)
	o.Waterfall.Plus(other.Waterfall)
	o.Rounded = o.Rounded || other.Rounded
}

// Subject says what an outcome is of. Only the fields that its grouping fixes
// are set.
type Subject struct {
	Name       string                 `json:"name"`
	Label      labels.ID              `json:"label_id,omitempty"`
	Mailing    mailings.ID            `json:"mailing_id,omitempty"`
	Series     series.ID              `json:"series_id,omitempty"`
	Send       mailings.SendID        `json:"send_id,omitempty"`
	Placement  string                 `json:"placement,omitempty"`
	Campaign   campaigns.ID           `json:"campaign_id,omitempty"`
	Advertiser campaigns.AdvertiserID `json:"advertiser_id,omitempty"`
	Period     string                 `json:"period,omitempty"` // 2026-11-24, 2026-W48, 2026-11
	Slot       time.Time              `json:"-"`                // of a send, on the label's wall clock
	Position   int                    `json:"-"`                // of a placement, from 1
	Creative   string                 `json:"-"`                // its hash in hex; the name is what stands for it
	Page       string                 `json:"-"`                // host and path
}

// Part is one line of a breakdown.
type Part struct {
	Key       string       `json:"key"`  // the number of a variant or link, an hour, a domain
	Name      string       `json:"name"` // a subject, a URL
	Placement string       `json:"placement,omitempty"`
	Campaign  campaigns.ID `json:"campaign_id,omitempty"`
	Counts
	// CTR and CTOR of a link are of all that was delivered and opened. Hours
	// have none: a click falls into another hour than its mail.
	CTR  Rate `json:"ctr"`
	CTOR Rate `json:"ctor"`
}

// Line names the outcome among those of one report.
func (o Outcome) Line() string {
	of := o.Of
	return fmt.Sprintf("%d %d %d %d %d %s %s", of.Label, of.Mailing, of.Send, of.Campaign, of.Advertiser, of.Period, of.Placement)
}

// Line names the part among those of one breakdown. A link's number may mean
// another target in another revision.
func (p Part) Line() string {
	return fmt.Sprintf("%s %s %x", p.Key, p.Placement, sha256.Sum256([]byte(p.Name)))
}
