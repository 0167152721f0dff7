package settings

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/labels"
	"keur/web/desk"
)

func (s *providers) providerRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/providers", desk.Admins(), s.providerList),
		desk.Get("/settings/providers/new", desk.Admins(), s.newProvider),
		desk.Post("/settings/providers/new", desk.Admins(), s.addProvider),
		desk.Get("/settings/providers/:provider", desk.Admins(), s.provider),
		desk.Post("/settings/providers/:provider", desk.Admins(), s.changeProvider),
	}
}

func (s *providers) providerList(x *desk.Exchange) error {
	found, err := s.Providers.List(x.Context())
	if err != nil {
		return err
	}
	return x.Show("settings/providers", found)
}

// providerView is one provider as it is edited.
type providerView struct {
	accounts.Provider
	Form     desk.Form
	Callback string // to register there
	Changes  []approval.Entry
	Zone     *time.Location
}

// Welcomes reports whether newcomers may view the label.
func (p providerView) Welcomes(id labels.ID) bool {
	return slices.Contains(p.Form.Values["newcomers"], desk.Itoa(id))
}

func (s *providers) newProvider(x *desk.Exchange) error {
	return s.showProvider(x, http.StatusOK, accounts.Provider{}, providerForm(desk.NewForm(x.Say), accounts.Provider{Active: true}))
}

func (s *providers) providerInPath(x *desk.Exchange) (accounts.Provider, error) {
	id, err := x.ID("provider")
	if err != nil {
		return accounts.Provider{}, err
	}
	return s.Providers.Get(x.Context(), accounts.ProviderID(id))
}

func (s *providers) provider(x *desk.Exchange) error {
	p, err := s.providerInPath(x)
	if err != nil {
		return err
	}
	return s.showProvider(x, http.StatusOK, p, providerForm(desk.NewForm(x.Say), p))
}

// providerForm fills in the form, but for the secret, which never comes back.
func providerForm(f desk.Form, p accounts.Provider) desk.Form {
	f.Set("name", p.Name)
	f.Set("issuer", p.Issuer)
	f.Set("client_id", p.ClientID)
	f.Set("domains", strings.Join(p.Domains, ", "))
	for _, id := range p.Newcomers {
		f.Add("newcomers", desk.Itoa(id))
	}
	if p.Active {
		f.Set("active", "yes")
	}
	return f
}

func (s *providers) readProvider(x *desk.Exchange, f desk.Form, p *accounts.Provider) {
	p.Name, p.Issuer, p.ClientID, p.Active = f.Field("name"), f.Field("issuer"), f.Field("client_id"), f.Get("active") != ""
	p.Domains = strings.FieldsFunc(f.Field("domains"), func(r rune) bool { return strings.ContainsRune(", ;\r\n", r) })
	p.Newcomers = []labels.ID{}
	for _, l := range x.Sees {
		if slices.Contains(f.Values["newcomers"], desk.Itoa(l.ID)) {
			p.Newcomers = append(p.Newcomers, l.ID)
		}
	}
}

func (s *providers) showProvider(x *desk.Exchange, status int, p accounts.Provider, f desk.Form) error {
	view := providerView{Provider: p, Form: f, Zone: desk.LastZone(x)}
	if p.ID != 0 {
		view.Callback = desk.ProviderCallback(x, p.ID)
		var err error
		if view.Changes, err = desk.Changed(x, s.Approval, "identity_providers:"+desk.Itoa(p.ID)); err != nil {
			return err
		}
	}
	return x.Answer(status, "settings/provider", view)
}

func (s *providers) addProvider(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	var p accounts.Provider
	s.readProvider(x, f, &p)
	made, err := s.Providers.Create(x.Context(), p, f.Get("client_secret"))
	if err != nil {
		return s.providerStays(x, accounts.Provider{}, f, err)
	}
	if made.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", made.Change.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("providers.made", "name", made.Name))
	return x.GoTo("/settings/providers/" + desk.Itoa(made.ID))
}

func (s *providers) changeProvider(x *desk.Exchange) error {
	before, err := s.providerInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.Providers.Update(x.Context(), before.ID, f.Get("client_secret"), func(p *accounts.Provider) error {
		s.readProvider(x, f, p)
		return nil
	})
	if err != nil {
		return s.providerStays(x, before, f, err)
	}
	x.Flash(s.providerEffect(x, before, after))
	return x.GoTo("/settings/providers/" + desk.Itoa(after.ID))
}

// providerStays shows the form again with what is wrong.
func (s *providers) providerStays(x *desk.Exchange, p accounts.Provider, f desk.Form, err error) error {
	if err := f.Take(err); err != nil {
		return err
	}
	f.Del("client_secret")
	return s.showProvider(x, http.StatusUnprocessableEntity, p, f)
}

// providerEffect says who signs in by the provider from now on.
func (s *providers) providerEffect(x *desk.Exchange, before, after accounts.Provider) string {
	switch {
	case after.Change != nil:
		return x.Say.T("changes.waits", "what", after.Change.What)
	case !after.Active:
		return x.Say.T("providers.off", "name", after.Name)
	case before.Issuer != after.Issuer:
		return x.Say.T("providers.other", "name", after.Name)
	case len(after.Newcomers) == 0:
		return x.Say.T("providers.on_known", "name", after.Name, "domains", x.Say.List(after.Domains))
	}
	return x.Say.T("providers.on_all", "name", after.Name, "domains", x.Say.List(after.Domains))
}
