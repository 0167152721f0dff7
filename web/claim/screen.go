// Package claim holds the pages of members' cases: what a member misses of what they
// bought, what is known of it, and what is asked of the network or shop.
package claim

import (
	"embed"

	"keur/accounts"
	"keur/conversions/claims"
	"keur/labels"
	"keur/members"
	"keur/networks"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var pages embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "claim", Files: pages} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts    *accounts.Store
	Claims      *claims.Store
	Sender      *claims.Sender
	Connections *networks.Store
	Members     *members.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	serves := []accounts.Role{accounts.Planner, accounts.Service}
	of, under := s.of(serves...), desk.Under(serves...)
	member := desk.OfMember(s.Members, serves...)
	acts := &acts{s}
	return []desk.Route{
		desk.Get("/cases", under, s.list),
		desk.Get("/cases/rules", desk.Under(accounts.Planner), s.rules),
		desk.Post("/cases/rules/:connection", desk.Of("connection", []accounts.Role{accounts.Planner}, s.connection), s.setRule),
		desk.Get("/members/:member/cases", member, s.ofMember),
		desk.Post("/members/:member/cases", member, s.open),
		desk.Get("/cases/:case", of, s.one),
		desk.Post("/cases/:case", of, acts.change),
		desk.Post("/cases/:case/claim", of, acts.claim),
		desk.Post("/cases/:case/send", of, acts.send),
		desk.Post("/cases/:case/clear", of, acts.clear),
		desk.Post("/cases/:case/decide", of, acts.decide),
		desk.Post("/cases/:case/close", of, acts.close),
		desk.Post("/cases/:case/reopen", of, acts.reopen),
		desk.Post("/cases/:case/told", of, acts.told),
		desk.Post("/cases/:case/files", of, acts.addFile),
		desk.Get("/cases/:case/files/:file", of, s.file),
	}
}

// of demands one of the roles for the label of the case in the path.
func (s *Screen) of(roles ...accounts.Role) desk.Access {
	return desk.Of("case", roles, func(x *desk.Exchange, id int64) (claims.Case, labels.ID, error) {
		c, err := s.Claims.Get(x.Context(), claims.ID(id))
		return c, c.Label, err
	})
}

// connection finds the connection that the path names.
func (s *Screen) connection(x *desk.Exchange, id int64) (networks.Connection, labels.ID, error) {
	c, err := s.Connections.Get(x.Context(), networks.ConnectionID(id))
	return c, c.LabelID, err
}
