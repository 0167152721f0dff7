package settings

import (
	"context"
	"net/http"
	"strings"
	"time"

	"keur/changes"
	"keur/internal/paging"
	"keur/web/desk"
)

func (s *changePages) changeRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/changes", desk.Admins(), s.show),
		desk.Post("/settings/changes/:change/:act", desk.Admins(), s.decide),
	}
}

// changesView is what waits for a second admin, what was done alone, and what
// was decided last.
type changesView struct {
	Waiting, Alone, Decided []changeLine
	Two                     bool // it takes two
	Form                    desk.Form
	Zone                    *time.Location
}

// changeLine is a change with who proposed and who decided it.
type changeLine struct {
	changes.Request
	By, Decider string
	Own         bool // proposed by the admin who looks
	Confirms    bool // who looks may confirm it: another proposed it, or they may do it alone
}

// caution says above every page of the settings that there is one admin, or
// that something waits for the second one to look at.
func (s *Screen) caution(x *desk.Exchange) error {
	two, err := s.Changes.TakesTwo(x.Context())
	if err != nil {
		return err
	}
	alone, err := s.Changes.Alone(x.Context())
	if err != nil {
		return err
	}
	switch {
	case !two:
		x.Caution = x.Say.T("changes.one_admin")
	case alone > 0:
		x.Caution = x.Say.T("changes.look", "n", alone)
	}
	return nil
}

// waiting returns what is proposed about a thing and waits for another admin.
func (s *Screen) waiting(x *desk.Exchange, subject string) ([]changes.Request, error) {
	page, err := s.Changes.List(x.Context(), changes.Filter{State: changes.Proposed, Subject: subject}, paging.Ask{Limit: paging.Most})
	return page.Items, err
}

func (s *changePages) show(x *desk.Exchange) error { return s.answer(x, http.StatusOK, desk.Form{}) }

func (s *changePages) answer(x *desk.Exchange, status int, f desk.Form) error {
	view := changesView{Form: f, Zone: desk.LastZone(x)}
	var err error
	if view.Two, err = s.Changes.TakesTwo(x.Context()); err != nil {
		return err
	}
	for _, part := range []struct {
		into   *[]changeLine
		filter changes.Filter
		most   int
	}{
		{&view.Waiting, changes.Filter{State: changes.Proposed}, paging.Most},
		{&view.Alone, changes.Filter{Alone: true}, paging.Most},
		{&view.Decided, changes.Filter{Decided: true}, decidedShown},
	} {
		page, err := s.Changes.List(x.Context(), part.filter, paging.Ask{Limit: part.most})
		if err != nil {
			return err
		}
		if *part.into, err = lines(x, page.Items, view.Two); err != nil {
			return err
		}
	}
	return x.Answer(status, "settings/changes", view)
}

// decidedShown is how many changes that were decided stand on the page.
const decidedShown = 20

func lines(x *desk.Exchange, found []changes.Request, two bool) ([]changeLine, error) {
	all := make([]changeLine, len(found))
	for i, r := range found {
		all[i] = changeLine{Request: r, Own: r.ProposedBy == x.User.ID.Actor()}
		all[i].Confirms = !all[i].Own || !two && !strings.HasPrefix(r.Kind, "contacts.")
		var err error
		if all[i].By, err = desk.ActorName(x, r.ProposedBy); err != nil {
			return nil, err
		}
		if r.DecidedBy == nil {
			continue
		}
		if all[i].Decider, err = desk.ActorName(x, *r.DecidedBy); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *changePages) decide(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "change")
	if err != nil {
		return err
	}
	acts := map[string]func(context.Context, changes.ID) (changes.Request, error){
		"confirm": s.Changes.Confirm, "refuse": s.Changes.Refuse, "withdraw": s.Changes.Withdraw, "see": s.Changes.See,
	}
	act, known := acts[x.Param("act")]
	if !known {
		return desk.NotHere()
	}
	r, err := act(x.Context(), changes.ID(id))
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.answer(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.Of("change_act", x.Param("act"), "what", x.Say.Say(r.What)))
	return x.GoTo("/settings/changes")
}
