package accounts

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// ProviderID names a provider.
type ProviderID int64

// Provider is an OpenID provider that vouches for who people are. Where its
// endpoints are it says itself, under its issuer (OpenID Connect Discovery 1.0).
type Provider struct {
	ID        ProviderID  `json:"id"`
	Name      string      `json:"name" doc:"As the button says it"`
	Issuer    string      `json:"issuer" example:"https://login.publisher.nl/realms/staff"`
	ClientID  string      `json:"client_id"`
	Domains   []string    `json:"domains" doc:"Of mail addresses that it may vouch for"`
	Newcomers []labels.ID `json:"newcomers" doc:"Labels that someone unknown may view from the first sign-in on; none: they are refused"`
	Active    bool        `json:"active"`

	Change *changes.Request `json:"change,omitempty"` // what waits for another admin
}

// Validate returns everything that is wrong with the provider.
func (p Provider) Validate() error {
	var wrong fault.List
	if !form.Name(p.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if !goodIssuer(p.Issuer) {
		wrong.Add("issuer", "accounts.issuer_form")
	}
	if p.ClientID == "" || len(p.ClientID) > 300 || hasControl(p.ClientID) {
		wrong.Add("client_id", "accounts.provider_secret")
	}
	if len(p.Domains) == 0 {
		wrong.Add("domains", "accounts.domains_missing")
	}
	for _, d := range p.Domains {
		if d == "" || len(d) > 253 || strings.ContainsAny(d, "@ /*") || !strings.Contains(d, ".") || hasControl(d) {
			wrong.Add("domains", "accounts.domain_form", "domain", d)
		}
	}
	return wrong.Err()
}

// goodIssuer: over TLS alone (RFC 9700 §4.4), but for a provider on the machine itself.
func goodIssuer(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || (u.Scheme == "http" && (u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())))
}

// vouched are the claims of a provider about who signs in there.
type vouched struct {
	Subject  string `json:"sub"`
	Email    string `json:"email"`
	Verified yes    `json:"email_verified"`
	Name     string `json:"name"`
	Locale   string `json:"locale"`
	AuthTime int64  `json:"auth_time"` // when they last proved to the provider who they are; 0: it doesn't say
}

// yes is a claim that some providers write as text.
type yes bool

// UnmarshalJSON takes true and "true".
func (y *yes) UnmarshalJSON(b []byte) error {
	*y = strings.Trim(string(b), `"`) == "true"
	return nil
}

// trusts returns a forbidden fault unless the provider may vouch for whom the
// claims are about. Only a verified address makes someone a user: anyone can
// type one that isn't theirs.
func (p Provider) trusts(v vouched) error {
	_, domain, _ := strings.Cut(v.Email, "@")
	switch {
	case v.Subject == "" || v.Email == "":
		return refuse(NoAddress, "accounts.provider_hides_address", "provider", p.Name)
	case !bool(v.Verified):
		return refuse(Unverified, "accounts.address_unverified", "provider", p.Name)
	case !slices.ContainsFunc(p.Domains, func(d string) bool { return strings.EqualFold(d, domain) }):
		return refuse(OtherDomain, "accounts.domain_not_admitted", "provider", p.Name, "domain", domain)
	}
	return nil
}

// newcomer returns whom the claims are about as a user who views what the
// provider's newcomers may.
func (p Provider) newcomer(v vouched) User {
	u := User{Email: v.Email, Name: strings.TrimSpace(v.Name), Locale: strings.ToLower(v.Locale), Roles: map[labels.ID][]Role{}}
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(v.Email, "@")
	}
	u.Locale, _, _ = strings.Cut(u.Locale, "-")
	if !knownLocale(u.Locale) {
		u.Locale = "" // the house's own
	}
	for _, id := range p.Newcomers {
		u.Roles[id] = []Role{Viewer}
	}
	return u
}
