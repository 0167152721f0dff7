package mailings

import (
	"time"

	"keur/accounts"
	"keur/internal/fault"
)

// Part is a part of a brief that is edited by itself, so that two people can
// work on a mailing at once.
type Part string

// The parts of a brief.
const (
	ContentPart  Part = "content"  // subjects, preheader, sender, template, placements
	AudiencePart Part = "audience" // for whom
	MomentPart   Part = "moment"   // the schedule
)

// Change says who changed a part last. Version counts its changes, from 0.
type Change struct {
	Version int             `json:"version"`
	By      accounts.UserID `json:"by"`
	At      time.Time       `json:"at"`
}

// WorkingCopy is a brief that planners are writing, between the newest revision
// and the next. Approvals stand until it becomes a revision.
type WorkingCopy struct {
	MailingID ID
	BasedOn   RevisionID // 0: before the first
	Brief     Brief
	Changes   map[Part]Change // what differs from the revision that it is based on
	Version   int             // 0: nothing does
	Newest    RevisionID      // of the mailing; another than BasedOn if someone saved one meanwhile
}

// Changed reports whether there is anything that isn't in the newest revision.
func (w WorkingCopy) Changed() bool { return w.Version > 0 }

// Overtaken reports whether a revision was saved that this copy isn't based on.
func (w WorkingCopy) Overtaken() bool { return w.Changed() && w.BasedOn != w.Newest }

// Change alters a part. The change names the version of the part that it was
// made on, and is refused if someone else changed that part since.
func (w *WorkingCopy) Change(part Part, version int, by accounts.UserID, at time.Time, change func(*Brief) error) error {
	last := w.Changes[part]
	if last.Version != version {
		return fault.New(fault.Conflict, "mailings.changed_meanwhile")
	}
	if err := change(&w.Brief); err != nil {
		return err
	}
	if w.Changes == nil {
		w.Changes = map[Part]Change{}
	}
	w.Changes[part] = Change{Version: version + 1, By: by, At: at}
	w.Version++
	return nil
}

// Present is someone who has a mailing open.
type Present struct {
	UserID accounts.UserID `db:"user_id"`
	Step   string          `db:"step"` // of the page that they are on
	SeenAt time.Time       `db:"seen_at"`
}
