package campaign

import (
	"net/http"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/builder"
)

func (s *Screen) campaignRoutes() []desk.Route {
	holdings, offers := &holdings{s}, &offers{s}
	looks, plans := desk.OfCampaign(s.Campaigns, accounts.Viewer), desk.OfCampaign(s.Campaigns, accounts.Planner)
	return []desk.Route{
		desk.Get("/campaigns", desk.Under(accounts.Viewer), s.campaigns),
		desk.Post("/campaigns", desk.Under(accounts.Planner), s.addCampaign),
		desk.Get("/campaigns/:campaign", looks, s.campaign),
		desk.Get("/campaigns/:campaign/terms", plans, s.campaignTerms),
		desk.Post("/campaigns/:campaign/terms", plans, s.changeCampaign),
		desk.Post("/campaigns/:campaign/creatives", plans, holdings.addCreatives),
		desk.Post("/campaigns/:campaign/creatives/:hash", plans, holdings.changeCreative),
		desk.Post("/campaigns/:campaign/creatives/:hash/cut", plans, holdings.cutCreative),
		desk.Post("/campaigns/:campaign/creatives/:hash/remove", plans, holdings.removeCreative),
		desk.Post("/campaigns/:campaign/links", plans, holdings.addLink),
		desk.Post("/campaigns/:campaign/links/:link/remove", plans, holdings.removeLink),
		desk.Post("/campaigns/:campaign/vouchers", plans, holdings.addPool),
		desk.Post("/campaigns/:campaign/vouchers/:pool", plans, holdings.importCodes),
		desk.Get("/campaigns/:campaign/material", looks, offers.offered),
		desk.Post("/campaigns/:campaign/material", plans, offers.take),
		desk.Post("/campaigns/:campaign/material/:pick/keep",
			desk.OfCampaign(s.Campaigns, accounts.Planner, accounts.Approver), offers.keep),
		desk.Get("/items/:item/picture", offers.ofItem(accounts.Viewer), offers.picture),
		desk.Get("/creatives/:hash", holdings.ofCreative(accounts.Viewer), holdings.creative),
	}
}

// campaignsView is the list of a label's campaigns, with the form for a new one.
type campaignsView struct {
	List    desk.Listing
	Items   []campaignLine
	Running []desk.Choice
	Form    desk.Form
	Begun   bool // for an advertiser, whose page led here
	Plans   bool
}

// campaignLine is a campaign with who it is of.
type campaignLine struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Runs       bool // today
	Result     reports.Result
	Goals      []goal
}

// Told are the goals to show in a list: those that something is held against,
// and of a campaign without any the clicks that it got.
func (c campaignLine) Told() (told []goal) {
	for _, g := range c.Goals {
		if g.Result != nil && (g.Pledged != nil || g.Aimed != nil) {
			told = append(told, g)
		}
	}
	if len(told) == 0 && c.Result.Sends > 0 && c.Goals[1].Result != nil {
		told = c.Goals[1:2]
	}
	return told
}

func (s *Screen) campaigns(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		title := x.Say.T("section.campaigns")
		return desk.Export(x, "campaigns-"+x.Label.Code, title, campaignColumns(), desk.Bind(x, s.campaignLines))
	}
	f := desk.Form{}
	if id, err := strconv.ParseInt(x.Query("advertiser"), 10, 64); err == nil {
		a, err := s.Advertisers.Get(x.Context(), campaigns.AdvertiserID(id))
		if err != nil {
			return err
		}
		f.Values = map[string][]string{"advertiser": {builder.Named(a.Name, id)}}
	}
	return s.showCampaigns(x, http.StatusOK, f)
}

func (s *Screen) showCampaigns(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.campaignLines(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := campaignsView{
		List: list, Items: page.Items, Form: f, Begun: f.Get("advertiser") != "", Plans: x.Can(accounts.Planner),
		Running: []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "now", Word: x.Say.T("campaigns.running")}},
	}
	return x.Answer(status, "campaign/list", view)
}

// campaignLines reads a page of campaigns with who they are of.
func (s *Screen) campaignLines(x *desk.Exchange, ask paging.Ask) (paging.Page[campaignLine], error) {
	page, err := s.findCampaigns(x, ask)
	if err != nil {
		return paging.Page[campaignLine]{}, err
	}
	of, err := desk.AdvertisersOf(x, s.Advertisers, page.Items)
	if err != nil {
		return paging.Page[campaignLine]{}, err
	}
	results, err := s.Reports.Outcomes.OfCampaigns(x.Context(), x.Label.ID, page.Items, &x.User)
	if err != nil {
		return paging.Page[campaignLine]{}, err
	}
	lines, today := make([]campaignLine, len(page.Items)), desk.Today(x)
	for i, c := range page.Items {
		result := results[c.ID]
		runs := c.StartsOn.Compare(today) <= 0 && c.EndsOn.Compare(today) >= 0
		lines[i] = campaignLine{c, of[c.AdvertiserID], runs, result, goals(x, &page.Items[i], &result)}
	}
	return paging.Page[campaignLine]{Items: lines, Next: page.Next}, nil
}

