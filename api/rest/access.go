package rest

import (
	"context"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/trace"
	"keur/labels"
)

// Access says who may call an operation. It is decided here alone, before
// anything of the call is read but its path.
type Access struct {
	accounts.Access
	of     func(huma.Context) (labels.ID, error)   // whose label the role must be for; nil: any
	shared func(huma.Context) ([]labels.ID, error) // for what several labels have: any of these
	also   *Access                                 // what it takes beside
	money  bool                                    // its label may keep it to finance
}

// String says it for the API's description.
func (a Access) String() string {
	switch {
	case a.Admin:
		return "For admins."
	case len(a.Roles) == 0:
		return "For every user."
	case a.shared != nil:
		return "For users with the role " + a.Names() + " under a label that runs it, or under any while none does."
	case a.of == nil:
		return "For users with the role " + a.Names() + " under any label."
	}
	return "For users with the role " + a.Names() + " under its label."
}

func Everyone() Access { return Access{} }
func Admins() Access   { return Access{Access: accounts.Access{Admin: true}} }

// AdminsOf is Access for admins, to what it looks up: for others that is hidden
// with its label.
func AdminsOf(of Access) Access {
	of.Admin, of.Roles = true, nil
	return of
}

func Anywhere(roles ...accounts.Role) Access { return Access{Access: accounts.Access{Roles: roles}} }

// pathID reads an id in the path. One that can't be is one that doesn't exist.
func PathID(ctx huma.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(ctx.Param(name), 10, 64)
	if err != nil || id < 1 || id > MaxID {
		return 0, fault.New(fault.NotFound, "api.missing", "what", name)
	}
	return id, nil
}

// MaxID is the largest id of a label, and far above any other.
const MaxID = 1<<31 - 1

type userKey struct{}

// Caller returns the user who makes the call.
func Caller(ctx context.Context) accounts.User {
	u, _ := ctx.Value(userKey{}).(accounts.User)
	return u
}

// Seen returns the labels that the caller may see; nil for all.
func Seen(ctx context.Context) []labels.ID {
	found, all := Caller(ctx).Sees()
	if all {
		return nil
	}
	return append([]labels.ID{}, found...)
}

// AnsweredFigure answers with a figure about members of a label, such as the caller
// may know it.
func AnsweredFigure[T any, P interface {
	*T
	Discreet() error
}](ctx context.Context, label labels.ID, figure T, err error) (*Answer[T], error) {
	if err == nil && !Caller(ctx).CountsExactly(label) {
		err = P(&figure).Discreet()
	}
	return Answered(figure, err)
}

// Coarsen rounds the counts that are kept with a thing of these labels, for a
// caller who only looks under one of them.
func Coarsen(ctx context.Context, thing interface{ Coarsen() }, of ...labels.ID) {
	for _, label := range of {
		if !Caller(ctx).CountsExactly(label) {
			thing.Coarsen()
			return
		}
	}
}

// admit lets a call through whose token has the scope and belongs to a user who
// may make it, and names that user as the one who acts.
func (k *Kit) admit(access Access, scope accounts.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		u, token, scopes, err := k.identify(ctx)
		if err != nil {
			k.refuse(ctx, err)
			return
		}
		// A program that we know may have the call be part of its own trace.
		traced, id := trace.Admit(ctx.Context(), ctx.Header("traceparent"))
		if id != "" {
			ctx.SetHeader("X-Request-Id", id)
		}
		if !scopes.Has(scope) {
			k.refuse(ctx, fault.New(fault.Forbidden, "accounts.token_scope", "scope", scope))
			return
		}
		inner := postgres.WithCredential(traced, u.ID.Actor(), postgres.ByToken, token)
		ctx = huma.WithContext(ctx, context.WithValue(inner, userKey{}, u))
		if err := k.allow(ctx, u, access); err != nil {
			if fault.Is(err, fault.NotFound) { // what isn't there and what isn't theirs are met alike
				err = fault.New(fault.NotFound, "accounts.not_for_you")
			}
			k.refuse(ctx, err)
			return
		}
		next(ctx)
	}
}

// identify returns whose token a call bears, the token, which proves it to the
// database, and what it may do.
func (k *Kit) identify(ctx huma.Context) (u accounts.User, token string, scopes accounts.Scopes, err error) {
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return u, "", nil, UnknownCaller("send an API token: Authorization: Bearer keur_…")
	}
	u, scopes, err = k.Tokens.User(ctx.Context(), token)
	if fault.Is(err, fault.Forbidden) {
		return u, "", nil, UnknownCaller(err.Error())
	}
	return u, token, scopes, err
}

func (k *Kit) allow(ctx huma.Context, u accounts.User, access Access) error {
	if access.also != nil {
		if err := k.allow(ctx, u, *access.also); err != nil {
			return err
		}
	}
	if access.shared != nil {
		sharing, err := access.shared(ctx)
		if err != nil {
			return err
		}
		return access.CheckAny(u, sharing)
	}
	if access.of == nil {
		return access.Check(u, nil)
	}
	label, err := access.of(ctx)
	if err != nil {
		return err
	}
	if err := access.Check(u, &label); err != nil || !access.money {
		return err
	}
	l, err := k.Labels.Get(ctx.Context(), label)
	if err == nil && !u.SeesMoney(l) {
		err = fault.New(fault.Forbidden, "accounts.money_hidden")
	}
	return err
}

// Money is Access to what networks report, which a label may keep to finance.
func Money(of Access) Access {
	of.money = true
	return of
}
