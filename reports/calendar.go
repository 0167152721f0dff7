package reports

import (
	"slices"
	"time"

	"keur/campaigns"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/segments"
)

// Occasion is a mailing as a calendar has it: at the slot of one of its sends,
// or with a schedule from which no send was made yet.
type Occasion struct {
	Mailing  mailings.ID         `db:"mailing_id"`
	Name     string              `db:"name"`
	Kind     mailings.Kind       `db:"kind"`
	Label    labels.ID           `db:"label_id"`
	State    mailings.State      `db:"state"`
	Revision mailings.RevisionID `db:"revision_id"` // 0 before the first
	Members  *int                `db:"members"`     // frozen, or counted when it was submitted; nil when nobody counted

	// Of a step of a series.
	Series     series.ID `db:"series_id"` // 0: it is none
	SeriesName string    `db:"series"`
	Paused     bool      `db:"series_paused"`

	// Of a send.
	Send      mailings.SendID    `db:"send_id"` // 0: there is none yet
	SendState mailings.SendState `db:"send_state"`
	Slot      time.Time          `db:"slot_at"`
	Started   bool               `db:"started"`
	Reason    words.Message      `db:"held_reason"`
	Mended    *time.Time         `db:"mended_at"` // since when links for which it is held work again

	// Of a mailing without one.
	Schedule schedules.Schedule `db:"schedule"`
	Written  bool               `db:"written"` // it is as its working copy has it, not as a revision of it

	Placed []Placed `db:"-"`
}

// Coarsen rounds what the occasion tells of its members, for who only looks.
func (o *Occasion) Coarsen() {
	o.Reason = mailings.CoarseReason(o.Reason)
	if o.Members != nil {
		n := *o.Members
		segments.Coarsen(&n)
		o.Members = &n
	}
}

// Passed reports whether the occasion's moment is over at now without anything
// having left at it: it has no send, or one that only was planned. What else
// became of a send says so itself.
func (o Occasion) Passed(at, now time.Time) bool {
	return at.Before(now) && (o.Send == 0 || o.SendState == mailings.Planned)
}

// Takes reports whether a plan's moment is that of this send. One that was
// called off takes it from what is approved alone: an edit may bring it back.
func (o Occasion) Takes(plan *Occasion, at time.Time) bool {
	if !o.Slot.Equal(at) {
		return false
	}
	stands := plan.State == mailings.Approved || plan.State == mailings.Scheduled
	return o.SendState != mailings.SendCancelled || stands && o.Revision == plan.Revision
}

// Placed is an advertiser in a mailing.
type Placed struct {
	Advertiser campaigns.AdvertiserID
	Name       string
	Category   string
	Stopped    bool
	Reason     string // why
}

// Stops returns the stopped advertisers in what is still to go out.
func (o Occasion) Stops() (stops []mailings.Stop) {
	switch o.SendState {
	case mailings.Finished, mailings.SendCancelled:
		return nil
	}
	for _, p := range o.Placed {
		if p.Stopped {
			stops = append(stops, mailings.Stop{Advertiser: p.Name, Reason: p.Reason})
		}
	}
	return stops
}

// Clash is why two mailings stand too close to each other.
type Clash string

// The clashes.
const (
	SameAdvertiser Clash = "advertiser"
	SameCategory   Clash = "category"
)

// Clashes returns the first thing that both place, an advertiser before a
// category; "" if they have nothing in common.
func (o Occasion) Clashes(other *Occasion) (why Clash, name string) {
	for _, p := range o.Placed {
		if slices.ContainsFunc(other.Placed, func(q Placed) bool { return q.Advertiser == p.Advertiser }) {
			return SameAdvertiser, p.Name
		}
	}
	for _, p := range o.Placed {
		if slices.ContainsFunc(other.Placed, func(q Placed) bool { return q.Category == p.Category }) {
			return SameCategory, p.Category
		}
	}
	return "", ""
}
