// Package programme holds the pages of the programmes with which a label's
// accounts at networks have to do.
package programme

import (
	"embed"
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
	"keur/networks/news"
	"keur/networks/programmes"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "programme", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Connections *networks.Store
	Poller      *networks.Poller
	Programmes  *programmes.Store
	News        *news.Store
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	look, says := []accounts.Role{accounts.Viewer}, []accounts.Role{accounts.Planner, accounts.Approver}
	return append([]desk.Route{
		desk.Get("/programmes", desk.Under(look...), s.list),
		desk.Get("/listings/:listing", s.of(look...), s.one),
		desk.Post("/listings/:listing/answer", s.of(says...), s.answer),
		desk.Post("/programmes/read/:connection", desk.Of("connection", []accounts.Role{accounts.Planner},
			func(x *desk.Exchange, id int64) (networks.Connection, labels.ID, error) {
				c, err := s.Connections.Get(x.Context(), networks.ConnectionID(id))
				return c, c.LabelID, err
			}), s.now),
	}, (&bulletins{s}).routes()...)
}

// of demands one of the roles for the label of the listing in the path.
func (s *Screen) of(roles ...accounts.Role) desk.Access {
	return desk.Of("listing", roles, func(x *desk.Exchange, id int64) (programmes.Listing, labels.ID, error) {
		l, err := s.Programmes.Get(x.Context(), programmes.ListingID(id))
		return l, l.Label, err
	})
}

// listView is a page of programmes.
type listView struct {
	List      desk.Listing
	Items     []programmes.Listing
	Sources   []programmes.Source
	Relations []desk.Choice
	Ours      []desk.Choice
	Zone      *time.Location
	Plans     bool
}

func (s *Screen) list(x *desk.Exchange) error {
	lines := func(ask paging.Ask) (paging.Page[programmes.Listing], error) {
		if ask.Sort == "" && ask.Cursor == "" {
			ask.Sort = "name"
		}
		return s.Programmes.List(x.Context(), programmes.Filter{
			Label: x.Label.ID, Relation: networks.Relation(x.Query("relation")), Ours: x.Query("ours") != "", Text: x.Query("q"),
			Advertiser: advertiser(x),
		}, ask)
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "programmes-"+x.Label.Code, x.Say.T("section.programmes"), columns(x), lines)
	}
	view := listView{
		List: desk.NewListing(x), Zone: x.Zone(), Plans: x.Can(accounts.Planner),
		Relations: desk.Choices(x, "programme_relation", networks.Relations()...),
		Ours:      []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "yes", Word: x.Say.T("listings.ours")}},
	}
	page, err := lines(view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	if view.Sources, err = s.Programmes.Connections(x.Context(), x.Label.ID); err != nil {
		return err
	}
	return x.Show("programme/list", view)
}

// advertiser is whose programmes the address asks for; 0: everybody's.
func advertiser(x *desk.Exchange) campaigns.AdvertiserID {
	id, err := strconv.ParseInt(x.Query("advertiser"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return campaigns.AdvertiserID(id)
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[programmes.Listing] {
	type row = programmes.Listing
	policy := func(of func(row) networks.Policy) func(row) (string, string) {
		return func(l row) (string, string) { return desk.WordOf(x, "programme_policy", of(l)) }
	}
	return []tables.Column[row]{
		tables.TermOf("network", func(l row) (string, string) { return l.Network, x.Say.Of("network", l.Network) }),
		tables.TextOf("connection", func(l row) string { return l.Account }),
		tables.TextOf("programme_ref", func(l row) string { return l.Ref }),
		tables.TextOf("programme", func(l row) string { return l.Name }),
		tables.TextOf("advertiser", func(l row) string { return l.AdvertiserName }),
		tables.TermOf("relation", func(l row) (string, string) { return desk.WordOf(x, "programme_relation", l.Relation) }),
		tables.TermOf("email", policy(func(l row) networks.Policy { return l.Email })),
		tables.TermOf("cashback", policy(func(l row) networks.Policy { return l.Cashback })),
		tables.TermOf("codes", policy(func(l row) networks.Policy { return l.Codes })),
		tables.MomentOf("live_until", func(l row) *time.Time { return l.Until }),
		tables.MomentOf("read_at", func(l row) *time.Time { return l.ReadAt }),
	}
}

// now lets the network be asked at once.
func (s *Screen) now(x *desk.Exchange) error {
	c := desk.Found[networks.Connection](x)
	if err := s.Poller.ProgrammesNow(x.Context(), c.ID); err != nil {
		return err
	}
	if err := s.Poller.MaterialNow(x.Context(), c.ID); err != nil && words.OfError(err).Key != "networks.no_material" {
		return err
	}
	if err := s.Poller.NewsNow(x.Context(), c.ID); err != nil && words.OfError(err).Key != "networks.no_news" {
		return err
	}
	return x.GoTo("/programmes?label=" + x.Label.Code)
}

// oneView is a programme as a network lists it.
type oneView struct {
	programmes.Listing
	Form    desk.Form
	Topics  []topic
	Answers []programmes.Answer
	Terms   []programmes.Term
	Zone    *time.Location
	Gone    bool   // there are terms that no longer hold
	Takes   string // sub-ids: takes, takes_none, or nothing is said
}

// topic is what the network says of a way of promoting, and what a person did.
type topic struct {
	Key    programmes.Topic
	Says   networks.Policy
	Open   bool // a person has to say something
	Answer *programmes.Answer
	Asks   bool // and they may be this one
}

func (s *Screen) one(x *desk.Exchange) error {
	return s.show(x, http.StatusOK, desk.Form{})
}

func (s *Screen) show(x *desk.Exchange, status int, f desk.Form) error {
	view := oneView{Listing: desk.Found[programmes.Listing](x), Form: f, Zone: x.Zone()}
	var err error
	if view.Answers, err = s.Programmes.Answers(x.Context(), view.ID); err != nil {
		return err
	}
	if view.Terms, err = s.Programmes.Terms(x.Context(), view.ID); err != nil {
		return err
	}
	if view.SubIDs != nil {
		view.Takes = map[bool]string{true: "takes", false: "takes_none"}[*view.SubIDs]
	}
	for _, t := range view.Terms {
		view.Gone = view.Gone || t.Ended != nil
	}
	newest, may := programmes.Newest(view.Answers), x.Can(accounts.Planner) || x.Can(accounts.Approver)
	for _, key := range programmes.Topics() {
		t := topic{Key: key, Says: view.Says(key)}
		t.Open = programmes.Open(key, t.Says)
		if a, said := newest[key]; said && t.Open && a.Said == t.Says {
			t.Answer = &a
		}
		t.Asks = t.Open && may
		view.Topics = append(view.Topics, t)
	}
	return x.Answer(status, "programme/one", view)
}

func (s *Screen) answer(x *desk.Exchange) error {
	l, f, err := desk.FoundWithForm[programmes.Listing](x)
	if err != nil {
		return err
	}
	a := programmes.Answer{
		Topic: programmes.Topic(f.Get("topic")), Said: networks.Policy(f.Get("said")), May: f.Get("may") == "yes",
		Reason: f.Field("reason"),
	}
	if err = s.Programmes.Answer(x.Context(), l.ID, a); err == nil {
		return x.GoTo("/listings/" + desk.Itoa(l.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.show(x, http.StatusUnprocessableEntity, f)
}
