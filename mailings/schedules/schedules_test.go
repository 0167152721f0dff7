package schedules

import (
	"slices"
	"testing"
	"time"

	"keur/internal/fault/faulttest"
)

func TestAScheduleNamesWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	once := Schedule{Kind: Once, At: local(t, "2026-11-24T10:00:30")}
	weekly := Schedule{Kind: Recurring, Cron: "0 10 * * 2", From: local(t, "2026-11-24T10:00"), Until: local(t, "2026-11-24T10:00")}
	series := Schedule{Kind: Series, Step: &Step{After: "joined", Days: 3, Time: "10:00"}}
	with := func(s Schedule, change func(*Schedule)) Schedule { change(&s); return s }
	window := func(w Window) Schedule { return with(once, func(s *Schedule) { s.Window = &w }) }
	step := func(after string, days int, at string) Schedule {
		return with(series, func(s *Schedule) { s.Step = &Step{After: after, Days: days, Time: at} })
	}
	for name, c := range map[string]struct {
		schedule Schedule
		want     []string
	}{
		"once":                {once, nil},
		"once, no moment":     {Schedule{Kind: Once}, []string{"schedule.at"}},
		"recurring, one slot": {weekly, nil},
		"recurring, no cron":  {Schedule{Kind: Recurring}, []string{"schedule.cron"}},
		"no kind":             {Schedule{}, []string{"schedule.kind"}},
		"until before from": {with(weekly, func(s *Schedule) { s.From = local(t, "2026-11-24T10:01") }),
			[]string{"schedule.until"}},
		"until the slot is over": {with(weekly, func(s *Schedule) {
			s.From, s.Until = local(t, "2026-11-24T10:01"),
				local(t, "2026-12-01T09:59")
		}), []string{"schedule.until"}},
		"until the slot": {with(weekly, func(s *Schedule) {
			s.From, s.Until = local(t, "2026-11-24T10:01"),
				local(t, "2026-12-01T10:00")
		}), nil},
		"from with seconds": {with(weekly, func(s *Schedule) { s.From = local(t, "2026-11-24T09:59:30") }),
			[]string{"schedule.from"}},
		"until with seconds": {with(weekly, func(s *Schedule) { s.Until = local(t, "2026-11-24T10:00:30") }),
			[]string{"schedule.from"}},
		"a pace":             {with(once, func(s *Schedule) { s.PerMinute = 1 }), nil},
		"a pace below none":  {with(once, func(s *Schedule) { s.PerMinute = -1 }), []string{"schedule.per_minute"}},
		"the longest grace":  {with(once, func(s *Schedule) { s.Grace = 24 * 60 }), nil},
		"a longer grace":     {with(once, func(s *Schedule) { s.Grace = 24*60 + 1 }), []string{"schedule.grace_minutes"}},
		"a grace below none": {with(once, func(s *Schedule) { s.Grace = -1 }), []string{"schedule.grace_minutes"}},
		"the latest lapse":   {with(once, func(s *Schedule) { s.Lapse = 24 * 14 }), nil},
		"a later lapse":      {with(once, func(s *Schedule) { s.Lapse = 24*14 + 1 }), []string{"schedule.lapse_hours"}},
		"a lapse below none": {with(once, func(s *Schedule) { s.Lapse = -1 }), []string{"schedule.lapse_hours"}},
		"all at once": {Schedule{Kind: Once, PerMinute: -1, Grace: -1, Lapse: -1},
			[]string{"schedule.at", "schedule.grace_minutes", "schedule.lapse_hours", "schedule.per_minute"}},
		"a series":                  {series, nil},
		"a series without its step": {Schedule{Kind: Series}, []string{"schedule.step"}},
		"after confirming":          {step("confirmed", 0, "00:00"), nil},
		"after something else":      {step("left", 3, "10:00"), []string{"schedule.step.after"}},
		"ten years after":           {step("joined", 3650, "10:00"), nil},
		"later than that":           {step("joined", 3651, "10:00"), []string{"schedule.step.days"}},
		"a day before":              {step("joined", -1, "10:00"), []string{"schedule.step.days"}},
		"at no time":                {step("joined", 3, "24:00"), []string{"schedule.step.time"}},
		"office hours":              {window(Window{From: "09:00", Until: "17:00", Weekdays: []int{1, 7}}), nil},
		"hours that end first":      {window(Window{From: "17:00", Until: "09:00"}), []string{"schedule.window"}},
		"hours of no length":        {window(Window{From: "09:00", Until: "09:00"}), []string{"schedule.window"}},
		"hours from no time":        {window(Window{From: "9:00", Until: "17:00"}), []string{"schedule.window"}},
		"hours until no time":       {window(Window{From: "09:00", Until: "25:00"}), []string{"schedule.window"}},
		"a day 0": {window(Window{From: "09:00", Until: "17:00", Weekdays: []int{0}}),
			[]string{"schedule.window.weekdays"}},
		"a day 8": {window(Window{From: "09:00", Until: "17:00", Weekdays: []int{8}}),
			[]string{"schedule.window.weekdays"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := faulttest.Paths(c.schedule.Validate(zone(t, "Europe/Amsterdam"))); !slices.Equal(got, c.want) {
				t.Errorf("wrong at %v, want %v", got, c.want)
			}
		})
	}
}

func TestGraceAndLapseHaveDefaults(t *testing.T) {
	t.Parallel()
	silent, said := Schedule{}, Schedule{Grace: 5, Lapse: 3}
	if silent.GracePeriod() != time.Hour || said.GracePeriod() != 5*time.Minute {
		t.Errorf("a slot may begin %s late, and %s where 5 minutes are said", silent.GracePeriod(), said.GracePeriod())
	}
	if silent.LapseAfter() != 48*time.Hour || said.LapseAfter() != 3*time.Hour {
		t.Errorf("deliveries lapse after %s, and after %s where 3 hours are said", silent.LapseAfter(), said.LapseAfter())
	}
}

func TestAScheduleIsReadFromItsColumn(t *testing.T) {
	t.Parallel()
	var s Schedule
	if err := s.Scan([]byte(`{"kind":"once","at":"2026-11-24T10:00"}`)); err != nil || s.Kind != Once || s.At != local(t, "2026-11-24T10:00") {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.Scan("text"); err == nil {
		t.Error("a schedule was read from what isn't jsonb")
	}
}
