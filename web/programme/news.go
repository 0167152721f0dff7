package programme

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/networks"
	"keur/networks/news"
	"keur/networks/programmes"
	"keur/web/desk"
)

// bulletins is the list of what changed at networks and what they write.
type bulletins struct{ *Screen }

func (s *bulletins) routes() []desk.Route {
	look, plan := []accounts.Role{accounts.Viewer}, []accounts.Role{accounts.Planner}
	return []desk.Route{
		desk.Get("/news", desk.Under(look...), s.list),
		desk.Post("/news/read", desk.Under(look...), s.readAll),
		desk.Post("/news/:news/read", s.of(look...), s.read),
		desk.Post("/news/:news/campaign", s.of(plan...), s.begin),
		desk.Post("/news/:news/mailing", s.of(plan...), s.beginMailing),
	}
}

// of demands one of the roles for the label of the piece of news in the path.
func (s *bulletins) of(roles ...accounts.Role) desk.Access {
	return desk.Of("news", roles, func(x *desk.Exchange, id int64) (news.News, labels.ID, error) {
		n, err := s.News.Get(x.Context(), news.ID(id), x.User.ID)
		return n, n.Label, err
	})
}

// newsView is a page of news.
type newsView struct {
	List   desk.Listing
	Items  []newsRow
	Kinds  []desk.Choice
	Whose  []desk.Choice
	States []desk.Choice
	Newest news.ID // that the page shows, for who read all of it
	Unread int
	Zone   *time.Location
	Plans  bool
}

// newsRow is a piece of news as the page says it.
type newsRow struct {
	news.News
	What string
}

func filterOf(x *desk.Exchange) news.Filter {
	return news.Filter{
		Label: x.Label.ID, To: x.User.ID, Mine: x.Query("whose") == "mine", Unread: x.Query("state") == "unread",
		Kind: networks.ChangeKind(x.Query("kind")), Text: x.Query("q"), Advertiser: advertiser(x),
	}
}

func (s *bulletins) list(x *desk.Exchange) error {
	lines := func(ask paging.Ask) (paging.Page[newsRow], error) {
		found, err := s.News.List(x.Context(), filterOf(x), ask)
		page := paging.Page[newsRow]{Next: found.Next}
		for _, n := range found.Items {
			page.Items = append(page.Items, newsRow{n, n.Said(x.Say)})
		}
		return page, err
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "news-"+x.Label.Code, x.Say.T("section.news"), newsColumns(x), lines)
	}
	view := newsView{
		List: desk.NewListing(x), Zone: x.Zone(), Plans: x.Can(accounts.Planner),
		Kinds: desk.Choices(x, "news_kind", networks.ChangeKinds()...),
		Whose: []desk.Choice{
			{Value: "", Word: x.Say.T("news.of_all", "label", x.Label.Name)}, {Value: "mine", Word: x.Say.T("news.of_mine")},
		},
		States: []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "unread", Word: x.Say.T("news.unread")}},
	}
	page, err := lines(view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	for _, n := range view.Items {
		view.Newest = max(view.Newest, n.ID)
	}
	if view.Unread, err = s.News.Unread(x.Context(), x.Label.ID, x.User.ID); err != nil {
		return err
	}
	return x.Show("programme/news", view)
}

// newsColumns are those of the list as a file.
func newsColumns(x *desk.Exchange) []tables.Column[newsRow] {
	return []tables.Column[newsRow]{
		tables.MomentOf("at", func(n newsRow) *time.Time { return &n.At }),
		tables.TermOf("network", func(n newsRow) (string, string) { return n.Network, x.Say.Of("network", n.Network) }),
		tables.TextOf("connection", func(n newsRow) string { return n.Account }),
		tables.TextOf("programme_ref", func(n newsRow) string { return n.Programme }),
		tables.TextOf("programme", func(n newsRow) string { return n.ProgrammeName }),
		tables.TextOf("advertiser", func(n newsRow) string { return n.AdvertiserName }),
		tables.TermOf("kind", func(n newsRow) (string, string) { return desk.WordOf(x, "news_kind", n.Kind) }),
		tables.TextOf("text", func(n newsRow) string { return n.What }),
	}
}

// readAll notes that the user read all that the list has, as far as they saw it.
func (s *bulletins) readAll(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := s.News.MarkAll(x.Context(), filterOf(x), news.ID(f.Number("newest"))); err != nil {
		return err
	}
	return x.GoTo("/news?" + x.Request.URL.RawQuery)
}

// read notes that the user read a piece of news, or didn't.
func (s *bulletins) read(x *desk.Exchange) error {
	n, f, err := desk.FoundWithForm[news.News](x)
	if err != nil {
		return err
	}
	if err := s.News.Mark(x.Context(), n.ID, x.User.ID, f.Get("read") != "no"); err != nil {
		return err
	}
	if f.Get("back") == "today" {
		return x.GoTo("/")
	}
	return x.GoTo("/news?label=" + x.Label.Code + "#news-" + desk.Itoa(n.ID))
}

// begin makes a campaign of the programme that a piece of news is about, from today
// on for a month, with what the network says it pays, and goes to its terms.
func (s *bulletins) begin(x *desk.Exchange) error {
	n := desk.Found[news.News](x)
	c, err := s.campaign(x, &n)
	if err != nil {
		return err
	}
	if err := s.News.Mark(x.Context(), n.ID, x.User.ID, true); err != nil {
		return err
	}
	return x.GoTo("/campaigns/" + desk.Itoa(c.ID) + "/terms")
}