func (s *Screen) findCampaigns(x *desk.Exchange, ask paging.Ask) (paging.Page[campaigns.Campaign], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "newest"
	}
	f := campaigns.Filter{Labels: []labels.ID{x.Label.ID}, Name: x.Query("q")}
	if x.Query("running") != "" {
		f.On = desk.Today(x)
	}
	return s.Campaigns.List(x.Context(), f, ask)
}

// campaignColumns are those of the list as a file.
func campaignColumns() []tables.Column[campaignLine] {
	type row = campaignLine
	return []tables.Column[row]{
		tables.IDOf("id", func(c row) campaigns.ID { return c.ID }),
		tables.TextOf("name", func(c row) string { return c.Name }),
		tables.IDOf("advertiser_id", func(c row) campaigns.AdvertiserID { return c.AdvertiserID }),
		tables.TextOf("advertiser", func(c row) string { return c.Advertiser.Name }),
		tables.DayOf("valid_from", func(c row) civil.Date { return c.StartsOn }),
		tables.DayOf("valid_until", func(c row) civil.Date { return c.EndsOn }),
		tables.TextOf("currency", func(c row) string { return c.Currency }),
		countOf("delivered", func(c row) *int64 { return c.Goals[0].Result }),
		countOf("delivered_promised", func(c row) *int64 { return c.Promised.Delivered }),
		countOf("clicks_unique", func(c row) *int64 { return c.Goals[1].Result }),
		countOf("clicks_promised", func(c row) *int64 { return c.Promised.Clicks }),
		countOf("conversions", func(c row) *int64 { return c.Goals[2].Result }),
		countOf("conversions_promised", func(c row) *int64 { return c.Promised.Conversions }),
		amountOf("revenue", func(c row) *int64 { return c.Goals[3].Result }),
		amountOf("revenue_promised", func(c row) *int64 { return c.Promised.RevenueMinor }),
	}
}

// countOf is a column of figures that may not be there.
func countOf(name string, of func(campaignLine) *int64) tables.Column[campaignLine] {
	return tables.Column[campaignLine]{Name: name, Kind: tables.Counts, Value: func(c campaignLine) tables.Value {
		if n := of(c); n != nil {
			return tables.Count(*n)
		}
		return nil
	}}
}

// amountOf is the same of money in the campaign's currency.
func amountOf(name string, of func(campaignLine) *int64) tables.Column[campaignLine] {
	return tables.Column[campaignLine]{Name: name, Kind: tables.Amounts, Value: func(c campaignLine) tables.Value {
		if n := of(c); n != nil {
			return tables.Amount{Minor: *n, Currency: c.Currency}
		}
		return nil
	}}
}

// addCampaign begins a campaign; its terms follow on its own page.
func (s *Screen) addCampaign(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	c := campaigns.Campaign{LabelID: x.Label.ID, Name: f.Field("name"), Currency: "EUR"}
	if err := s.readAdvertiser(x, &f, &c); err != nil {
		return err
	}
	readPeriod(&f, &c)
	if !f.Wrong() {
		made, err := s.Campaigns.Create(x.Context(), c)
		if err == nil {
			return x.GoTo("/campaigns/" + desk.Itoa(made.ID) + "/terms")
		}
		if err := f.Take(err); err != nil {
			return err
		}
	}
	return s.showCampaigns(x, http.StatusUnprocessableEntity, f)
}

// readAdvertiser finds the advertiser by the name that was typed or chosen.
func (s *Screen) readAdvertiser(x *desk.Exchange, f *desk.Form, c *campaigns.Campaign) error {
	name := f.Field("advertiser")
	if id := builder.Number(name); id > 0 {
		a, err := s.Advertisers.Get(x.Context(), campaigns.AdvertiserID(id))
		c.AdvertiserID = a.ID
		if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	page, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: name}, paging.Ask{Limit: desk.ListPage, Sort: "name"})
	if err != nil {
		return err
	}
	for _, a := range page.Items {
		if strings.EqualFold(a.Name, name) {
			c.AdvertiserID = a.ID
			return nil
		}
	}
	f.Refuse("advertiser", x.Say.T("campaigns.no_advertiser"))
	return nil
}

// readPeriod reads the first and last day.
func readPeriod(f *desk.Form, c *campaigns.Campaign) {
	for name, into := range map[string]*civil.Date{"valid_from": &c.StartsOn, "valid_until": &c.EndsOn} {
		day, err := civil.ParseDate(f.Field(name))
		if err != nil {
			f.Refuse(name, f.Say.T("campaigns.no_day"))
		}
		*into = day
	}
}
