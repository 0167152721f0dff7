package campaign

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/web/desk"
)

func (s *advertisers) advertiserRoutes() []desk.Route {
	looks, plans := desk.Anywhere(accounts.Viewer), s.ofAdvertiser(accounts.Planner)
	contact, programme := s.ofContact(accounts.Planner), s.ofProgramme(accounts.Planner)
	return []desk.Route{
		desk.Get("/advertisers", looks, s.advertisers),
		desk.Post("/advertisers", desk.Anywhere(accounts.Planner), s.addAdvertiser),
		desk.Get("/advertisers/:advertiser", looks, s.advertiser),
		desk.Post("/advertisers/:advertiser", plans, s.changeAdvertiser),
		desk.Post("/advertisers/:advertiser/stop", plans, s.stopAdvertiser),
		desk.Post("/advertisers/:advertiser/resume", plans, s.resumeAdvertiser),
		desk.Post("/advertisers/:advertiser/contacts", plans, s.addContact),
		desk.Post("/advertisers/:advertiser/contact-changes/:change", s.ofAdvertiser(accounts.Planner, accounts.Approver), s.decideContact),
		desk.Post("/contacts/:contact", contact, s.changeContact),
		desk.Post("/contacts/:contact/vouch", contact, s.vouchForContact),
		desk.Post("/advertisers/:advertiser/programmes", plans, s.addProgramme),
		desk.Post("/programmes/:programme", programme, s.changeProgramme),
	}
}

// ofAdvertiser demands one of the roles for a label that runs the advertiser.
func (s *advertisers) ofAdvertiser(roles ...accounts.Role) desk.Access {
	return desk.OfShared("advertiser", roles, func(x *desk.Exchange, id int64) (campaigns.Advertiser, []labels.ID, error) {
		a, err := s.Advertisers.Get(x.Context(), campaigns.AdvertiserID(id))
		return runBy(x, s, a, a.ID, err)
	})
}

// ofContact demands one of the roles for a label that runs the contact's advertiser.
func (s *advertisers) ofContact(roles ...accounts.Role) desk.Access {
	return desk.OfShared("contact", roles, func(x *desk.Exchange, id int64) (campaigns.Contact, []labels.ID, error) {
		c, err := s.Advertisers.Contact(x.Context(), campaigns.ContactID(id))
		return runBy(x, s, c, c.AdvertiserID, err)
	})
}

// ofProgramme demands one of the roles for a label that runs the programme's advertiser.
func (s *advertisers) ofProgramme(roles ...accounts.Role) desk.Access {
	return desk.OfShared("programme", roles, func(x *desk.Exchange, id int64) (campaigns.Programme, []labels.ID, error) {
		p, err := s.Advertisers.Programme(x.Context(), campaigns.ProgrammeID(id))
		return runBy(x, s, p, p.AdvertiserID, err)
	})
}

func runBy[T any](x *desk.Exchange, s *advertisers, thing T, of campaigns.AdvertiserID, err error) (T, []labels.ID, error) {
	if err != nil {
		return thing, nil, err
	}
	found, err := s.Advertisers.RunBy(x.Context(), of)
	return thing, found, err
}

// advertisersView is the list, with the form for a new one.
type advertisersView struct {
	List  desk.Listing
	Items []campaigns.Advertiser
	Form  desk.Form
	Stops []desk.Choice
	Plans bool // may add

	Categories []string // that advertisers have
}

func (s *advertisers) advertisers(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "advertisers", x.Say.T("section.advertisers"), advertiserColumns(), desk.Bind(x, s.findAdvertisers))
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
	categories, err := s.Advertisers.Categories(x.Context())
	if err != nil {
		return err
	}
	return x.Answer(status, "campaign/advertisers", advertisersView{
		Categories: categories, List: list, Items: page.Items, Form: f, Plans: x.User.CanSomewhere(accounts.Planner),
		Stops: []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "yes", Word: x.Say.T("advertisers.stopped")}},
	})
}

func (s *advertisers) findAdvertisers(x *desk.Exchange, ask paging.Ask) (paging.Page[campaigns.Advertiser], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	page, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: x.Query("q"), Stopped: x.Query("stopped") != ""}, ask)
	if err != nil {
		return page, err
	}
	found := make([]*campaigns.Advertiser, len(page.Items))
	for i := range page.Items {
		found[i] = &page.Items[i]
	}
	return page, s.Advertisers.Conceal(x.Context(), x.Seen(), found...)
}

// advertiserColumns are those of the list as a file.
func advertiserColumns() []tables.Column[campaigns.Advertiser] {
	type row = campaigns.Advertiser
	return []tables.Column[row]{
		tables.IDOf("id", func(a row) campaigns.AdvertiserID { return a.ID }),
		tables.TextOf("name", func(a row) string { return a.Name }),
		tables.TextOf("category", func(a row) string { return a.Category }),
		tables.MomentOf("stopped_at", func(a row) *time.Time { return a.StoppedAt }),
		tables.TextOf("stop_reason", func(a row) string { return a.StopReason }),
	}
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
