package setup

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
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

func (s *userResource) accountOperations() {
	const tag = "Users"
	rest.Register(s.Kit, tag, rest.Read("/me", "Read who you are", rest.Everyone()), s.me)
	rest.Register(s.Kit, tag, rest.Read("/me/tokens", "List your API tokens", rest.Everyone()), s.listMyTokens)
	// Any token may end one, itself included: whoever finds it leaked has no other.
	rest.Register(s.Kit, tag, rest.Remove("/me/tokens/{token}", "Revoke one of your API tokens", rest.Everyone()).Needs(accounts.ScopeRead),
		s.revokeMyToken)
	rest.Register(s.Kit, tag, rest.Read("/me/deputies", "List who stands in for you, and for whom you do", rest.Everyone()),
		s.listMyDeputies)
	rest.Register(s.Kit, tag, rest.Create("/me/deputies", "Name an approver who stands in for you while you are away",
		rest.Everyone()).Needs(accounts.ScopeApprove), s.nameMyDeputy)
	rest.Register(s.Kit, tag, rest.Remove("/me/deputies/{absence}", "End an absence of yours",
		rest.Everyone()).Needs(accounts.ScopeApprove), s.endMyDeputy)
	rest.Register(s.Kit, tag, rest.Read("/users", "List the users", rest.Admins()), s.listUsers)
	rest.Register(s.Kit, tag, rest.Create("/users", "Add a user, who sets a password by a link, or propose it", rest.Admins()),
		s.createUser)
	rest.Register(s.Kit, tag, rest.Read("/users/{user}", "Read a user", rest.Admins()), s.getUser)
	rest.Register(s.Kit, tag, rest.Edit("/users/{user}",
		"Change a user's name, address, language and roles; what gives waits for another admin", rest.Admins()), s.updateUser)
	rest.Register(s.Kit, tag, rest.Act("/users/{user}/disable", "Lock a user out", rest.Admins()), s.disableUser)
	rest.Register(s.Kit, tag, rest.Act("/users/{user}/enable", "Let a user in again, or propose it to another admin", rest.Admins()),
		s.enableUser)
	rest.Register(s.Kit, tag, rest.Act("/users/{user}/lift-cooling",
		"Let the role that a user has newly count at once, or propose it to another admin", rest.Admins()), s.liftCooling)
}

func (s *userResource) me(ctx context.Context, _ *struct{}) (*rest.Answer[accounts.User], error) {
	return rest.Answered(rest.Caller(ctx), nil)
}

func (s *userResource) listMyTokens(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[accounts.APIToken]], error) {
	return rest.Whole(s.Tokens.Of(ctx, rest.Caller(ctx).ID))
}

func (s *userResource) revokeMyToken(ctx context.Context, in *struct {
	Token accounts.TokenID `path:"token"`
},
) (*rest.Nothing, error) {
	return rest.Done(s.Tokens.Revoke(ctx, rest.Caller(ctx).ID, in.Token))
}

func (s *userResource) listMyDeputies(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[accounts.Deputy]], error) {
	return rest.Whole(s.Deputies.Of(ctx, rest.Caller(ctx).ID))
}

func (s *userResource) nameMyDeputy(ctx context.Context, in *struct {
	Body struct {
		DeputyID accounts.UserID `json:"deputy_id" doc:"An approver of a label that you approve for"`
		StartsAt time.Time       `json:"from"`
		EndsAt   time.Time       `json:"until"`
	}
},
) (*rest.Answer[accounts.Deputy], error) {
	return rest.Answered(s.Deputies.Name(ctx, rest.Caller(ctx).ID, in.Body.DeputyID, in.Body.StartsAt, in.Body.EndsAt))
}

func (s *userResource) endMyDeputy(ctx context.Context, in *struct {
	Absence accounts.DeputyID `path:"absence"`
},
) (*rest.Nothing, error) {
	return rest.Done(s.Deputies.End(ctx, rest.Caller(ctx).ID, in.Absence))
}

func (s *userResource) listUsers(ctx context.Context, in *struct {
	rest.Paging
	Name   string        `query:"name" maxLength:"200" doc:"A part of the name or the address, in whatever case"`
	Label  labels.ID     `query:"label" doc:"Only those who hold a role for it"`
	Role   accounts.Role `query:"role" enum:"planner,approver,finance,member_service,viewer"`
	Active bool          `query:"active" doc:"Only those who may sign in"`
	Sort   string        `query:"sort" enum:"oldest,newest,name"`
},
) (*rest.Answer[paging.Page[accounts.User]], error) {
	f := accounts.Filter{Name: in.Name, Label: in.Label, Role: in.Role, Active: in.Active}
	return rest.Answered(s.Accounts.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *userResource) createUser(ctx context.Context, in *struct {
	Body UserBody
},
) (*rest.Answer[accounts.User], error) {
	b := in.Body
	return rest.Answered(s.Accounts.Create(ctx, accounts.User{
		Email: b.Email, Name: b.Name, Locale: b.Locale, Admin: b.Admin, Roles: b.Roles,
	}, ""))
}

func (s *userResource) getUser(ctx context.Context, in *UserPath) (*rest.Answer[accounts.User], error) {
	return rest.Answered(s.Accounts.Get(ctx, in.User))
}

func (s *userResource) updateUser(ctx context.Context, in *struct {
	UserPath
	rest.Match
	Body accounts.User
},
) (*rest.Answer[accounts.User], error) {
	return rest.Answered(s.Accounts.Update(ctx, in.User, func(u *accounts.User) error {
		if err := in.Guard(*u); err != nil {
			return err
		}
		u.Email, u.Name, u.Locale, u.Admin, u.Roles = in.Body.Email, in.Body.Name, in.Body.Locale, in.Body.Admin, in.Body.Roles
		return nil
	}))
}

func (s *userResource) disableUser(ctx context.Context, in *UserPath) (*rest.Answer[accounts.User], error) {
	return rest.Answered(s.Accounts.Disable(ctx, in.User))
}

func (s *userResource) enableUser(ctx context.Context, in *UserPath) (*rest.Answer[accounts.User], error) {
	return rest.Answered(s.Accounts.Enable(ctx, in.User))
}

func (s *userResource) liftCooling(ctx context.Context, in *UserPath) (*rest.Answer[accounts.User], error) {
	return rest.Answered(accounts.NewCooling(s.Accounts).Lift(ctx, in.User))
}
