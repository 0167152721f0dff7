package web

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
)

func (d *door) mailingsRoutes() []route {
	return []route{
		{http.MethodGet, "/mailings", under(accounts.Viewer), (*visit).mailings},
		{http.MethodGet, "/mailings/new", under(accounts.Planner), (*visit).newMailing},
		{http.MethodPost, "/mailings/new", under(accounts.Planner), (*visit).createMailing},
	}
}

// mailingsView is the list of a label's mailings.
type mailingsView struct {
	List   listing
	Items  []mailings.Mailing
	States []choice
	Kinds  []choice
	Zone   *time.Location
	Plans  bool // may begin one
}

func (v *visit) mailings() error {
	if v.wantsCSV() {
		return export(v, "mailings", []string{"id", "name", "kind", "state", "slot_at", "created_at", "updated_at"}, v.findMailings, mailingRow)
	}
	list := v.newListing()
	page, err := v.findMailings(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return v.show("mailings", mailingsView{
		List: list, Items: page.Items, Zone: v.zone(), Plans: v.can(accounts.Planner),
		States: choices(v, "mailing_state", mailings.Draft, mailings.InReview, mailings.ChangesRequested, mailings.Approved,
			mailings.Scheduled, mailings.Done, mailings.Cancelled),
		Kinds: choices(v, "mailing_kind", mailings.Solo, mailings.Newsletter, mailings.House),
	})
}

func (v *visit) findMailings(ask paging.Ask) (paging.Page[mailings.Mailing], error) {
	f := mailings.Filter{Labels: []labels.ID{v.Label.ID}, Name: v.Query("q"), Kind: mailings.Kind(v.Query("kind"))}
	if state := v.Query("state"); state != "" {
		f.States = []mailings.State{mailings.State(state)}
	}
	return v.Mailings.List(v.ctx(), f, ask)
}

func mailingRow(m mailings.Mailing) []string {
	slot := ""
	if m.SlotAt != nil {
		slot = m.SlotAt.UTC().Format(time.RFC3339)
	}
	return []string{
		itoa(m.ID), m.Name, string(m.Kind), string(m.State), slot,
		m.CreatedAt.UTC().Format(time.RFC3339), m.UpdatedAt.UTC().Format(time.RFC3339),
	}
}
