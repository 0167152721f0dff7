package mailing

import (
	"net/http"
	"slices"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/rhythm"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/desk"
)

// momentView is when the mailing goes out, as the form asks it and as it will
// be.
type momentView struct {
	mailingView
	Schedule schedules.Schedule
	Rhythm   rhythm.Rhythm
	Window   schedules.Window
	Weekdays []string // short names, from Monday
	Next     []nextSlot
	Missing  map[string]string // by field
	Other    []string          // what is wrong and stands beside no field
	Saved    time.Time         // zero until something was
	Form     desk.Form
}

// nextSlot is one of the slots to come, with what is odd about it.
type nextSlot struct {
	At      time.Time
	Remarks []string
}

// slotsShown is how many slots to come are listed.
const slotsShown = 5

func (s *moment) mailingMoment(x *desk.Exchange) error {
	view, err := s.openMailing(x, "moment")
	if err != nil {
		return err
	}
	return x.Show("mailing/moment", newMoment(x, view, desk.Form{}))
}

// newMoment fills in what the page shows beside the form.
func newMoment(x *desk.Exchange, shell mailingView, f desk.Form) momentView {
	schedule := shell.Work.Brief.Schedule
	if schedule.Kind == "" {
		schedule.Kind = schedules.Once
	}
	view := momentView{
		mailingView: shell, Schedule: schedule, Rhythm: rhythm.Of(schedule.Cron), Weekdays: x.Say.Weekdays(), Form: f,
		Saved: shell.Work.Changes[mailings.MomentPart].At, Missing: map[string]string{},
		Window: schedules.Window{From: "09:00", Until: "21:00"},
	}
	if view.Rhythm.Cron == "" {
		view.Rhythm = rhythm.Rhythm{Every: "week", Time: "10:00"}
	}
	if schedule.Window != nil {
		view.Window = *schedule.Window
	}
	if schedule.Step == nil {
		view.Schedule.Step = &schedules.Step{After: "joined", Time: "10:00"}
	}
	view.find(x.Say, schedule.Validate(x.Zone()))
	if schedule.Kind == schedules.Once && !schedule.At.IsZero() && schedule.At.In(x.Zone()).Before(x.Now()) && view.MayEdit {
		view.Missing["at"] = x.Say.T("moment.at_passed")
	}
	for name, sentence := range f.Faults {
		view.Missing[name] = sentence
	}
	if len(view.Missing)+len(view.Other) == 0 {
		view.Next = nextSlots(x, schedule, x.Say)
	}
	return view
}

// find puts what is wrong with the schedule beside the field that it is about.
func (m *momentView) find(say words.Speaker, err error) {
	problem, ok := desk.AsFault(err)
	if !ok {
		return
	}
	beside := map[string]string{
		"schedule.at": "at", "schedule.cron": "every", "schedule.per_day": "per_day",
		"schedule.unreached": "unreached", "schedule.from": "from", "schedule.until": "until",
		"schedule.step": "days", "schedule.step.days": "days", "schedule.step.time": "step_time", "schedule.step.after": "after",
		"schedule.per_minute": "per_minute", "schedule.grace_minutes": "grace", "schedule.lapse_hours": "lapse",
		"schedule.window": "window_from", "schedule.window.from": "window_from", "schedule.window.until": "window_until",
	}
	for _, detail := range problem.Details {
		if field := beside[detail.Path]; field != "" {
			m.Missing[field] = say.Sentence(detail.Message)
		} else {
			m.Other = append(m.Other, say.Sentence(detail.Message))
		}
	}
}

// Fields are those of the form beside which a fault may stand.
func (momentView) Fields() []string { return momentFields() }

// momentFields are those of the form beside which a fault may stand.
func momentFields() []string {
	return []string{"at", "every", "date", "time", "from", "until", "days", "step_time", "window_from", "window_until", "per_minute",
		"grace", "lapse", "per_day", "unreached"}
}

// nextSlots lists the slots to come with what the clock or the calendar makes
// of them. The only one of a mailing is told that it has just passed.
func nextSlots(x *desk.Exchange, schedule schedules.Schedule, say words.Speaker) []nextSlot {
	var next []nextSlot
	now := x.Now()
	after := now
	if schedule.Kind == schedules.Once {
		after = now.Add(-schedule.GracePeriod())
	}
	for _, slot := range schedule.Slots(x.Zone(), after, now.AddDate(3, 0, 0), slotsShown) {
		next = append(next, nextSlot{At: slot.At, Remarks: remarks(slot, x.Label, now, say)})
	}
	return next
}

// remarks says what is odd about a slot: that it has passed, that the clock
// jumps over it or shows it twice, or that the label sends nothing then.
func remarks(slot schedules.Slot, label *labels.Label, now time.Time, say words.Speaker) (found []string) {
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
func (s *moment) saveMoment(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	_, err = s.Workbench.Change(x.Context(), m, mailings.MomentPart, f.Number("version"), x.User.ID, func(b *mailings.Brief) error {
		b.Schedule = momentForm{&f, b.Schedule}.schedule()
		return nil
	})
	if fault.Is(err, fault.Conflict) {
		return s.momentOfOthers(x, f, err)
	}
	if err != nil {
		return err
	}
	if !x.Partial() && !f.Wrong() {
		return x.GoTo(mailingPath(m.ID) + "/moment")
	}
	view, err := s.reopenMailing(x, "moment")
	if err != nil {
		return err
	}
	if !x.Partial() {
		return x.Answer(http.StatusUnprocessableEntity, "mailing/moment", newMoment(x, view, f))
	}
	if err := desk.Saved(x, f); err != nil {
		return err
	}
	return x.Part("mailing/moment", "moment-saved", newMoment(x, view, f))
}

// momentOfOthers shows what someone else chose meanwhile, beside what was typed
// here, which stays in the form until its person decides.
func (s *moment) momentOfOthers(x *desk.Exchange, f desk.Form, conflict error) error {
	view, err := s.reopenMailing(x, "moment")
	if err != nil {
		return err
	}
	change := view.Work.Changes[mailings.MomentPart]
	if change.Version == f.Number("version") {
		return conflict // the mailing has ended, or was saved as a revision
	}
	by, err := s.Accounts.Get(x.Context(), change.By)
	if err != nil {
		return err
	}
	f.Fault = x.Say.T("moment.conflict", "name", by.Name, "when", x.Say.FromNow(change.At, x.Now()))
	theirs := newMoment(x, view, f)
	if x.Partial() {
		return x.Part("mailing/moment", "moment-conflict", theirs)
	}
	return x.Answer(http.StatusConflict, "mailing/moment", theirs)
}
