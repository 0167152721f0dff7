package reports

import (
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
)

// GroupBy says what one line of a report is about.
type GroupBy string

// What outcomes are grouped by. Days, weeks and months are those of the slot
// on the label's own calendar.
const (
	BySend       GroupBy = "send"
	ByMailing    GroupBy = "mailing"
	ByStep       GroupBy = "step" // of a series; mailings of none are left out
	ByPlacement  GroupBy = "placement"
	ByCampaign   GroupBy = "campaign"
	ByAdvertiser GroupBy = "advertiser"
	ByLabel      GroupBy = "label"
	ByDay        GroupBy = "day"
	ByWeek       GroupBy = "week"
	ByMonth      GroupBy = "month"

	// Of these, what belongs to no placement counts once for each place in a mail.
	ByPosition GroupBy = "position" // of a placement among those of its mail
	ByCreative GroupBy = "creative" // the picture of a placement
	ByPage     GroupBy = "page"     // to which links lead
)

// Validate returns an Invalid fault if outcomes aren't grouped that way.
func (g GroupBy) Validate() error {
	switch g {
	case BySend, ByMailing, ByStep, ByPlacement, ByCampaign, ByAdvertiser, ByLabel, ByDay, ByWeek, ByMonth, ByPosition, ByCreative,
		ByPage:
		return nil
	}
	return fault.At("group_by", "reports.group_by")
}

// Dimension says how a breakdown takes outcomes apart.
type Dimension string

// What outcomes are broken down by.
const (
	Variants Dimension = "variant"
	Links    Dimension = "link"
	Hours    Dimension = "hour"   // of what is counted, in UTC
	Domains  Dimension = "domain" // the receiver's
)

// Validate returns an Invalid fault if outcomes aren't broken down that way.
func (d Dimension) Validate() error {
	switch d {
	case Variants, Links, Hours, Domains:
		return nil
	}
	return fault.At("by", "reports.breakdown_by")
}

// Filter narrows a report. Zero fields don't narrow.
type Filter struct {
	Labels     []labels.ID // nil: all; empty: none
	From       time.Time   // slots from here on …
	Until      time.Time   // … and before this
	Send       mailings.SendID
	Mailing    mailings.ID
	Campaign   campaigns.ID           // only mailings that carry it, and only clicks on it
	Advertiser campaigns.AdvertiserID // the same
	Among      []campaigns.ID         // only mailings that carry one of these; nil: all

	mailings []mailings.ID // only these; nil: all

	For *accounts.User // who is told of it: see disclosure; nil: the program itself
}

func (f *Filter) check() error {
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		return fault.At("until", "input.after_from")
	}
	return nil
}
