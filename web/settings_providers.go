package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/labels"
)

func (d *door) providerRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/providers", admins(), (*visit).providerList},
		{http.MethodGet, "/settings/providers/new", admins(), (*visit).newProvider},
		{http.MethodPost, "/settings/providers/new", admins(), (*visit).addProvider},
		{http.MethodGet, "/settings/providers/:provider", admins(), (*visit).provider},
		{http.MethodPost, "/settings/providers/:provider", admins(), (*visit).changeProvider},
	}
}

func (v *visit) providerList() error {
	found, err := v.Providers.List(v.ctx())
	if err != nil {
		return err
	}
	return v.show("settings_providers", found)
}

// providerView is one provider as it is edited.
type providerView struct {
	accounts.Provider
	Form     form
	Callback string // to register there
	Changes  []approval.Entry
	Zone     *time.Location
}

// Welcomes reports whether newcomers may view the label.
func (p providerView) Welcomes(id labels.ID) bool {
	return slices.Contains(p.Form.Values["newcomers"], itoa(id))
}

func (v *visit) newProvider() error {
	return v.showProvider(http.StatusOK, accounts.Provider{}, providerForm(newForm(v.Say), accounts.Provider{Active: true}))
}

func (v *visit) providerInPath() (accounts.Provider, error) {
	id, err := v.id("provider")
	if err != nil {
		return accounts.Provider{}, err
	}
	return v.Providers.Get(v.ctx(), accounts.ProviderID(id))
}

func (v *visit) provider() error {
	p, err := v.providerInPath()
	if err != nil {
		return err
	}
	return v.showProvider(http.StatusOK, p, providerForm(newForm(v.Say), p))
}

// providerForm fills in the form, but for the secret, which never comes back.
func providerForm(f form, p accounts.Provider) form {
	f.Set("name", p.Name)
	f.Set("issuer", p.Issuer)
	f.Set("client_id", p.ClientID)
	f.Set("domains", strings.Join(p.Domains, ", "))
	for _, id := range p.Newcomers {
		f.Add("newcomers", itoa(id))
	}
	if p.Active {
		f.Set("active", "yes")
	}
	return f
}

func (v *visit) readProvider(f form, p *accounts.Provider) {
	p.Name, p.Issuer, p.ClientID, p.Active = f.Field("name"), f.Field("issuer"), f.Field("client_id"), f.Get("active") != ""
	p.Domains = strings.FieldsFunc(f.Field("domains"), func(r rune) bool { return strings.ContainsRune(", ;\r\n", r) })
	p.Newcomers = []labels.ID{}
	for _, l := range v.Sees {
		if slices.Contains(f.Values["newcomers"], itoa(l.ID)) {
			p.Newcomers = append(p.Newcomers, l.ID)
		}
	}
}

func (v *visit) showProvider(status int, p accounts.Provider, f form) error {
	view := providerView{Provider: p, Form: f, Zone: v.lastLabelZone()}
	if p.ID != 0 {
		view.Callback = v.callback(p.ID)
		var err error
		if view.Changes, err = v.changes("identity_providers:" + itoa(p.ID)); err != nil {
			return err
		}
	}
	return v.answer(status, "settings_provider", view)
}

func (v *visit) addProvider() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	var p accounts.Provider
	v.readProvider(f, &p)
	made, err := v.Providers.Create(v.ctx(), p, f.Get("client_secret"))
	if err != nil {
		return v.providerStays(accounts.Provider{}, f, err)
	}
	v.announce(v.Say.T("providers.made", "name", made.Name))
	return v.to("/settings/providers/" + itoa(made.ID))
}

func (v *visit) changeProvider() error {
	before, err := v.providerInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	after, err := v.Providers.Update(v.ctx(), before.ID, func(p *accounts.Provider) error {
		v.readProvider(f, p)
		return nil
	})
	if err == nil && f.Get("client_secret") != "" {
		err = v.Providers.SetSecret(v.ctx(), before.ID, f.Get("client_secret"))
	}
	if err != nil {
		return v.providerStays(before, f, err)
	}
	v.announce(v.providerEffect(before, after))
	return v.to("/settings/providers/" + itoa(after.ID))
}

// providerStays shows the form again with what is wrong.
func (v *visit) providerStays(p accounts.Provider, f form, err error) error {
	if err := f.take(err); err != nil {
		return err
	}
	f.Del("client_secret")
	return v.showProvider(http.StatusUnprocessableEntity, p, f)
}

// providerEffect says who signs in by the provider from now on.
func (v *visit) providerEffect(before, after accounts.Provider) string {
	switch {
	case !after.Active:
		return v.Say.T("providers.off", "name", after.Name)
	case before.Issuer != after.Issuer:
		return v.Say.T("providers.other", "name", after.Name)
	case len(after.Newcomers) == 0:
		return v.Say.T("providers.on_known", "name", after.Name, "domains", v.Say.List(after.Domains))
	}
	return v.Say.T("providers.on_all", "name", after.Name, "domains", v.Say.List(after.Domains))
}
