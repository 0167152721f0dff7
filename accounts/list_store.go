package accounts

import (
	"context"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Filter narrows a list of users. Zero fields don't narrow.
type Filter struct {
	Name   string    // a part of the name or the address, in whatever case
	Label  labels.ID // those who hold a role for it
	Role   Role      // those who hold this role, for Label or any
	Active bool      // only those who may sign in
}

// List returns a page of users with their roles, the oldest first unless asked
// otherwise: newest or name.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[User], error) {
	id := paging.Number("u.id", func(u User) UserID { return u.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[User]{
		{Name: "oldest", Keys: []paging.Key[User]{id}},
		{Name: "newest", Down: true, Keys: []paging.Key[User]{id}},
		{Name: "name", Keys: []paging.Key[User]{paging.Name("u.name", func(u User) string { return u.Name }), id}},
	}, ask, `
		SELECT `+userColumns+`
		  FROM users u
		 WHERE ($1 = '' OR position(lower($1) IN lower(u.name || ' ' || u.email)) > 0)
		   AND (($2::int = 0 AND $3 = '')
		        OR EXISTS (SELECT FROM user_roles r WHERE r.user_id = u.id AND $2 IN (0, r.label_id) AND $3 IN ('', r.role)))
		   AND (NOT $4 OR u.disabled_at IS NULL)`, f.Name, f.Label, f.Role, f.Active)
	if err != nil {
		return found, postgres.Fault(err, "thing.users")
	}
	return found, s.loadRoles(ctx, s.db, found.Items)
}
