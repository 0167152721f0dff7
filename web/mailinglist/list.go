package mailinglist

import (
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
)

// mailingsView is the list of a label's mailings.
type mailingsView struct {
	List   desk.Listing
	Items  []mailings.Mailing
	Stops  map[mailings.ID][]mailings.Stop // of advertisers in them
	States []desk.Choice
	Kinds  []desk.Choice
	Zone   *time.Location
	Plans  bool // may begin one
}

func (s *Screen) mailings(x *desk.Exchange) error {
	if desk.WantsCSV(x) {
		return desk.Export(
			x, "mailings", []string{"id", "name", "kind", "state", "slot_at", "slot_state", "created_at", "updated_at"},
			desk.Bind(x, s.findMailings), mailingRow,
		)
	}
	list := desk.NewListing(x)
	page, err := s.findMailings(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	stops, err := s.Sends.Stops(x.Context(), page.Items...)
	if err != nil {
		return err
	}
	return x.Show("mailinglist/list", mailingsView{
		List: list, Items: page.Items, Stops: stops, Zone: x.Zone(), Plans: x.Can(accounts.Planner),
		States: desk.Choices(x, "mailing_state", mailings.Draft, mailings.InReview, mailings.ChangesRequested, mailings.Approved,
			mailings.Scheduled, mailings.Done, mailings.Cancelled),
		Kinds: desk.Choices(x, "mailing_kind", mailings.Solo, mailings.Newsletter, mailings.House),
	})
}

func (s *Screen) findMailings(x *desk.Exchange, ask paging.Ask) (paging.Page[mailings.Mailing], error) {
	f := mailings.Filter{Labels: []labels.ID{x.Label.ID}, Name: x.Query("q"), Kind: mailings.Kind(x.Query("kind"))}
	if state := x.Query("state"); state != "" {
		f.States = []mailings.State{mailings.State(state)}
	}
	return s.Mailings.List(x.Context(), f, ask)
}

func mailingRow(m mailings.Mailing) []string {
	slot := ""
	if m.SlotAt != nil {
		slot = m.SlotAt.UTC().Format(time.RFC3339)
	}
	return []string{
		desk.Itoa(m.ID), m.Name, string(m.Kind), string(m.State), slot, string(m.SlotState),
		m.CreatedAt.UTC().Format(time.RFC3339), m.UpdatedAt.UTC().Format(time.RFC3339),
	}
}
