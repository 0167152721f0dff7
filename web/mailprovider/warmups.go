package mailprovider

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/delivery/warmups"
	"keur/internal/form"
	"keur/web/desk"
)

// warmupScreen shows and changes how sending domains are warmed up.
type warmupScreen struct{ *Screen }

const warmupHome = home + "/warmups"

func (s *warmupScreen) routes() []desk.Route {
	return []desk.Route{
		desk.Get(warmupHome, desk.Admins(), s.show),
		desk.Post(warmupHome, desk.Admins(), s.set),
		desk.Post(warmupHome+"/end", desk.Admins(), s.end),
	}
}

// warmupView is all domains with a plan, and the form for one.
type warmupView struct {
	Form    desk.Form
	Domains []warmedUp
	Senders []string // domains of labels' senders that have no plan
}

// warmedUp is a domain with what left from it, and what may.
type warmedUp struct {
	warmups.Standing
	By   string
	Past []warmups.Day
}

// warmDay is a day of a domain's plan, or since it was through: gone by, or to come.
type warmDay struct {
	Day        time.Time // zero: to come
	Step       int
	Most, Sent int // Most 0: the plan has no say
}

// Drawn are the days that its picture has, with what of the plan is left.
func (w warmedUp) Drawn() []warmDay {
	var all []warmDay
	next := w.Step
	for _, d := range w.Past {
		at := warmDay{Day: d.Day, Sent: d.Sent}
		if d.Most != nil {
			at.Most = *d.Most
		}
		all = append(all, at)
		if d.Day.Equal(w.Day) {
			next = w.Step + 1
		}
	}
	for ; next <= len(w.Days); next++ {
		all = append(all, warmDay{Step: next, Most: w.Days[next-1]})
	}
	return all
}

// Top is the greatest number of the picture.
func (w warmedUp) Top() int {
	top := slices.Max(w.Days)
	for _, d := range w.Past {
		top = max(top, d.Sent)
	}
	return top
}

// Numbers is the plan as one writes it.
func (w warmedUp) Numbers() string { return numbers(w.Days) }

// UTC is where a plan's days begin and end.
func (w warmedUp) UTC() *time.Location { return time.UTC }

func numbers(days []int) string {
	words := make([]string, len(days))
	for i, n := range days {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}

func (s *warmupScreen) show(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Set("days", numbers(warmups.Usual()))
	return s.answer(x, http.StatusOK, f)
}

func (s *warmupScreen) answer(x *desk.Exchange, status int, f desk.Form) error {
	view := warmupView{Form: f}
	all, err := s.Warmups.List(x.Context())
	if err != nil {
		return err
	}
	planned := map[string]bool{}
	for _, at := range all {
		planned[at.Domain] = true
		w := warmedUp{Standing: at}
		if w.Past, err = s.Warmups.Days(x.Context(), at.Domain); err != nil {
			return err
		}
		if w.By, err = desk.ActorName(x, at.ChangedBy); err != nil {
			return err
		}
		view.Domains = append(view.Domains, w)
	}
	labels, err := s.Labels.List(x.Context())
	if err != nil {
		return err
	}
	for _, l := range labels {
		for _, sender := range l.Senders {
			domain := form.Domain(sender.Address)
			if !planned[domain] {
				planned[domain], view.Senders = true, append(view.Senders, domain)
			}
		}
	}
	return x.Answer(status, "mailprovider/warmups", view)
}

func (s *warmupScreen) set(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	plan := warmups.Plan{Domain: strings.ToLower(f.Field("domain"))}
	for _, word := range strings.Fields(strings.ReplaceAll(f.Get("days"), ",", " ")) {
		n, err := strconv.Atoi(word)
		if err != nil {
			n = 0 // which a plan refuses
		}
		plan.Days = append(plan.Days, n)
	}
	if err := s.Warmups.Set(x.Context(), plan); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.answer(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.T("warmup.saved", "domain", plan.Domain))
	return x.GoTo(warmupHome)
}

func (s *warmupScreen) end(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := s.Warmups.End(x.Context(), f.Get("domain")); err != nil {
		return err
	}
	x.Flash(x.Say.T("warmup.ended", "domain", f.Get("domain")))
	return x.GoTo(warmupHome)
}
