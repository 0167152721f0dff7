package web

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
)

func (d *door) campaignRoutes() []route {
	looks, plans := ofCampaign(accounts.Viewer), ofCampaign(accounts.Planner)
	return []route{
		{http.MethodGet, "/campaigns", under(accounts.Viewer), (*visit).campaigns},
		{http.MethodPost, "/campaigns", under(accounts.Planner), (*visit).addCampaign},
		{http.MethodGet, "/campaigns/:campaign", looks, (*visit).campaign},
		{http.MethodGet, "/campaigns/:campaign/terms", plans, (*visit).campaignTerms},
		{http.MethodPost, "/campaigns/:campaign/terms", plans, (*visit).changeCampaign},
		{http.MethodPost, "/campaigns/:campaign/creatives", plans, (*visit).addCreative},
		{http.MethodPost, "/campaigns/:campaign/creatives/:hash", plans, (*visit).changeCreative},
		{http.MethodPost, "/campaigns/:campaign/creatives/:hash/remove", plans, (*visit).removeCreative},
		{http.MethodPost, "/campaigns/:campaign/vouchers", plans, (*visit).addPool},
		{http.MethodPost, "/campaigns/:campaign/vouchers/:pool", plans, (*visit).importCodes},
		{http.MethodGet, "/creatives/:hash", anywhere(accounts.Viewer), (*visit).creative},
	}
}

// campaignsView is the list of a label's campaigns, with the form for a new one.
type campaignsView struct {
	List    listing
	Items   []campaignLine
	Running []choice
	Form    form
	Plans   bool
}

// campaignLine is a campaign with who it is of.
type campaignLine struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Runs       bool // today
}

func (v *visit) campaigns() error {
	if v.wantsCSV() {
		header := []string{"id", "name", "advertiser_id", "starts_on", "ends_on", "currency"}
		return export(v, "campaigns-"+v.Label.Code, header, v.findCampaigns, campaignRow)
	}
	return v.showCampaigns(http.StatusOK, form{})
}

func (v *visit) showCampaigns(status int, f form) error {
	list := v.newListing()
	page, err := v.findCampaigns(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := campaignsView{
		List: list, Form: f, Plans: v.can(accounts.Planner),
		Running: []choice{{"", v.Say.T("list.all")}, {"now", v.Say.T("campaigns.running")}},
	}
	today := v.today0()
	of, err := v.advertisersOf(page.Items)
	if err != nil {
		return err
	}
	for _, c := range page.Items {
		view.Items = append(view.Items, campaignLine{c, of[c.AdvertiserID], c.StartsOn.Compare(today) <= 0 && c.EndsOn.Compare(today) >= 0})
	}
	return v.answer(status, "campaigns", view)
}

// advertisersOf returns the advertisers of campaigns.
func (v *visit) advertisersOf(found []campaigns.Campaign) (map[campaigns.AdvertiserID]campaigns.Advertiser, error) {
	ids := make([]campaigns.AdvertiserID, len(found))
	for i, c := range found {
		ids[i] = c.AdvertiserID
	}
	return v.Advertisers.ByID(v.ctx(), ids...)
}

// today0 is the day on the label's wall calendar.
func (v *visit) today0() civil.Date { return civil.DateOf(v.now().In(v.zone())) }

func (v *visit) findCampaigns(ask paging.Ask) (paging.Page[campaigns.Campaign], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "newest"
	}
	f := campaigns.Filter{Labels: []labels.ID{v.Label.ID}, Name: v.Query("q")}
	if v.Query("running") != "" {
		f.On = v.today0()
	}
	return v.Campaigns.List(v.ctx(), f, ask)
}

func campaignRow(c campaigns.Campaign) []string {
	return []string{itoa(c.ID), c.Name, itoa(c.AdvertiserID), c.StartsOn.String(), c.EndsOn.String(), c.Currency}
}

// addCampaign begins a campaign; its terms follow on its own page.
func (v *visit) addCampaign() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	c := campaigns.Campaign{LabelID: v.Label.ID, Name: f.Field("name"), Currency: "EUR"}
	if err := v.readAdvertiser(&f, &c); err != nil {
		return err
	}
	readPeriod(&f, &c)
	if !f.Wrong() {
		made, err := v.Campaigns.Create(v.ctx(), c)
		if err == nil {
			return v.to("/campaigns/" + itoa(made.ID) + "/terms")
		}
		if err := f.take(err); err != nil {
			return err
		}
	}
	return v.showCampaigns(http.StatusUnprocessableEntity, f)
}

// readAdvertiser finds the advertiser by the name that was typed or chosen.
func (v *visit) readAdvertiser(f *form, c *campaigns.Campaign) error {
	name := f.Field("advertiser")
	page, err := v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{Name: name}, paging.Ask{Limit: listPage, Sort: "name"})
	if err != nil {
		return err
	}
	for _, a := range page.Items {
		if strings.EqualFold(a.Name, name) {
			c.AdvertiserID = a.ID
			return nil
		}
	}
	f.refuse("advertiser", v.Say.T("campaigns.no_advertiser"))
	return nil
}

// readPeriod reads the first and last day.
func readPeriod(f *form, c *campaigns.Campaign) {
	for name, into := range map[string]*civil.Date{"starts_on": &c.StartsOn, "ends_on": &c.EndsOn} {
		day, err := civil.ParseDate(f.Field(name))
		if err != nil {
			f.refuse(name, f.say.T("campaigns.no_day"))
		}
		*into = day
	}
}
