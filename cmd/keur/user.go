package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"keur/accounts"
	"keur/labels"
)

// userCommand manages users where no door is open yet: the first admin comes
// into being here.
type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add a user."`
	Passwd  userPasswd  `cmd:"" help:"Set a user's password, which signs them out everywhere."`
	Token   userToken   `cmd:"" help:"Make an API token that acts as a user, and print it this once."`
	Recover userRecover `cmd:"" help:"Stop asking a user for codes, who lost the authenticator and the recovery codes; signs them out everywhere."`
}

type userAdd struct {
	Email         string   `arg:"" help:"Mail address to sign in with."`
	Name          string   `required:"" help:"Full name, as others see it."`
	Locale        string   `enum:"nl,de,en" default:"nl" help:"Language: nl, de or en."`
	Admin         bool     `help:"Manages the installation; approving still takes the role."`
	Roles         []string `name:"role" placeholder:"LABEL:ROLE" help:"Role for a label, such as nl:planner; may be given more than once."`
	PasswordStdin bool     `help:"Read the password from the first line of standard input."`
}

// Run adds the user. At a terminal it asks for a password.
func (c userAdd) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	password := ""
	if c.PasswordStdin || at.interactive() {
		var err error
		if password, err = at.askPassword(); err != nil {
			return err
		}
	}
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	roles, err := d.parseRoles(ctx, c.Roles)
	if err != nil {
		return err
	}
	user, err := d.accounts.Create(ctx, accounts.User{
		Email: c.Email, Name: c.Name, Locale: c.Locale, Admin: c.Admin, Roles: roles,
	}, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(at.out, "user %d: %s\n", user.ID, user.Email)
	if password == "" {
		fmt.Fprintf(at.err, "No password yet: keur user passwd %s\n", user.Email)
	}
	return nil
}

type userPasswd struct {
	Email string `arg:"" help:"Whose password."`
}

// Run reads the new password from the terminal or standard input and sets it.
func (c userPasswd) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	password, err := at.askPassword()
	if err != nil {
		return err
	}
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		return d.accounts.SetPassword(ctx, u.ID, password)
	})
}

type userToken struct {
	Email string `arg:"" help:"Whom the token acts as."`
	Name  string `required:"" help:"What the token is for."`
	Days  int    `help:"Days until it expires; 0 for never." default:"0"`
}

// Run prints the token alone on standard output, so that a script can take it.
func (c userToken) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		var expires *time.Time
		if c.Days != 0 {
			end := d.clock.Now().AddDate(0, 0, c.Days)
			expires = &end
		}
		plain, token, err := d.tokens.Create(ctx, u.ID, c.Name, expires)
		if err != nil {
			return err
		}
		fmt.Fprintf(at.err, "Token %d of %s, which is not shown again:\n", token.ID, u.Email)
		fmt.Fprintln(at.out, plain)
		return nil
	})
}

type userRecover struct {
	Email string `arg:"" help:"Whose authenticator is lost."`
}

// Run takes the authenticator away: a lone admin has no other to ask.
func (c userRecover) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return withUser(ctx, settings, log, c.Email, func(ctx context.Context, d *stores, u accounts.User) error {
		if err := d.factors.Reset(ctx, u.ID); err != nil {
			return err
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
