// Package series is mailings that members get one after the other, by the days
// since they joined or confirmed. Each step is a mailing of its own, with its own
// content and approval; its day and hour stand in its schedule.
package series

import (
	"cmp"
	"slices"
	"time"

	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
)

// ID names a series.
type ID int64

// Beginning is from when on the days of a series count for a member.
type Beginning string

// What begins a series for a member.
const (
	Joined    Beginning = "joined"
	Confirmed Beginning = "confirmed"
)

// Series is mailings that members get one after the other.
type Series struct {
	ID        ID           `db:"id" json:"id"`
	LabelID   labels.ID    `db:"label_id" json:"label_id"`
	Name      string       `db:"name" json:"name"`
	After     Beginning    `db:"after" json:"after" doc:"What its days are counted from"`
	PausedBy  *actors.User `db:"paused_by" json:"paused_by,omitempty"`
	PausedAt  *time.Time   `db:"paused_at" json:"paused_at,omitempty" doc:"Since when nothing of it goes out; absent while it does"`
	EndedBy   *actors.User `db:"ended_by" json:"ended_by,omitempty"`
	EndedAt   *time.Time   `db:"ended_at" json:"ended_at,omitempty"`
	CreatedBy string       `db:"created_by" json:"created_by"`
	CreatedAt time.Time    `db:"created_at" json:"created_at"`
	Steps     int          `db:"steps" json:"steps" doc:"How many mailings it has"`
	Going     int          `db:"going" json:"going" doc:"How many of these are approved or scheduled"`
}

// State says in a word how the series stands: draft, going, paused or ended.
func (s Series) State() string {
	switch {
	case s.EndedAt != nil:
		return "ended"
	case s.PausedAt != nil:
		return "paused"
	case s.Going > 0:
		return "going"
	}
	return "draft"
}

// Validate returns an Invalid fault if the name or the beginning is wrong.
func (s Series) Validate() error {
	var wrong fault.List
	if !form.Name(s.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if s.After != Joined && s.After != Confirmed {
		wrong.Add("after", "mailings.step_after")
	}
	return wrong.Err()
}

// MayLose returns a conflict if a mailing in a state may not leave the series: while
// that is paused, one would go out then that is put up or approved.
func (s Series) MayLose(step mailings.State) error {
	goes := step == mailings.InReview || step == mailings.Approved || step == mailings.Scheduled
	if s.PausedAt != nil && goes {
		return fault.New(fault.Conflict, "mailings.series_paused_step")
	}
	return nil
}

// Step is a mailing of a series.
type Step struct {
	Series   ID                  `db:"series_id" json:"series_id"`
	Mailing  mailings.ID         `db:"mailing_id" json:"mailing_id"`
	Name     string              `db:"name" json:"name"`
	State    mailings.State      `db:"state" json:"state"`
	Revision mailings.RevisionID `db:"revision" json:"-"` // the newest; 0 before the first
	Stands   *schedules.Schedule `db:"stands" json:"-"`   // of its newest revision; nil before the first
	Written  *schedules.Schedule `db:"written" json:"-"`  // as it is being changed; nil if nothing is
	Version  int                 `db:"version" json:"-"`  // of the moment that is being changed
}

// Schedule returns when the step goes out: as it is written while one may edit
// it freely, and else as it was put up.
func (s Step) Schedule() schedules.Schedule {
	free := s.State == mailings.Draft || s.State == mailings.ChangesRequested
	switch {
	case s.Written != nil && (free || s.Stands == nil):
		return *s.Written
	case s.Stands != nil:
		return *s.Stands
	}
	return schedules.Schedule{}
}

// When returns the step's day and hour. Returns nil where its mailing doesn't go
// out by days since what begins the series.
func (s Step) When(after Beginning) *schedules.Step {
	if at := s.Schedule(); at.Kind == schedules.Series && at.Step != nil && at.Step.After == string(after) {
		return at.Step
	}
	return nil
}

// Changed returns the day and hour that are written for a step that was put up
// with others, which count once that is saved and approved. Returns nil if none are.
func (s Step) Changed() *schedules.Step {
	stands := s.Schedule()
	if s.Written == nil || s.Written.Step == nil || stands.Step == nil || *s.Written.Step == *stands.Step {
		return nil
	}
	return s.Written.Step
}

// order puts steps by their day and hour; those that have none come last.
func order(after Beginning, steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int {
		x, y := a.When(after), b.When(after)
		switch {
		case x == nil && y == nil:
			return cmp.Compare(a.Mailing, b.Mailing)
		case x == nil || y == nil:
			if x == nil {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(x.Days, y.Days), cmp.Compare(x.Time, y.Time), cmp.Compare(a.Mailing, b.Mailing))
	})
}

// Place is where a mailing stands in a series.
type Place struct {
	Series Series
	Number int // from 1
	Of     int
	Before mailings.ID // 0: it is the first
	After  mailings.ID // 0: it is the last
}

// placeOf returns where a mailing stands among the steps.
func placeOf(s Series, steps []Step, id mailings.ID) Place {
	place := Place{Series: s, Of: len(steps)}
	at := slices.IndexFunc(steps, func(step Step) bool { return step.Mailing == id })
	place.Number = at + 1
	if at > 0 {
		place.Before = steps[at-1].Mailing
	}
	if at >= 0 && at+1 < len(steps) {
		place.After = steps[at+1].Mailing
	}
	return place
}
