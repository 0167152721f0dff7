package web

import (
	"errors"
	"fmt"
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
)

// moveView asks when a mailing is to go out instead, and says what that undoes.
type moveView struct {
	Mailing mailings.Mailing
	Now     mailings.LocalTime
	Day     string
	Time    string
	Zone    *time.Location
	Falls   bool // approvals do
	Sends   int  // that are called off
	Kept    bool // in the working copy, with what else was changed there
	Closed  *labels.Blackout
	Form    form
}

// movedView says where a mailing went, and takes it back there.
type movedView struct {
	Mailing mailings.Mailing
	Was     mailings.LocalTime
	Now     time.Time
	Zone    *time.Location
}

// WasDay and WasTime are what undoing the move asks for.
func (m movedView) WasDay() string { return m.Was.Wall().Format(time.DateOnly) }

// WasTime is the time of that day.
func (m movedView) WasTime() string { return m.Was.Wall().Format("15:04") }

func (v *visit) askMove() error {
	f := form{Values: url.Values{"day": {v.Query("to")}}}
	view, err := v.moveView(f)
	if err != nil {
		return err
	}
	return v.show("calendar_move", view)
}

func (v *visit) moveView(f form) (view moveView, err error) {
	id, err := v.id("mailing")
	if err != nil {
		return view, err
	}
	if view.Mailing, err = v.Mailings.Get(v.ctx(), mailings.ID(id)); err != nil {
		return view, err
	}
	work, err := v.bench().Open(v.ctx(), &view.Mailing)
	if err != nil {
		return view, err
	}
	if work.Brief.Schedule.Kind != mailings.Once {
		return view, fault.New(fault.Conflict, "this mailing goes out more than once; change its schedule instead")
	}
	view.Form, view.Now, view.Zone, view.Kept = f, work.Brief.Schedule.At, v.zone(), work.Changed() || view.Mailing.RevisionID == nil
	view.Day, view.Time = f.Get("day"), f.Get("time")
	if day, err := civil.ParseDate(view.Day); err == nil {
		if at := slices.IndexFunc(v.Label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }); at >= 0 {
			view.Closed = &v.Label.BlackoutDates[at]
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
	return view, v.addConsequences(&view)
}

// addConsequences finds out what a new revision would undo.
func (v *visit) addConsequences(view *moveView) error {
	state := view.Mailing.State
	view.Falls = !view.Kept && (state == mailings.InReview || state == mailings.Approved || state == mailings.Scheduled)
	if view.Kept {
		return nil
	}
	sends, err := v.Mailings.Sends(v.ctx(), mailings.SendFilter{Mailing: view.Mailing.ID, States: []mailings.SendState{mailings.Planned}}, paging.Ask{})
	view.Sends = len(sends.Items)
	return err
}

// move gives the mailing another moment: a new revision, or a change of the
// working copy where there is one.
func (v *visit) move() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	was, err := v.moveTo(mailings.ID(id), f)
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		view, err := v.moveView(f)
		if err != nil {
			return err
		}
		return v.answer(http.StatusUnprocessableEntity, "calendar_move", view)
	}
	query := url.Values{"label": {v.Label.Code}, "from": {f.Field("day")}, "moved": {itoa(id)}, "was": {was.String()}}
	return v.to("/calendar?" + query.Encode())
}

func (v *visit) moveTo(id mailings.ID, f form) (was mailings.LocalTime, err error) {
	at, err := mailings.ParseLocalTime(f.Field("day") + "T" + f.Field("time"))
	if err != nil {
		return was, fault.At("day", "%s", v.Say.T("calendar.no_moment"))
	}
	if !at.In(v.zone()).After(v.now()) {
		return was, fault.At("day", "%s", v.Say.T("calendar.passed"))
	}
	m, err := v.Mailings.Get(v.ctx(), id)
	if err != nil {
		return was, err
	}
	work, err := v.bench().Open(v.ctx(), &m)
	if err != nil {
		return was, err
	}
	was = work.Brief.Schedule.At
	kept := work.Changed() || m.RevisionID == nil
	work, err = v.bench().Change(v.ctx(), id, mailings.MomentPart, work.Changes[mailings.MomentPart].Version, v.User.ID, func(b *mailings.Brief) error {
		b.Schedule.At = at
		return nil
	})
	if err != nil || kept {
		return was, err
	}
	if _, _, err = v.bench().Save(v.ctx(), id, work.Version, v.User.ID); err != nil {
		// What can't be a revision must not be left behind as half a change.
		return was, errors.Join(err, v.bench().Discard(v.ctx(), id, work.Version))
	}
	return was, nil
}

// justMoved reads from the address which mailing was moved, and from where.
func (v *visit) justMoved() (*movedView, error) {
	id, err := strconv.ParseInt(v.Query("moved"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // nothing was
	}
	was, err := mailings.ParseLocalTime(v.Query("was"))
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // nothing was
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil || m.LabelID != v.Label.ID {
		return nil, err
	}
	work, err := v.bench().Open(v.ctx(), &m)
	if err != nil {
		return nil, err
	}
	return &movedView{m, was, work.Brief.Schedule.At.In(v.zone()), v.zone()}, nil
}

// movePath is where a mailing's move is asked.
func (e entry) MovePath() string { return fmt.Sprintf("/mailings/%d/move", e.Mailing) }
