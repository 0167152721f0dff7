package mailinglist

import (
	"cmp"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
)

// mailingsView is the list of a label's mailings.
type mailingsView struct {
	List   desk.Listing
	Items  []mailings.Mailing
	Stops  map[mailings.ID][]mailings.Stop // of advertisers in them
	Again  map[mailings.ID]string          // when what recurs goes out, while no send of it is to come
	States []desk.Choice
	Kinds  []desk.Choice
	Zone   *time.Location
	Plans  bool // may begin one
}

func (s *Screen) mailings(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "mailings", x.Say.T("section.mailings"), mailingColumns(x), desk.Bind(x, s.findMailings))
	}
	list := desk.NewListing(x)
	page, err := s.findMailings(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	shown := make([]mailings.ID, len(page.Items))
	for i, m := range page.Items {
		shown[i] = m.ID
	}
	stops, err := s.Sends.Stops(x.Context(), shown...)
	if err != nil {
		return err
	}
	again := map[mailings.ID]string{}
	for _, m := range page.Items {
		if m.Repeats != nil {
			again[m.ID] = desk.SayWhen(x, m.Repeats, x.Zone())
		}
	}
	return x.Show("mailinglist/list", mailingsView{
		List: list, Items: page.Items, Stops: stops, Again: again, Zone: x.Zone(), Plans: x.Can(accounts.Planner),
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

// mailingColumns are those of the list as a file.
func mailingColumns(x *desk.Exchange) []tables.Column[mailings.Mailing] {
	type row = mailings.Mailing
	return []tables.Column[row]{
		tables.IDOf("id", func(m row) mailings.ID { return m.ID }),
		tables.TextOf("name", func(m row) string { return m.Name }),
		tables.TermOf("kind", func(m row) (string, string) { return desk.WordOf(x, "mailing_kind", m.Kind) }),
		tables.TermOf("state", func(m row) (string, string) { return desk.WordOf(x, "mailing_state", m.State) }),
		tables.MomentOf("slot_at", func(m row) *time.Time { return cmp.Or(m.PlannedAt, m.SlotAt) }),
		tables.TermOf("slot_state", func(m row) (string, string) { return desk.WordOf(x, "send_state", m.SlotState) }),
		tables.MomentOf("created_at", func(m row) *time.Time { return &m.CreatedAt }),
		tables.MomentOf("updated_at", func(m row) *time.Time { return &m.UpdatedAt }),
	}
}
