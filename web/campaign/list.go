package campaign

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/web/desk"
)

func (s *Screen) campaignRoutes() []desk.Route {
	material := &material{s}
	looks, plans := desk.OfCampaign(s.Campaigns, accounts.Viewer), desk.OfCampaign(s.Campaigns, accounts.Planner)
	return []desk.Route{
		desk.Get("/campaigns", desk.Under(accounts.Viewer), s.campaigns),
		desk.Post("/campaigns", desk.Under(accounts.Planner), s.addCampaign),
		desk.Get("/campaigns/:campaign", looks, s.campaign),
		desk.Get("/campaigns/:campaign/terms", plans, s.campaignTerms),
		desk.Post("/campaigns/:campaign/terms", plans, s.changeCampaign),
		desk.Post("/campaigns/:campaign/creatives", plans, material.addCreative),
		desk.Post("/campaigns/:campaign/creatives/:hash", plans, material.changeCreative),
		desk.Post("/campaigns/:campaign/creatives/:hash/remove", plans, material.removeCreative),
		desk.Post("/campaigns/:campaign/vouchers", plans, material.addPool),
		desk.Post("/campaigns/:campaign/vouchers/:pool", plans, material.importCodes),
		desk.Get("/creatives/:hash", material.ofCreative(accounts.Viewer), material.creative),
	}
}

// campaignsView is the list of a label's campaigns, with the form for a new one.
type campaignsView struct {
	List    desk.Listing
	Items   []campaignLine
	Running []desk.Choice
	Form    desk.Form
	Plans   bool
}

// campaignLine is a campaign with who it is of.
type campaignLine struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Runs       bool // today
}

func (s *Screen) campaigns(x *desk.Exchange) error {
	if desk.WantsCSV(x) {
		header := []string{"id", "name", "advertiser_id", "valid_from", "valid_until", "currency"}
		return desk.Export(x, "campaigns-"+x.Label.Code, header, desk.Bind(x, s.findCampaigns), campaignRow)
	}
	return s.showCampaigns(x, http.StatusOK, desk.Form{})
}

func (s *Screen) showCampaigns(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.findCampaigns(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := campaignsView{
		List: list, Form: f, Plans: x.Can(accounts.Planner),
		Running: []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "now", Word: x.Say.T("campaigns.running")}},
	}
	today := desk.Today(x)
	of, err := desk.AdvertisersOf(x, s.Advertisers, page.Items)
	if err != nil {
		return err
	}
	for _, c := range page.Items {
		view.Items = append(view.Items, campaignLine{c, of[c.AdvertiserID], c.StartsOn.Compare(today) <= 0 && c.EndsOn.Compare(today) >= 0})
	}
	return x.Answer(status, "campaign/list", view)
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

func campaignRow(c campaigns.Campaign) []string {
	return []string{desk.Itoa(c.ID), c.Name, desk.Itoa(c.AdvertiserID), c.StartsOn.String(), c.EndsOn.String(), c.Currency}
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
