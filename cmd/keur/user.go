package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"keur/accounts"
	"keur/changes"
	"keur/internal/postgres"
	"keur/labels"
)

// userCommand manages users where nobody can sign in yet: the first admin comes
// into being here. From then on the command line counts as one admin.
type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add a user; the first admin's password is asked for, others get a link."`
	Passwd  userPasswd  `cmd:"" help:"Mail a user the link to set a password, or print it while no SMTP route exists."`
	Token   userToken   `cmd:"" help:"Make an API token that acts as a user, and print it this once."`
	Recover userRecover `cmd:"" help:"Stop asking a user for codes, who lost the authenticator and the recovery codes; signs them out everywhere."`
}

type userAdd struct {
	userLink
	Email         string   `arg:"" help:"Mail address to sign in with."`
	Name          string   `required:"" help:"Full name, as others see it."`
	Locale        string   `enum:"nl,de,en" default:"nl" help:"Language: nl, de or en."`
	Admin         bool     `help:"Manages the installation; approving still takes the role."`
	Roles         []string `name:"role" placeholder:"LABEL:ROLE" help:"Role for a label, such as nl:planner; may be given more than once."`
	PasswordStdin bool     `help:"Read the first admin's password from the first line of standard input."`
}

// Run adds the user. At a terminal the first admin types a password; everybody
// else sets their own by a link.
func (c userAdd) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	password, err := c.password(ctx, d, at)
	if err != nil {
		return err
	}
	roles, err := d.parseRoles(ctx, c.Roles)
	if err != nil {
		return err
	}
	user, err := d.accounts.Create(ctx, accounts.User{
		Email: c.Email, Name: c.Name, Locale: c.Locale, Admin: c.Admin, Roles: roles,
	}, password)
	switch {
	case err != nil:
		return err
	case user.Change != nil:
		at.waits(*user.Change)
		return nil
	}
	fmt.Fprintf(at.out, "user %d: %s\n", user.ID, user.Email)
	if password != "" {
		return nil
	}
	return c.link(ctx, d, at, user)
}

// password asks for the very first admin's.
func (c userAdd) password(ctx context.Context, d *stores, at console) (string, error) {
	guarded, err := d.changes.Guarded(ctx)
	if err != nil || guarded || !c.Admin || !(c.PasswordStdin || at.interactive()) {
		return "", err
	}
	return at.askPassword()
}

// waits says that a change takes an admin yet.
func (c console) waits(r changes.Request) {
	fmt.Fprintf(c.out, "change %d waits until an admin confirms it: %s\n", r.ID, r.What)
}

// userLink is where a link leads under which a user sets a password.
type userLink struct {
	WebURL string `name:"web-url" help:"Where staff reach the desk." env:"KEUR_WEB_URL" default:"http://localhost:8082" placeholder:"URL"`
}

// link mails the user a link to set a password, or prints it where nothing can
// be mailed.
func (c userLink) link(ctx context.Context, d *stores, at console, u accounts.User) error {
	signIns := accounts.NewSignIns(accounts.SignInParts{
		Users: d.accounts, Factors: d.factors, Notices: d.notices, Box: d.box,
		PasswordURL: strings.TrimSuffix(c.WebURL, "/") + "/signin/reset/",
	})
	routes, err := d.routes.List(ctx)
	if err != nil {
		return err
	}
	if len(routes) > 0 {
		if err := signIns.MailLink(ctx, u.ID); err != nil {
			return err
		}
		fmt.Fprintf(at.out, "A link to set a password is on its way to %s.\n", u.Email)
		return nil
	}
	url, until, err := signIns.PrintLink(ctx, u.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(at.err, "No SMTP route, so hand this link to %s, who sets a password under it until %s:\n", u.Email,
		until.Format(time.DateTime))
	fmt.Fprintln(at.out, url)
	return nil
}

type userPasswd struct {
	userLink
	Email string `arg:"" help:"Who sets a password."`
}

// Run gives the user a link: nobody but they ever sets their password.
func (c userPasswd) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		return c.link(ctx, d, at, u)
	})
}

type userToken struct {
	Email  string   `arg:"" help:"Whom the token acts as."`
	Name   string   `required:"" help:"What the token is for."`
	Scopes []string `help:"What it may do of what they may: read, plan, send-test, approve, admin. approve asks for their password." default:"read,plan,send-test"`
	Days   int      `help:"Days until it expires, at most 366." default:"90"`
}

// Run prints the token alone on standard output, so that a script can take it.
// Who lets a token approve proves to be its owner, by the password.
func (c userToken) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		grant := accounts.Grant{
			Name: c.Name, Scopes: accounts.ScopesOf(c.Scopes), ExpiresAt: d.clock.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
		}
		if grant.Scopes.Has(accounts.ScopeApprove) {
			if err := d.signIn(ctx, at, u); err != nil {
				return err
			}
			ctx = postgres.KeyOf(d.box).Acting(ctx, u.ID.Actor())
		}
		plain, token, err := d.tokens.Create(ctx, u.ID, grant)
		if err != nil {
			return err
		}
		fmt.Fprintf(at.err, "Token %d of %s, which is not shown again:\n", token.ID, u.Email)
		fmt.Fprintln(at.out, plain)
		return nil
	})
}

// signIn asks the user for their password, and for a code if they set that up.
// Returns a fault unless both are right.
func (d *stores) signIn(ctx context.Context, at console, u accounts.User) error {
	signIns := accounts.NewSignIns(accounts.SignInParts{Users: d.accounts, Factors: d.factors, Box: d.box})
	password, err := at.askSecret("Password of " + u.Email + ": ")
	if err != nil {
		return err
	}
	from := accounts.Origin{UserAgent: "keur user token"}
	in, err := signIns.SignIn(ctx, u.Email, password, from)
	if err == nil && in.Pending != "" {
		var code string
		if code, err = at.askSecret("Code: "); err == nil {
			in, err = signIns.SignInWithCode(ctx, in.Pending, code, from)
		}
	}
	if err != nil {
		return err
	}
	return d.sessions.SignOut(ctx, in.Token)
}

type userRecover struct {
	Email string `arg:"" help:"Whose authenticator is lost."`
}

// Run takes the authenticator away: a lone admin has no other to ask.
func (c userRecover) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		r, err := d.factors.Reset(ctx, u.ID)
		if err != nil {
			return err
		}
		if r.Waits() {
			at.waits(r)
			return nil
		}
		fmt.Fprintf(at.out, "%s signs in by password alone now.\n", u.Email)
		return nil
	})
}

// withUser opens the desk and calls act with the user of that address.
func withUser(
	ctx context.Context, settings *Settings, log *slog.Logger, email string,
	act func(ctx context.Context, d *stores, u accounts.User) error,
) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	u, err := d.accounts.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	return act(ctx, d, u)
}

// parseRoles reads roles written as label:role.
func (d *stores) parseRoles(ctx context.Context, texts []string) (map[labels.ID][]accounts.Role, error) {
	roles := map[labels.ID][]accounts.Role{}
	for _, text := range texts {
		code, role, ok := strings.Cut(text, ":")
		if !ok {
			return nil, fmt.Errorf("role: %q must be a label's code and a role, such as nl:planner", text)
		}
		label, err := d.labels.ByCode(ctx, code)
		if err != nil {
			return nil, err
		}
		roles[label.ID] = append(roles[label.ID], accounts.Role(role))
	}
	return roles, nil
}
