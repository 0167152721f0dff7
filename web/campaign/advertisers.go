package campaign

import (
	"net/http"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/web/desk"
)

func (s *advertisers) advertiserRoutes() []desk.Route {
	looks, plans := desk.Anywhere(accounts.Viewer), desk.Anywhere(accounts.Planner)
	return []desk.Route{
		desk.Get("/advertisers", looks, s.advertisers),
		desk.Post("/advertisers", plans, s.addAdvertiser),
		desk.Get("/advertisers/:advertiser", looks, s.advertiser),
		desk.Post("/advertisers/:advertiser", plans, s.changeAdvertiser),
		desk.Post("/advertisers/:advertiser/stop", plans, s.stopAdvertiser),
		desk.Post("/advertisers/:advertiser/resume", plans, s.resumeAdvertiser),
		desk.Post("/advertisers/:advertiser/contacts", plans, s.addContact),
		desk.Post("/contacts/:contact", plans, s.changeContact),
		desk.Post("/contacts/:contact/vouch", plans, s.vouchForContact),
		desk.Post("/advertisers/:advertiser/programmes", plans, s.addProgramme),
		desk.Post("/programmes/:programme", plans, s.changeProgramme),
	}
}

// advertisersView is the list, with the form for a new one.
type advertisersView struct {
	List  desk.Listing
	Items []campaigns.Advertiser
	Form  desk.Form
	Stops []desk.Choice
	Plans bool // may add
}

func (s *advertisers) advertisers(x *desk.Exchange) error {
	if desk.WantsCSV(x) {
		return desk.Export(
			x, "advertisers", []string{"id", "name", "category", "stopped_at", "stop_reason"}, desk.Bind(x, s.findAdvertisers),
			advertiserRow,
		)
	}
	return s.showAdvertisers(x, http.StatusOK, desk.Form{})
}

func (s *advertisers) showAdvertisers(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.findAdvertisers(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return x.Answer(status, "campaign/advertisers", advertisersView{
		List: list, Items: page.Items, Form: f, Plans: x.User.CanSomewhere(accounts.Planner),
		Stops: []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "yes", Word: x.Say.T("advertisers.stopped")}},
	})
}

func (s *advertisers) findAdvertisers(x *desk.Exchange, ask paging.Ask) (paging.Page[campaigns.Advertiser], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	return s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: x.Query("q"), Stopped: x.Query("stopped") != ""}, ask)
}

func advertiserRow(a campaigns.Advertiser) []string {
	stopped := ""
	if a.StoppedAt != nil {
		stopped = a.StoppedAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return []string{desk.Itoa(a.ID), a.Name, a.Category, stopped, a.StopReason}
}

func (s *advertisers) addAdvertiser(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	made, err := s.Advertisers.Create(x.Context(), campaigns.Advertiser{Name: f.Field("name"), Category: f.Field("category")})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showAdvertisers(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo("/advertisers/" + desk.Itoa(made.ID))
}
