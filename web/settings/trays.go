package settings

import (
	"net/http"
	"time"

	"keur/delivery/shaping"
	"keur/internal/fault"
	"keur/tracking"
	"keur/web/desk"
)

// trays is the providers that suddenly refuse many members.
type trays struct{ *Screen }

func (s *trays) trayRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/bounces", desk.Admins(), s.show),
		desk.Post("/settings/bounces/:tray/:state", desk.Admins(), s.decide),
	}
}

// traysView is the trays that wait for a person, and those that were decided.
type traysView struct {
	Waiting, Decided []trayLine
	Limits           []shaping.Limit // of providers that mail is slowed down to
	Zone             *time.Location
	Form             desk.Form
}

// trayLine is a tray, with who decided on it.
type trayLine struct {
	tracking.Tray
	Decider string
}

// Share is how many of the provider's mails led to a suppression, in percent.
func (l trayLine) Share() int { return 100 * l.Suppressed / max(l.Delivered, 1) }

func (s *trays) show(x *desk.Exchange) error { return s.answer(x, http.StatusOK, desk.NewForm(x.Say)) }

func (s *trays) answer(x *desk.Exchange, status int, f desk.Form) error {
	all, err := s.Trays.List(x.Context())
	if err != nil {
		return err
	}
	view := traysView{Zone: desk.LastZone(x), Form: f}
	if view.Limits, err = s.Limits.Limits(x.Context()); err != nil {
		return err
	}
	for _, tray := range all {
		line := trayLine{Tray: tray}
		if tray.State == tracking.TrayOpen {
			view.Waiting = append(view.Waiting, line)
			continue
		}
		if line.Decider, err = desk.ActorName(x, *tray.DecidedBy); err != nil {
			return err
		}
		view.Decided = append(view.Decided, line)
	}
	return x.Answer(status, "settings/bounces", view)
}

// decide ends a tray for all who wait in it, as many as the page showed.
func (s *trays) decide(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "tray")
	if err != nil {
		return err
	}
	state := tracking.TrayState(x.Param("state"))
	if err := s.Trays.Decide(x.Context(), tracking.TrayID(id), state, f.Number("members")); err != nil {
		if fault.Is(err, fault.NotFound) {
			return err
		}
		if err := f.Take(err); err != nil {
			return err
		}
		return s.answer(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.Of("tray_action", x.Param("state"), "n", f.Number("members")))
	return x.GoTo("/settings/bounces")
}
