package web

import (
	"net/http"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
)

func (d *door) advertiserRoutes() []route {
	looks, plans := anywhere(accounts.Viewer), anywhere(accounts.Planner)
	return []route{
		{http.MethodGet, "/advertisers", looks, (*visit).advertisers},
		{http.MethodPost, "/advertisers", plans, (*visit).addAdvertiser},
		{http.MethodGet, "/advertisers/:advertiser", looks, (*visit).advertiser},
		{http.MethodPost, "/advertisers/:advertiser", plans, (*visit).changeAdvertiser},
		{http.MethodPost, "/advertisers/:advertiser/stop", plans, (*visit).stopAdvertiser},
		{http.MethodPost, "/advertisers/:advertiser/resume", plans, (*visit).resumeAdvertiser},
		{http.MethodPost, "/advertisers/:advertiser/contacts", plans, (*visit).addContact},
		{http.MethodPost, "/contacts/:contact", plans, (*visit).changeContact},
		{http.MethodPost, "/contacts/:contact/vouch", plans, (*visit).vouchForContact},
		{http.MethodPost, "/advertisers/:advertiser/programmes", plans, (*visit).addProgramme},
		{http.MethodPost, "/programmes/:programme", plans, (*visit).changeProgramme},
	}
}

// advertisersView is the list, with the form for a new one.
type advertisersView struct {
	List  listing
	Items []campaigns.Advertiser
	Form  form
	Stops []choice
	Plans bool // may add
}

func (v *visit) advertisers() error {
	if v.wantsCSV() {
		return export(v, "advertisers", []string{"id", "name", "category", "stopped_at", "stop_reason"}, v.findAdvertisers, advertiserRow)
	}
	return v.showAdvertisers(http.StatusOK, form{})
}

func (v *visit) showAdvertisers(status int, f form) error {
	list := v.newListing()
	page, err := v.findAdvertisers(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return v.answer(status, "advertisers", advertisersView{
		List: list, Items: page.Items, Form: f, Plans: v.User.CanSomewhere(accounts.Planner),
		Stops: []choice{{"", v.Say.T("list.all")}, {"yes", v.Say.T("advertisers.stopped")}},
	})
}

func (v *visit) findAdvertisers(ask paging.Ask) (paging.Page[campaigns.Advertiser], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	return v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{Name: v.Query("q"), Stopped: v.Query("stopped") != ""}, ask)
}

func advertiserRow(a campaigns.Advertiser) []string {
	stopped := ""
	if a.StoppedAt != nil {
		stopped = a.StoppedAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return []string{itoa(a.ID), a.Name, a.Category, stopped, a.StopReason}
}

func (v *visit) addAdvertiser() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	made, err := v.Advertisers.Create(v.ctx(), campaigns.Advertiser{Name: f.Field("name"), Category: f.Field("category")})
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showAdvertisers(http.StatusUnprocessableEntity, f)
	}
	return v.to("/advertisers/" + itoa(made.ID))
}
