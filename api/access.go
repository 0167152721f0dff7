package api

import (
	"context"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// access says who may call an operation. It is decided here alone, before
// anything of the call is read but its path.
type access struct {
	accounts.Access
	of func(*door, huma.Context) (labels.ID, error) // whose label the role must be for; nil: any
}

// String says it for the API's description.
func (a access) String() string {
	switch {
	case a.Admin:
		return "For admins."
	case len(a.Roles) == 0:
		return "For every user."
	case a.of == nil:
		return "For users with the role " + a.Names() + " under any label."
	}
	return "For users with the role " + a.Names() + " under its label."
}

func everyone() access                       { return access{} }
func admins() access                         { return access{Access: accounts.Access{Admin: true}} }
func anywhere(roles ...accounts.Role) access { return access{Access: accounts.Access{Roles: roles}} }

// pathID reads an id in the path. One that can't be is one that doesn't exist.
func pathID(ctx huma.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(ctx.Param(name), 10, 64)
	if err != nil || id < 1 || id > maxID {
		return 0, fault.New(fault.NotFound, "this %s doesn't exist", name)
	}
	return id, nil
}

// maxID is the largest id of a label, and far above any other.
const maxID = 1<<31 - 1

type userKey struct{}

// caller returns the user who makes the call.
func caller(ctx context.Context) accounts.User {
	u, _ := ctx.Value(userKey{}).(accounts.User)
	return u
}

// seen returns the labels that the caller may see; nil for all.
func seen(ctx context.Context) []labels.ID {
	found, all := caller(ctx).Sees()
	if all {
		return nil
	}
	return append([]labels.ID{}, found...)
}

// admit lets a call through whose token belongs to a user who may make it, and
// names that user as the one who acts.
func (d *door) admit(who access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		u, err := d.identify(ctx)
		if err != nil {
			d.refuse(ctx, err)
			return
		}
		if err := d.allow(ctx, u, who); err != nil {
			d.refuse(ctx, err)
			return
		}
		inner := context.WithValue(postgres.WithActor(ctx.Context(), u.ID.Actor()), userKey{}, u)
		next(huma.WithContext(ctx, inner))
	}
}

func (d *door) identify(ctx huma.Context) (accounts.User, error) {
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return accounts.User{}, unknownCaller("send an API token: Authorization: Bearer keur_…")
	}
	u, err := d.Accounts.ByToken(ctx.Context(), strings.TrimSpace(token))
	if fault.Is(err, fault.Forbidden) {
		return u, unknownCaller(err.Error())
	}
	return u, err
}

func (d *door) allow(ctx huma.Context, u accounts.User, who access) error {
	if who.of == nil {
		return who.Check(u, nil)
	}
	label, err := who.of(d, ctx)
	if err != nil {
		return err
	}
	return who.Check(u, &label)
}
