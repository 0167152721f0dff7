package policies

import (
	"slices"
	"testing"

	"keur/internal/fault/faulttest"
	"keur/mailings/schedules"
)

func TestAPolicyNamesWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	none, one := 0, 1
	for name, c := range map[string]struct {
		change func(*Policy)
		want   []string
	}{
		"nothing":          {func(*Policy) {}, nil},
		"no drift":         {func(p *Policy) { p.DriftPercent = 0 }, nil},
		"any drift":        {func(p *Policy) { p.DriftPercent = 100 }, nil},
		"less than none":   {func(p *Policy) { p.DriftPercent = -1 }, []string{"drift_percent"}},
		"more than any":    {func(p *Policy) { p.DriftPercent = 101 }, []string{"drift_percent"}},
		"a lead from one":  {func(p *Policy) { p.LeadFrom = &one }, nil},
		"a lead from none": {func(p *Policy) { p.LeadFrom = &none }, []string{"lead_from"}},
		"an hour each":     {func(p *Policy) { p.ClientHours, p.ColleagueHours, p.RemindHours = 1, 1, 1 }, nil},
		"no hours": {func(p *Policy) { p.ClientHours, p.ColleagueHours, p.RemindHours = 0, 0, 0 },
			[]string{"client_hours", "colleague_hours", "remind_hours"}},
		"sixty days":        {func(p *Policy) { p.ClientHours = 1440 }, nil},
		"more than that":    {func(p *Policy) { p.ClientHours = 1441 }, []string{"client_hours"}},
		"a colleague's too": {func(p *Policy) { p.ColleagueHours = 1441 }, []string{"colleague_hours"}},
		"no cooling off":    {func(p *Policy) { p.CoolingHours = new(0) }, nil},
		"the longest":       {func(p *Policy) { p.CoolingHours = new(mostCooling) }, nil},
		"a longer one":      {func(p *Policy) { p.CoolingHours = new(mostCooling + 1) }, []string{"cooling_hours"}},
		"one of before":     {func(p *Policy) { p.CoolingHours = new(-1) }, []string{"cooling_hours"}},
		"the soonest ends":  {func(p *Policy) { p.RecurringOccurrences, p.RecurringMonths, p.EndRemindDays = 1, 1, 1 }, nil},
		"the latest ends":   {func(p *Policy) { p.RecurringOccurrences, p.RecurringMonths, p.EndRemindDays = 400, 24, 90 }, nil},
		"later ends": {func(p *Policy) { p.RecurringOccurrences, p.RecurringMonths, p.EndRemindDays = 401, 25, 91 },
			[]string{"end_remind_days", "recurring_months", "recurring_occurrences"}},
		"no ends": {func(p *Policy) { p.RecurringOccurrences, p.RecurringMonths, p.EndRemindDays = 0, 0, 0 },
			[]string{"end_remind_days", "recurring_months", "recurring_occurrences"}},
		"waived by nobody": {func(p *Policy) { p.WaivedBy = "" }, []string{"waiver"}},
	} {
		p := Default(1)
		c.change(&p)
		if got := faulttest.Paths(p.Validate()); !slices.Equal(got, c.want) {
			t.Errorf("%s: wrong at %v, want %v", name, got, c.want)
		}
	}
}

func TestOfTwoPoliciesTheStricterHolds(t *testing.T) {
	t.Parallel()
	few, many := 100, 5000
	easy := Policy{ClientWaivable: true, DriftPercent: 20, ClientHours: 24, ColleagueHours: 12}
	hard := Policy{RefusesTokens: true, AsksAll: true, DriftPercent: 5, LeadFrom: &many, ClientHours: 72, ColleagueHours: 36}
	for _, got := range []Policy{easy.stricter(hard), hard.stricter(easy)} {
		if got.ClientWaivable || !got.RefusesTokens || !got.AsksAll || got.DriftPercent != 5 || got.LeadFrom == nil ||
			*got.LeadFrom != many || got.ClientHours != 72 || got.ColleagueHours != 36 {
			t.Errorf("%+v", got)
		}
	}
	low := Policy{LeadFrom: &few}
	if got := low.stricter(hard); *got.LeadFrom != few {
		t.Errorf("a lead from %d on", *got.LeadFrom)
	}
	if got := hard.stricter(low); *got.LeadFrom != few {
		t.Errorf("a lead from %d on", *got.LeadFrom)
	}
	for _, one := range Waivers() {
		for _, other := range Waivers() {
			want := Waivers()[max(slices.Index(Waivers(), one), slices.Index(Waivers(), other))]
			if got := (Policy{WaivedBy: one}).stricter(Policy{WaivedBy: other}); got.WaivedBy != want {
				t.Errorf("of %s and %s waives %s", one, other, got.WaivedBy)
			}
		}
	}
	if got := easy.stricter(easy); !got.ClientWaivable || got.LeadFrom != nil {
		t.Errorf("%+v", got)
	}
}

func TestCeilings(t *testing.T) {
	t.Parallel()
	lead := 500
	for name, c := range map[string]struct {
		kind            schedules.Kind
		audience, typed int
		lead            *int
		want            int
	}{
		"the drift's":                      {schedules.Recurring, 200, 0, nil, 220},
		"typed":                            {schedules.Recurring, 200, 300, nil, 300},
		"a series that reaches nobody yet": {schedules.Series, 0, 0, nil, 1000},
		"without a lead":                   {schedules.Series, 0, 0, &lead, 499},
		"typed, and with a lead":           {schedules.Series, 0, 600, &lead, 600},
		"a large series":                   {schedules.Series, 2000, 0, &lead, 2200},
	} {
		p := Policy{DriftPercent: 10, LeadFrom: c.lead}
		if got := p.Ceiling(c.kind, c.audience, c.typed); got == nil || *got != c.want {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
	if (&Policy{}).Ceiling(schedules.Once, 5, 5) != nil {
		t.Error("what goes out once has a ceiling")
	}
}
