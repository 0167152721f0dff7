package api

import (
	"context"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
)

// UserPath names a user.
type UserPath struct {
	User accounts.UserID `path:"user"`
}

// UserBody is what an admin sets of a user.
type UserBody struct {
	Email  string                        `json:"email"`
	Name   string                        `json:"name"`
	Locale string                        `json:"locale,omitempty" enum:"nl,de,en" default:"nl"`
	Admin  bool                          `json:"admin,omitempty"`
	Roles  map[labels.ID][]accounts.Role `json:"roles,omitempty" doc:"Roles by label id"`
}

func (d *door) accountOperations() {
	const tag = "Users"
	register(d, tag, read("/me", "Read who you are", everyone()), d.me)
	register(d, tag, read("/me/tokens", "List your API tokens", everyone()), d.listMyTokens)
	register(d, tag, create("/me/tokens", "Make an API token, which is shown this once", everyone()), d.createMyToken)
	register(d, tag, remove("/me/tokens/{token}", "Revoke one of your API tokens", everyone()), d.revokeMyToken)
	register(d, tag, read("/users", "List the users", admins()), d.listUsers)
	register(d, tag, create("/users", "Add a user", admins()), d.createUser)
	register(d, tag, read("/users/{user}", "Read a user", admins()), d.getUser)
	register(d, tag, edit("/users/{user}", "Change a user's name, address, language and roles", admins()), d.updateUser)
	register(d, tag, act("/users/{user}/disable", "Lock a user out", admins()), d.disableUser)
	register(d, tag, act("/users/{user}/enable", "Let a user in again", admins()), d.enableUser)
	register(d, tag, put("/users/{user}/password", "Set a user's password, which signs them out everywhere", admins()), d.setPassword)
}

func (d *door) me(ctx context.Context, _ *struct{}) (*answer[accounts.User], error) {
	return answered(caller(ctx), nil)
}

func (d *door) listMyTokens(ctx context.Context, _ *struct{}) (*answer[paging.Page[accounts.APIToken]], error) {
	return whole(d.Accounts.Tokens(ctx, caller(ctx).ID))
}

// newToken is a token with its text, which is kept nowhere.
type newToken struct {
	accounts.APIToken
	Token string `json:"token" doc:"Shown this once"`
}

func (d *door) createMyToken(ctx context.Context, in *struct {
	Body struct {
		Name      string     `json:"name"`
		ExpiresAt *time.Time `json:"expires_at,omitempty"`
	}
},
) (*answer[newToken], error) {
	plain, token, err := d.Accounts.CreateToken(ctx, caller(ctx).ID, in.Body.Name, in.Body.ExpiresAt)
	return answered(newToken{token, plain}, err)
}

func (d *door) revokeMyToken(ctx context.Context, in *struct {
	Token accounts.TokenID `path:"token"`
},
) (*nothing, error) {
	return done(d.Accounts.RevokeToken(ctx, caller(ctx).ID, in.Token))
}

func (d *door) listUsers(ctx context.Context, in *struct {
	Paging
	Name   string        `query:"name" maxLength:"200" doc:"A part of the name or the address, in whatever case"`
	Label  labels.ID     `query:"label" doc:"Only those who hold a role for it"`
	Role   accounts.Role `query:"role" enum:"planner,approver,finance,viewer"`
	Active bool          `query:"active" doc:"Only those who may sign in"`
	Sort   string        `query:"sort" enum:"oldest,newest,name"`
},
) (*answer[paging.Page[accounts.User]], error) {
	f := accounts.Filter{Name: in.Name, Label: in.Label, Role: in.Role, Active: in.Active}
	return answered(d.Accounts.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) createUser(ctx context.Context, in *struct {
	Body struct {
		UserBody
		Password string `json:"password,omitempty" writeOnly:"true" doc:"Absent: no signing in with a password yet"`
	}
},
) (*answer[accounts.User], error) {
	b := in.Body
	return answered(d.Accounts.Create(ctx, accounts.User{
		Email: b.Email, Name: b.Name, Locale: b.Locale, Admin: b.Admin, Roles: b.Roles,
	}, b.Password))
}

func (d *door) getUser(ctx context.Context, in *UserPath) (*answer[accounts.User], error) {
	return answered(d.Accounts.Get(ctx, in.User))
}

func (d *door) updateUser(ctx context.Context, in *struct {
	UserPath
	Match
	Body accounts.User
},
) (*answer[accounts.User], error) {
	return answered(d.Accounts.Update(ctx, in.User, func(u *accounts.User) error {
		if err := in.guard(*u); err != nil {
			return err
		}
		u.Email, u.Name, u.Locale, u.Admin, u.Roles = in.Body.Email, in.Body.Name, in.Body.Locale, in.Body.Admin, in.Body.Roles
		return nil
	}))
}

func (d *door) disableUser(ctx context.Context, in *UserPath) (*answer[accounts.User], error) {
	return answered(d.Accounts.Disable(ctx, in.User))
}

func (d *door) enableUser(ctx context.Context, in *UserPath) (*answer[accounts.User], error) {
	return answered(d.Accounts.Enable(ctx, in.User))
}

func (d *door) setPassword(ctx context.Context, in *struct {
	UserPath
	Body struct {
		Password string `json:"password" writeOnly:"true"`
	}
},
) (*nothing, error) {
	return done(d.Accounts.SetPassword(ctx, in.User, in.Body.Password))
}
