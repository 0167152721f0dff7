package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"keur/accounts"
	"keur/internal/demo"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members/imports"
)

// demoCommand runs a whole mailing from CSV to outcome on a base of its own,
// and stays up to look around.
type demoCommand struct {
	serveCommand `embed:""`

	Members int  `help:"How many members to make up." default:"10000"`
	Once    bool `help:"Stop when the table is printed."`
	Weeks   int  `help:"How many weeks of mailings to let happen before." default:"13"`
	Fresh   bool `help:"Forget the demos before this one."`
}

// Validate names a number that makes no demo; kong calls it.
func (c demoCommand) Validate() error {
	if c.Members < 100 || c.Members > 200_000 {
		return fault.New(fault.Invalid, "the demo takes 100 to 200000 members, not %d", c.Members)
	}
	if c.Weeks < 0 || c.Weeks > 26 {
		return fault.New(fault.Invalid, "the demo takes 0 to 26 weeks, not %d", c.Weeks)
	}
	if len(c.Only) > 0 {
		return fault.New(fault.Invalid, "the demo runs every part: leave --only out, or use keur serve")
	}
	return c.serveCommand.Validate()
}

// Run plays the demo on doors of this process, and keeps them open until it is
// told to stop.
func (c demoCommand) Run(ctx context.Context, settings *Settings, to console) error {
	c.LocalLinks = true // the demo's shop stands beside it
	own := *settings
	own.DataDir = filepath.Join(settings.DataDir, "demo")
	own.LogLevel = max(settings.LogLevel, slog.LevelError) // the demo tells its own story
	if c.Fresh {
		if err := forgetDemos(own); err != nil {
			return err
		}
	}
	d, err := openDesk(ctx, &own, own.logger(to.err))
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	doors := c.serveCommand
	doors.Only = slices.DeleteFunc(slices.Clone(parts), func(part string) bool {
		return part == "worker" || part == "scheduler" // which come when history is over
	})
	h, err := doors.start(ctx, d)
	if err != nil {
		return err
	}
	defer h.stopAll()
	config, err := c.doors(ctx, h, own.DataDir)
	if err != nil {
		return err
	}
	config.Out = to.out
	result, err := demo.Run(ctx, config)
	if err != nil || c.Once {
		return err
	}
	c.invite(to, h, config, result)
	return h.wait(ctx)
}

// forgetDemos removes the base of the demos before, unless its server runs.
func forgetDemos(own Settings) error {
	if own.DatabaseURL != "" {
		return fault.New(fault.Invalid, "--fresh is for the demo's own base; empty KEUR_DATABASE_URL's yourself")
	}
	dir, err := postgres.LocalFolder(filepath.Join(own.DataDir, "postgres"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); err == nil {
		return fault.New(fault.Conflict, "the base in %s is in use, or was left in a hurry: stop the other demo, or run this one without --fresh first", dir)
	}
	return os.RemoveAll(dir)
}

// doors says where the demo finds everything, and hires its admin.
func (c demoCommand) doors(ctx context.Context, h *house, folder string) (demo.Config, error) {
	config := demo.Config{
		API: "http://" + h.where["api"].String(), Public: "http://" + h.where["public"].String(), Inbox: "http://" + h.where["inbox"].String(),
		Mailin: h.where["mailin"].String(), DatabaseURL: h.URL, Mailboxes: h.inbox, Members: c.Members, Folder: folder,
		Token: h.demoToken, Password: h.demoPassword, Import: h.demoImport, History: c.demoHistory(h),
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return config, fmt.Errorf("folder of the demo: %w", err)
	}
	const admin = "admin@spaarpad.example"
	config.AdminEmail = admin
	if _, err := h.accounts.ByEmail(ctx, admin); fault.Is(err, fault.NotFound) {
		if _, err := h.accounts.Create(ctx, accounts.User{Email: admin, Name: "Beheer", Locale: "nl", Admin: true}, ""); err != nil {
			return config, err
		}
	} else if err != nil {
		return config, err
	}
	if err := h.demoPassword(ctx, admin, demo.Password); err != nil {
		return config, err
	}
	var err error
	config.Admin, err = h.demoToken(ctx, admin)
	return config, err
}

// demoToken does what keur user token does.
func (h *house) demoToken(ctx context.Context, email string) (string, error) {
	u, err := h.accounts.ByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	plain, _, err := h.accounts.CreateToken(ctx, u.ID, "demo of "+h.clock.Now().Format("2006-01-02 15:04"), nil)
	return plain, err
}

// demoPassword does what keur user passwd does.
func (h *house) demoPassword(ctx context.Context, email, password string) error {
	u, err := h.accounts.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	return h.accounts.SetPassword(ctx, u.ID, password)
}

// demoImport does what keur import members does.
func (h *house) demoImport(ctx context.Context, label int, file string, columns map[string]string) (demo.Imported, error) {
	f, err := os.Open(file)
	if err != nil {
		return demo.Imported{}, err
	}
	defer func() { _ = f.Close() }()
	done, err := imports.NewImporter(h.DB, h.clock, h.members).Run(ctx, imports.Options{
		Label: labels.ID(label), FileName: filepath.Base(file), Map: columns, Declare: true, Source: "demo",
	}, f, nil)
	return demo.Imported{Inserted: done.Inserted, Updated: done.Updated, Unchanged: done.Unchanged, Rejected: done.Rejected}, err
}

// invite says where to look around.
func (c demoCommand) invite(to console, h *house, config demo.Config, result demo.Result) {
	fmt.Fprintf(to.out, "  %.0f seconds in all. Everything stays up until Ctrl-C; look around:\n\n", result.Took.Seconds())
	for _, place := range append(result.Pages,
		demo.Page{What: "the mail that was sent", Where: config.Inbox + "/"},
		demo.Page{What: "the API, with all its operations", Where: config.API + "/docs"},
		demo.Page{What: "figures for Prometheus", Where: config.API + "/metrics"},
		demo.Page{What: "the members' files", Where: filepath.Join(config.Folder, "members-nl.csv")},
	) {
		fmt.Fprintf(to.out, "    %-38s %s\n", place.What, place.Where)
	}
	fmt.Fprintf(to.out, "\n  Sign in to the desk at http://%s with the password %q as\n\n", h.where["web"], demo.Password)
	for _, p := range result.People {
		fmt.Fprintf(to.out, "    %-38s %s\n", p.Name+", "+p.Role, p.Email)
	}
	fmt.Fprintf(to.out, "\n  or act as one of them at the API:\n\n")
	for _, p := range result.People {
		fmt.Fprintf(to.out, "    %-38s %s\n", p.Name, p.Token)
	}
	fmt.Fprintf(to.out, "\n    curl -H 'Authorization: Bearer %s' '%s/labels/1/outcomes?by=campaign'\n\n", result.People[0].Token, config.API)
}
