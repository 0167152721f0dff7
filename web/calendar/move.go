package calendar

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/desk"
)

// moveView asks when a mailing is to go out instead, and says what that undoes.
type moveView struct {
	Mailing mailings.Mailing
	Now     schedules.LocalTime
	Day     string
	Time    string
	Zone    *time.Location
	Falls   bool // approvals do
	Sends   int  // that are called off
	Kept    bool // in the working copy, with what else was changed there
	Closed  *labels.Blackout
	Form    desk.Form
}

// movedView says where a mailing went, and takes it back there.
type movedView struct {
	Mailing mailings.Mailing
	Was     schedules.LocalTime
	Now     time.Time
	Zone    *time.Location
}

// WasDay and WasTime are what undoing the move asks for.
func (m movedView) WasDay() string { return m.Was.Wall().Format(time.DateOnly) }

// WasTime is the time of that day.
func (m movedView) WasTime() string { return m.Was.Wall().Format("15:04") }

func (s *Screen) askMove(x *desk.Exchange) error {
	f := desk.Form{Values: url.Values{"day": {x.Query("to")}}}
	view, err := s.moveView(x, f)
	if err != nil {
		return err
	}
	return x.Show("calendar/move", view)
}

func (s *Screen) moveView(x *desk.Exchange, f desk.Form) (view moveView, err error) {
	view.Mailing = desk.Found[mailings.Mailing](x)
	work, err := s.Workbench.Open(x.Context(), &view.Mailing)
	if err != nil {
		return view, err
	}
	if work.Brief.Schedule.Kind != schedules.Once {
		return view, fault.New(fault.Conflict, "calendar.several_slots")
	}
	view.Form, view.Now, view.Zone, view.Kept = f, work.Brief.Schedule.At, x.Zone(), kept(&view.Mailing, &work)
	view.Day, view.Time = f.Get("day"), f.Get("time")
	if day, err := civil.ParseDate(view.Day); err == nil {
		if at := slices.IndexFunc(x.Label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }); at >= 0 {
			view.Closed = &x.Label.BlackoutDates[at]
		}
	}
	if !view.Now.IsZero() {
		if view.Day == "" {
			view.Day = view.Now.Wall().Format(time.DateOnly)
		}
		if view.Time == "" {
			view.Time = view.Now.Wall().Format("15:04")
		}
	}
	return view, s.addConsequences(x, &view)
}

// kept reports whether another moment stays in the working copy: beside what
// else was changed there, or while asked changes wait to be made, which a new
// revision would take for done.
func kept(m *mailings.Mailing, work *mailings.WorkingCopy) bool {
	return work.Changed() || m.RevisionID == nil || m.State == mailings.ChangesRequested
}

// addConsequences finds out what a new revision would undo.
func (s *Screen) addConsequences(x *desk.Exchange, view *moveView) error {
	state := view.Mailing.State
	view.Falls = !view.Kept && (state == mailings.InReview || state == mailings.Approved || state == mailings.Scheduled)
	if view.Kept {
		return nil
	}
	sends, err := s.Sends.List(x.Context(), mailings.SendFilter{
		Mailing: view.Mailing.ID, States: []mailings.SendState{mailings.Planned},
	}, paging.Ask{})
	view.Sends = len(sends.Items)
	return err
}

// move gives the mailing another moment: a new revision, or a change of the
// working copy where there is one.
func (s *Screen) move(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	was, err := s.moveTo(x, m, f)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		if err := desk.FindAgain(x); err != nil {
			return err
		}
		view, err := s.moveView(x, f)
		if err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "calendar/move", view)
	}
	query := url.Values{"label": {x.Label.Code}, "from": {f.Field("day")}, "moved": {desk.Itoa(m.ID)}, "was": {was.String()}}
	return x.GoTo("/calendar?" + query.Encode())
}

func (s *Screen) moveTo(x *desk.Exchange, m mailings.Mailing, f desk.Form) (was schedules.LocalTime, err error) {
	at, err := schedules.ParseLocalTime(f.Field("day") + "T" + f.Field("time"))
	if err != nil {
		return was, fault.At("day", "calendar.no_moment")
	}
	if !at.In(x.Zone()).After(x.Now()) {
		return was, fault.At("day", "calendar.passed")
	}
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return was, err
	}
	was = work.Brief.Schedule.At
	kept := kept(&m, &work)
	work, err = s.Workbench.Change(
		x.Context(),
		m,
		mailings.MomentPart,
		work.Changes[mailings.MomentPart].Version,
		x.User.ID,
		func(b *mailings.Brief) error {
			b.Schedule.At = at
			return nil
		},
	)
	if err != nil || kept {
		return was, err
	}
	if _, _, err = s.Workbench.Save(x.Context(), m, work.Version, x.User.ID); err != nil {
		// What can't be a revision must not be left behind as half a change.
		return was, errors.Join(err, s.Workbench.Discard(x.Context(), m.ID, work.Version))
	}
	return was, nil
}

// justMoved reads from the address which mailing was moved, and from where.
func (s *Screen) justMoved(x *desk.Exchange) (*movedView, error) {
	id, err := strconv.ParseInt(x.Query("moved"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // nothing was
	}
	was, err := schedules.ParseLocalTime(x.Query("was"))
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // nothing was
	}
	m, err := s.Mailings.Get(x.Context(), mailings.ID(id))
	if err != nil || m.LabelID != x.Label.ID {
		return nil, err
	}
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return nil, err
	}
	return &movedView{m, was, work.Brief.Schedule.At.In(x.Zone()), x.Zone()}, nil
}
