package mailprovider

import (
	"math"
	"net/http"
	"strconv"

	"keur/delivery/alarms"
	"keur/web/desk"
	"keur/web/desk/alarmed"
)

// limits is from which shares of complaints and hard bounces on people are told.
type limits struct{ *Screen }

func (s *limits) routes() []desk.Route {
	return []desk.Route{
		desk.Post(home+"/of/:name/alarms", desk.Admins(), s.set),
		desk.Post(home+"/of/:name/alarms/restore", desk.Admins(), s.restore),
	}
}

// limitsView is from which shares on people are told, and of what they were.
type limitsView struct {
	Form  desk.Form
	Own   *alarms.Own // nil: nobody set any of the provider
	By    string
	Lines []alarmed.Line
}

func (s *limits) of(x *desk.Exchange, name string) (v limitsView, err error) {
	now, own, err := s.Alarms.Alarms.LimitsOf(x.Context(), name)
	if err != nil {
		return v, err
	}
	v.Form, v.Own = formOfLimits(x, now), own
	if own != nil {
		if v.By, err = desk.ActorName(x, own.ChangedBy); err != nil {
			return v, err
		}
	}
	v.Lines, err = s.Alarms.OfProvider(x, name)
	return v, err
}

// formOfLimits shows shares in percent.
func formOfLimits(x *desk.Exchange, l alarms.Limits) desk.Form {
	f := desk.NewForm(x.Say)
	f.Set("at_least", strconv.Itoa(l.AtLeast))
	for name, n := range map[string]int{
		"complaints_warning": l.ComplaintsWarning, "complaints_alarm": l.ComplaintsAlarm,
		"hard_warning": l.HardWarning, "hard_alarm": l.HardAlarm,
	} {
		f.Set(name, x.Say.Decimal(float64(n)/100, 2))
	}
	return f
}

// limitsOf reads shares in percent, with at most two digits behind the point.
func limitsOf(f desk.Form, name string) alarms.Limits {
	parts := func(field string) int {
		share, is := f.Decimal(field)
		n := math.Round(100 * share)
		if !is || math.Abs(100*share-n) > 1e-6 {
			return 0
		}
		return int(n)
	}
	return alarms.Limits{
		Provider: name, AtLeast: f.Number("at_least"),
		ComplaintsWarning: parts("complaints_warning"), ComplaintsAlarm: parts("complaints_alarm"),
		HardWarning: parts("hard_warning"), HardAlarm: parts("hard_alarm"),
	}
}

func (s *limits) set(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	l := limitsOf(f, x.Param("name"))
	if err := s.Alarms.Alarms.SetLimits(x.Context(), l); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.refuse(x, l.Provider, f)
	}
	x.Flash(x.Say.T("mailproviders.alarms_saved"))
	return x.GoTo(pathOf(l.Provider))
}

// refuse shows the provider with the limits as they were filled in.
func (s *limits) refuse(x *desk.Exchange, name string, f desk.Form) error {
	view, err := s.view(x, name)
	if err != nil {
		return err
	}
	view.Alarms.Form = f
	return x.Answer(http.StatusUnprocessableEntity, "mailprovider/provider", view)
}

func (s *limits) restore(x *desk.Exchange) error {
	name := x.Param("name")
	if err := s.Alarms.Alarms.RestoreLimits(x.Context(), name); err != nil {
		return err
	}
	x.Flash(x.Say.T("mailproviders.alarms_restored"))
	return x.GoTo(pathOf(name))
}
