package labels

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"keur/changes"
	"keur/internal/words"
)

// The kinds of change that labels, routes and signing keys know.
const (
	changeLabelAdd = "labels.add"
	changeOrigin   = "labels.origin"

	changeRoute = "routes.save"
	changeDKIM  = "dkim.activate"
)

// savedRoute is a route as somebody wants it, and as it was then.
type savedRoute struct {
	Route
	Sealed []byte // the password
	Before *Route // nil: there was none
}

// onlyRates reports whether nothing changes but how fast the route is used.
func (s savedRoute) onlyRates() bool {
	if s.Before == nil {
		return false
	}
	a, b := s.Route, *s.Before
	return a.Name == b.Name && a.Host == b.Host && a.Port == b.Port && a.TLS == b.TLS && a.Verify == b.Verify && a.Auth == b.Auth &&
		a.Username == b.Username && a.Password == b.Password && a.EHLOName == b.EHLOName &&
		a.Kind == b.Kind && a.Reports == b.Reports && slices.Equal(a.Sources, b.Sources)
}

// proposal asks for the route in place of what is there now.
func (s savedRoute) proposal(now routeRow) changes.Proposal {
	row := changes.Row{
		"name": s.Name, "host": s.Host, "port": s.Port, "tls": s.TLS, "verify": s.Verify, "auth": s.Auth, "username": s.Username,
		"password_sealed": changes.Bytes(s.Sealed), "ehlo_name": s.EHLOName,
		"kind": s.Kind, "reports": s.Reports, "sources": append(Sources{}, s.Sources...), // no list is an empty one
	}
	p := changes.Proposal{
		Kind: changeRoute, Subject: "smtp_routes:" + s.Name, Payload: s, Rows: []changes.Row{changes.Insert("smtp_routes", row)},
		What: words.Of("change.route_add", "name", s.Name, "host", s.Host, "port", fmt.Sprint(s.Port), "tls", s.TLS,
			"verify", fmt.Sprint(s.Verify), "user", s.Username, "ehlo", s.EHLOName, "reports", fmt.Sprint(s.Reports)),
	}
	if s.Kind == Direct {
		p.What = words.Of("change.route_add_direct", "name", s.Name, "port", fmt.Sprint(s.Port), "from", s.from())
	}
	if s.Before != nil {
		row["id"] = s.ID
		p.Subject, p.Rows[0] = fmt.Sprintf("smtp_routes:%d", s.ID), changes.Update("smtp_routes", row)
	}
	switch {
	case s.Before != nil && s.Kind == Direct:
		p.What = words.Of("change.route_change_direct", "before", now.Name, "name", s.Name, "port", fmt.Sprint(s.Port), "from", s.from())
	case s.Before != nil:
		p.What = words.Of("change.route_change", "before", now.Name, "name", s.Name, "host", s.Host, "port", fmt.Sprint(s.Port),
			"tls", s.TLS, "verify", fmt.Sprint(s.Verify), "user", s.Username, "ehlo", s.EHLOName,
			"reports", fmt.Sprint(s.Reports), "password", s.password(now.Sealed))
	}
	return p
}

// from names the addresses from which a direct route sends.
func (s savedRoute) from() string {
	var all []string
	for _, source := range s.Sources {
		all = append(all, source.Address+" ("+source.EHLOName+")")
	}
	return cmp.Or(strings.Join(all, ", "), "–")
}

// password says whether the route gets another one.
func (s savedRoute) password(sealed []byte) words.Message {
	if bytes.Equal(s.Sealed, sealed) {
		return words.Of("change.password_stays")
	}
	return words.Of("change.password_changes")
}

// activation asks for a key to sign its label's mail.
func activation(k DKIMKey) changes.Proposal {
	return changes.Proposal{
		Kind: changeDKIM, Subject: fmt.Sprintf("dkim_keys:%d", k.ID), Payload: k.ID,
		What: words.Of("change.dkim_activate", "selector", k.Selector, "domain", k.Domain),
		Rows: []changes.Row{changes.Update("dkim_keys", changes.Row{
			"id": k.ID, "label_id": k.LabelID, "domain": k.Domain, "selector": k.Selector, "algorithm": k.Algorithm, "active": true,
		})},
	}
}
