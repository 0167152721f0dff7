package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// momentView is when the mailing goes out, as the form asks it and as it will
// be.
type momentView struct {
	mailingView
	Schedule mailings.Schedule
	Rhythm   rhythm
	Window   mailings.Window
	Weekdays []string // short names, from Monday
	Next     []nextSlot
	Missing  map[string]string // by field
	Other    []string          // what is wrong and stands beside no field
	Saved    time.Time         // zero until something was
	Form     form
}

// nextSlot is one of the slots to come, with what is odd about it.
type nextSlot struct {
	At      time.Time
	Remarks []string
}

// slotsShown is how many slots to come are listed.
const slotsShown = 5

func (v *visit) mailingMoment() error {
	view, err := v.openMailing("moment")
	if err != nil {
		return err
	}
	return v.show("mailing_moment", v.newMoment(view, form{}))
}

// newMoment fills in what the page shows beside the form.
func (v *visit) newMoment(shell mailingView, f form) momentView {
	s := shell.Work.Brief.Schedule
	if s.Kind == "" {
		s.Kind = mailings.Once
	}
	view := momentView{
		mailingView: shell, Schedule: s, Rhythm: rhythmOf(s.Cron), Weekdays: v.Say.Weekdays(), Form: f,
		Saved: shell.Work.Changes[mailings.MomentPart].At, Missing: map[string]string{},
		Window: mailings.Window{From: "09:00", Until: "21:00"},
	}
	if view.Rhythm.Cron == "" {
		view.Rhythm = rhythm{Every: "week", Time: "10:00"}
	}
	if s.Window != nil {
		view.Window = *s.Window
	}
	if s.Step == nil {
		view.Schedule.Step = &mailings.Step{After: "joined", Time: "10:00"}
	}
	view.find(v.Say, s.Validate(v.zone()))
	for name, sentence := range f.Faults {
		view.Missing[name] = sentence
	}
	if len(view.Missing)+len(view.Other) == 0 {
		view.Next = v.nextSlots(s, v.Say)
	}
	return view
}

// find puts what is wrong with the schedule beside the field that it is about.
func (m *momentView) find(say words.Speaker, err error) {
	told, ok := asFault(err)
	if !ok {
		return
	}
	beside := map[string]string{
		"schedule.at": "at", "schedule.cron": "every", "schedule.from": "from", "schedule.until": "until",
		"schedule.step": "days", "schedule.step.days": "days", "schedule.step.time": "step_time", "schedule.step.after": "after",
		"schedule.per_minute": "per_minute", "schedule.grace_minutes": "grace", "schedule.lapse_hours": "lapse",
		"schedule.window": "window_from", "schedule.window.from": "window_from", "schedule.window.until": "window_until",
	}
	for _, detail := range told.Details {
		if field := beside[detail.Path]; field != "" {
			m.Missing[field] = say.Fault(detail.Form)
		} else {
			m.Other = append(m.Other, say.Fault(detail.Form))
		}
	}
}

// momentFields are those of the form beside which a fault may stand.
func momentFields() []string {
	return []string{"at", "every", "from", "until", "days", "step_time", "window_from", "window_until", "per_minute", "grace", "lapse"}
}

// nextSlots lists the slots to come with what the clock or the calendar makes
// of them.
func (v *visit) nextSlots(s mailings.Schedule, say words.Speaker) []nextSlot {
	var next []nextSlot
	now := v.now()
	for _, slot := range s.Slots(v.zone(), now.Add(-s.GracePeriod()), now.AddDate(3, 0, 0), slotsShown) {
		next = append(next, nextSlot{At: slot.At, Remarks: remarks(slot, v.Label, now, say)})
	}
	return next
}

// remarks says what is odd about a slot: that it has passed, that the clock
// jumps over it or shows it twice, or that the label sends nothing then.
func remarks(slot mailings.Slot, label *labels.Label, now time.Time, say words.Speaker) (found []string) {
	zone := label.Location()
	local := slot.At.In(zone)
	if slot.At.Before(now) {
		found = append(found, say.T("moment.passed"))
	}
	if local.Format("15:04") != slot.Local.Wall().Format("15:04") {
		found = append(found, say.T("moment.gap", "wall", slot.Local.Wall().Format("15:04")))
	}
	if later := slot.At.Add(time.Hour).In(zone); later.Format("15:04") == local.Format("15:04") {
		found = append(found, say.T("moment.twice"))
	}
	day := civil.DateOf(local)
	if at := slices.IndexFunc(label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }); at >= 0 {
		found = append(found, say.T("moment.blackout", "reason", label.BlackoutDates[at].Reason))
	}
	return found
}

// saveMoment keeps what was chosen in the working copy. What is missing yet is
// said, and doesn't keep the rest from being kept.
func (v *visit) saveMoment() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	schedule := readSchedule(&f)
	_, err = v.bench().Change(v.ctx(), mailings.ID(id), mailings.MomentPart, f.number("version"), v.User.ID, func(b *mailings.Brief) error {
		b.Schedule = schedule
		return nil
	})
	if fault.Is(err, fault.Conflict) {
		return v.momentOfOthers(f, err)
	}
	if err != nil {
		return err
	}
	if !v.partial() {
		return v.to("/mailings/" + strconv.FormatInt(id, 10) + "/moment")
	}
	view, err := v.openMailing("moment")
	if err != nil {
		return err
	}
	return v.part("mailing_moment", "moment-saved", v.newMoment(view, f))
}

// momentOfOthers shows what someone else chose meanwhile, beside what was typed
// here, which stays in the form until its person decides.
func (v *visit) momentOfOthers(f form, conflict error) error {
	view, err := v.openMailing("moment")
	if err != nil {
		return err
	}
	change := view.Work.Changes[mailings.MomentPart]
	if change.Version == f.number("version") {
		return conflict // the mailing has ended, or was saved as a revision
	}
	by, err := v.Accounts.Get(v.ctx(), change.By)
	if err != nil {
		return err
	}
	f.Fault = v.Say.T("moment.conflict", "name", by.Name, "when", v.Say.FromNow(change.At, v.now()))
	theirs := v.newMoment(view, f)
	if v.partial() {
		return v.part("mailing_moment", "moment-conflict", theirs)
	}
	return v.answer(http.StatusConflict, "mailing_moment", theirs)
}
