package mailprovider

import (
	"net/http"
	"time"

	"keur/delivery/shaping"
	"keur/internal/fault"
	"keur/web/desk"
)

// every is how often an open page looks at how providers stand.
const every = 2 * time.Second

// state is how mail to a provider stands now.
type state struct {
	Name   string
	Now    shaping.Now
	Limits []shaping.Limit // that its refusals came to
	Order  *shaping.Order  // nil: nobody stopped or resumed it
	By     string          // who gave the order
	Said   []shaping.Said
	Zone   *time.Location
}

// Stopped reports whether a person lets no mail leave to it.
func (s state) Stopped() bool { return s.Order != nil && s.Order.Stopped }

// Stands says in a word how mail to it leaves: stopped, waits, slowed, flows.
func (s state) Stands() string {
	stands := "flows"
	for _, l := range s.Limits {
		if l.Kind == shaping.Rate && l.Value == 0 {
			stands = "waits"
		} else if stands != "waits" {
			stands = "slowed"
		}
	}
	if s.Stopped() {
		return "stopped"
	}
	return stands
}

// states are how mail to each provider stands now, of all who have something to say
// beside those of names.
func (s *Screen) states(x *desk.Exchange, names []string) (map[string]*state, []string, error) {
	found := map[string]*state{}
	at := func(name string) *state {
		if found[name] == nil {
			found[name] = &state{Name: name, Zone: desk.LastZone(x), Now: shaping.Now{Provider: name}}
			names = append(names, name)
		}
		return found[name]
	}
	known := names
	names = nil
	for _, name := range known {
		at(name)
	}
	now, err := s.Shaping.Now(x.Context())
	if err != nil {
		return nil, nil, err
	}
	limits, err := s.Shaping.Limits(x.Context())
	if err != nil {
		return nil, nil, err
	}
	orders, err := s.Shaping.Orders(x.Context())
	if err != nil {
		return nil, nil, err
	}
	for _, l := range limits {
		at(l.Provider).Limits = append(at(l.Provider).Limits, l)
	}
	for _, o := range orders {
		if _, named := found[o.Provider]; named || o.Holds(x.Now()) {
			if o.Stopped = o.Holds(x.Now()); o.Stopped || named {
				at(o.Provider).Order = &o
			}
		}
	}
	for name, st := range found {
		if n, is := now[name]; is {
			st.Now = n
		}
	}
	return found, names, nil
}

// state is that of one provider, with what it said last.
func (s *Screen) state(x *desk.Exchange, name string) (*state, error) {
	all, _, err := s.states(x, []string{name})
	if err != nil {
		return nil, err
	}
	st := all[name]
	if st.Order != nil {
		if st.By, err = desk.ActorName(x, st.Order.By); err != nil {
			return nil, err
		}
	}
	st.Said, err = s.Shaping.Said(x.Context(), name)
	return st, err
}

// listLive keeps the list as it stands.
func (s *Screen) listLive(x *desk.Exchange) error {
	return desk.Live(x, every, func() (string, error) {
		view, err := s.lines(x)
		if err != nil {
			return "", err
		}
		return x.Render("mailprovider/list", "provider-lines", view)
	})
}

// live keeps the page of one as it stands.
func (s *Screen) live(x *desk.Exchange) error {
	return desk.Live(x, every, func() (string, error) {
		st, err := s.state(x, x.Param("name"))
		if err != nil {
			return "", err
		}
		return x.Render("mailprovider/provider", "provider-live", st)
	})
}

// stop lets no mail leave to the provider, for so many hours or until it is resumed.
func (s *Screen) stop(x *desk.Exchange) error {
	return s.order(x, "mailproviders.stopped_now", func(f desk.Form, name string) error {
		var until *time.Time
		if hours := f.Positive("hours"); hours > 0 {
			at := x.Now().Add(time.Duration(hours) * time.Hour)
			until = &at
		}
		if f.Wrong() {
			return desk.ErrInvalid
		}
		return s.Shaping.Stop(x.Context(), name, f.Field("reason"), until)
	})
}

func (s *Screen) resume(x *desk.Exchange) error {
	return s.order(x, "mailproviders.resumed_now", func(f desk.Form, name string) error {
		return s.Shaping.Resume(x.Context(), name, f.Field("reason"))
	})
}

func (s *Screen) order(x *desk.Exchange, done string, give func(desk.Form, string) error) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	name := x.Param("name")
	if err := give(f, name); err != nil {
		if fault.Is(err, fault.NotFound) {
			return err
		}
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showOne(x, http.StatusUnprocessableEntity, name, nil, f)
	}
	x.Flash(x.Say.T(done, "provider", shaping.Title(name)))
	return x.GoTo(pathOf(name))
}
