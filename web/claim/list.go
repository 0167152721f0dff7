package claim

import (
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/conversions/claims"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/members"
	"keur/networks"
	"keur/web/desk"
)

// listView is a label's cases.
type listView struct {
	List   desk.Listing
	Items  []claims.Row
	States []desk.Choice
	Plans  bool
	Today  civil.Date
}

// all is the choice of cases of whatever state; without one the list has those of
// which somebody has to do something.
const all = "all"

func (s *Screen) list(x *desk.Exchange) error {
	view := listView{List: desk.NewListing(x), Plans: x.Can(accounts.Planner), Today: civil.DateOf(x.Now().In(x.Zone()))}
	view.States = []desk.Choice{{Value: "", Word: x.Say.T("cases.to_do")}, {Value: all, Word: x.Say.T("list.all")}}
	for _, state := range claims.States() {
		view.States = append(view.States, desk.Choice{Value: string(state), Word: x.Say.Of("case_state", state)})
	}
	filter := claims.Filter{Label: x.Label.ID, Order: view.List.Get("q")}
	switch state := view.List.Get("state"); state {
	case all:
	case "":
		filter.Waiting = filter.Order == ""
	default:
		filter.State = claims.State(state)
	}
	lines := func(ask paging.Ask) (paging.Page[claims.Row], error) {
		return s.Claims.List(x.Context(), filter, ask)
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "cases-"+x.Label.Code, x.Say.T("section.cases"), columns(x), lines)
	}
	ask := view.List.Ask()
	if ask.Sort == "" && filter.Waiting {
		ask.Sort = "due"
	}
	page, err := lines(ask)
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	return x.Show("claim/list", view)
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[claims.Row] {
	type row = claims.Row
	return []tables.Column[row]{
		tables.TextOf("case", func(c row) string { return desk.Itoa(c.ID) }),
		tables.TextOf("member", func(c row) string { return desk.Itoa(c.Member) }),
		tables.TextOf("advertiser", func(c row) string { return c.Name }),
		tables.TextOf("connection", func(c row) string { return c.Account }),
		tables.TextOf("order", func(c row) string { return c.Order }),
		tables.TextOf("ordered_on", func(c row) string { return c.Ordered.String() }),
		{Name: "amount", Kind: tables.Amounts, Value: func(c row) tables.Value {
			return tables.Amount{Minor: c.Sale, Currency: c.Currency}
		}},
		tables.TextOf("currency", func(c row) string { return c.Currency }),
		tables.TermOf("state", func(c row) (string, string) { return desk.WordOf(x, "case_state", c.State) }),
		tables.MomentOf("claimed_at", func(c row) *time.Time { return c.ClaimedAt }),
	}
}

// rulesView is how claims are made by each of a label's connections.
type rulesView struct {
	Rules []claims.Rule
	Form  desk.Form
	Which string // the connection whose form was refused
}

func (s *Screen) rules(x *desk.Exchange) error {
	return s.showRules(x, http.StatusOK, "", desk.NewForm(x.Say))
}

func (s *Screen) showRules(x *desk.Exchange, status int, which string, f desk.Form) error {
	found, err := s.Claims.Rules(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	return x.Answer(status, "claim/rules", rulesView{found, f, which})
}

func (s *Screen) setRule(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[networks.Connection](x)
	if err != nil {
		return err
	}
	days := func(name string) *int {
		if f.Field(name) == "" {
			return nil
		}
		n := f.Number(name)
		return &n
	}
	r := claims.Rule{Address: f.Field("address"), Within: days("within_days"), AnswerIn: days("answer_days")}
	if err = s.Claims.SetRule(x.Context(), c.ID, r); err == nil {
		return x.GoTo("/cases/rules?label=" + x.Label.Code)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showRules(x, http.StatusUnprocessableEntity, desk.Itoa(c.ID), f)
}

// memberView is a member's cases, and the form for another.
type memberView struct {
	Member members.Member
	Items  []claims.Row
	Form   desk.Form
	Shops  shops
	Today  civil.Date
}

// casesShown is how many cases of one member stand on a page.
const casesShown = 50

func (s *Screen) ofMember(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Values.Set("advertiser_id", x.Query("advertiser"))
	f.Values.Set("currency", "EUR")
	return s.showMember(x, http.StatusOK, f)
}

func (s *Screen) showMember(x *desk.Exchange, status int, f desk.Form) error {
	view := memberView{Member: desk.Found[members.Member](x), Form: f, Today: civil.DateOf(x.Now().In(x.Zone()))}
	page, err := s.Claims.List(x.Context(), claims.Filter{Label: x.Label.ID, Member: view.Member.ID}, paging.Ask{Limit: casesShown})
	if err != nil {
		return err
	}
	view.Items = page.Items
	if view.Shops, err = s.shops(x, claims.Case{Label: x.Label.ID, Member: view.Member.ID}); err != nil {
		return err
	}
	return x.Answer(status, "claim/member", view)
}

func (s *Screen) open(x *desk.Exchange) error {
	m := desk.Found[members.Member](x)
	f, files, err := desk.ReadFormWithFiles(x, "file", claims.MaxFile)
	if f.Values == nil {
		return err
	}
	var made claims.Case
	if err == nil {
		facts := readFacts(&f)
		if err = desk.ErrInvalid; !f.Wrong() {
			made, err = s.Claims.Open(x.Context(), x.Label.ID, m.ID, facts)
		}
	}
	for _, file := range files {
		if err == nil {
			err = claims.NewFiles(s.Claims).Add(x.Context(), made.ID, file.Name, file.Bytes)
		}
	}
	if err == nil || made.ID != 0 {
		return x.GoTo("/cases/" + strconv.FormatInt(int64(made.ID), 10))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showMember(x, http.StatusUnprocessableEntity, f)
}