// beginMailing begins a mailing for the campaign of the programme that runs today,
// or for a new one.
func (s *bulletins) beginMailing(x *desk.Exchange) error {
	n := desk.Found[news.News](x)
	if n.Programme == "" {
		return fault.New(fault.Conflict, "news.no_programme")
	}
	var c campaigns.Campaign
	running, err := s.Campaigns.List(x.Context(), campaigns.Filter{
		Labels: []labels.ID{x.Label.ID}, Advertiser: n.Advertiser, On: desk.Today(x),
	}, paging.Ask{Sort: "newest", Limit: paging.Most})
	if err != nil {
		return err
	}
	for _, one := range running.Items {
		if n.OurProgramme != 0 && one.ProgrammeID != nil && *one.ProgrammeID == n.OurProgramme {
			c = one
			break
		}
	}
	if c.ID == 0 {
		if c, err = s.campaign(x, &n); err != nil {
			return err
		}
	}
	if err := s.News.Mark(x.Context(), n.ID, x.User.ID, true); err != nil {
		return err
	}
	return x.GoTo("/mailings/new?label=" + x.Label.Code + "&campaign=" + desk.Itoa(c.ID))
}

// campaign makes one of the programme. An advertiser that nobody here knows is added
// by the programme's name; a person says of which category it is.
func (s *bulletins) campaign(x *desk.Exchange, n *news.News) (campaigns.Campaign, error) {
	if n.Programme == "" {
		return campaigns.Campaign{}, fault.New(fault.Conflict, "news.no_programme")
	}
	if err := s.advertised(x, n); err != nil {
		return campaigns.Campaign{}, err
	}
	today := desk.Today(x)
	c := campaigns.Campaign{
		LabelID: x.Label.ID, AdvertiserID: n.Advertiser, ProgrammeID: &n.OurProgramme, StartsOn: today, EndsOn: today.AddDays(30),
		Currency: "EUR", Name: nameOf(n.ProgrammeName, today),
	}
	if n.Listing != 0 {
		if err := s.agreed(x, n, &c); err != nil {
			return c, err
		}
	}
	made, err := s.Campaigns.Create(x.Context(), c)
	if !fault.Is(err, fault.Conflict) {
		return made, err
	}
	// Who presses twice goes to what the first press made.
	there, cause := s.Campaigns.List(x.Context(), campaigns.Filter{
		Labels: []labels.ID{c.LabelID}, Advertiser: c.AdvertiserID, Name: c.Name,
	}, paging.Ask{Sort: "newest", Limit: 1})
	if cause != nil || len(there.Items) == 0 {
		return made, cmp.Or(cause, err)
	}
	return there.Items[0], nil
}

// Everything is where one says that everything in the list was read.
func (v newsView) Everything() string { return "/news/read?" + v.List.Query.Encode() }

// nameOf is what a campaign of a programme that begins on a day is called.
func nameOf(programme string, from civil.Date) string {
	day := " " + from.String()
	return form.Fit(programme, form.MaxName-len(day)) + day
}

// advertised finds the advertiser and the programme of a piece of news, or adds them.
func (s *bulletins) advertised(x *desk.Exchange, n *news.News) error {
	if n.OurProgramme != 0 {
		return nil
	}
	a, known, err := s.named(x, n.ProgrammeName)
	if err == nil && !known {
		a, err = s.Advertisers.Create(x.Context(), campaigns.Advertiser{Name: n.ProgrammeName, Category: "other"})
	}
	if err != nil {
		return err
	}
	p, err := s.Advertisers.AddProgramme(x.Context(), campaigns.Programme{
		AdvertiserID: a.ID, Network: n.Network, Ref: n.Programme, Live: true, EmailAllowed: true,
	})
	n.Advertiser, n.AdvertiserName, n.OurProgramme = a.ID, a.Name, p.ID
	if err == nil && !known {
		x.Flash(x.Say.T("news.advertiser_added", "name", a.Name))
	}
	return err
}

// named finds the advertiser of a name, whatever its letters' case: of another network
// or another day, whose programme this one becomes.
func (s *bulletins) named(x *desk.Exchange, name string) (campaigns.Advertiser, bool, error) {
	found, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: name}, paging.Ask{Limit: paging.Most})
	at := slices.IndexFunc(found.Items, func(a campaigns.Advertiser) bool { return strings.EqualFold(a.Name, name) })
	if err != nil || at < 0 {
		return campaigns.Advertiser{}, false, err
	}
	return found.Items[at], true, nil
}

// agreed takes what the network says it pays as what is agreed: a proposal, which a
// person sees next.
func (s *bulletins) agreed(x *desk.Exchange, n *news.News, c *campaigns.Campaign) error {
	terms, err := s.Programmes.Terms(x.Context(), programmes.ListingID(n.Listing))
	if err != nil {
		return err
	}
	for _, t := range terms {
		if t.Ended == nil && t.MinorUnits != nil && !t.Bare() {
			c.Currency = t.Currency
			break
		}
	}
	for _, t := range terms {
		share := t.BasisPoints != nil && *t.BasisPoints > 0 && t.Kind == campaigns.CPS
		amount := t.MinorUnits != nil && *t.MinorUnits > 0 && (t.Currency == c.Currency || t.Bare())
		if t.Ended == nil && (share || amount) {
			c.Deals = append(c.Deals, campaigns.Deal{Kind: t.Kind, BasisPoints: t.BasisPoints, MinorUnits: t.MinorUnits, Note: t.Name})
		}
	}
	return nil
}
