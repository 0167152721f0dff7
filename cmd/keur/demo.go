package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"keur/demo"
	"keur/demo/day"
	"keur/internal/postgres"
	"keur/members/imports"
)

// demoCommand runs a whole mailing from CSV to outcome on a base of its own,
// and stays up to look around.
type demoCommand struct {
	serveCommand `embed:""`

	Members int  `help:"How many members to make up." default:"10000"`
	Once    bool `help:"Stop when the table is printed."`
	Weeks   int  `help:"How many weeks of mailings to let happen before; 0 fills the desk in seconds, and plays no day." default:"13"`
	Fresh   bool `help:"Forget the demos before this one."`
}

// Validate names a number that makes no demo; kong calls it.
func (c demoCommand) Validate() error {
	if c.Members < 100 || c.Members > 200_000 {
		return fmt.Errorf("the demo takes 100 to 200000 members, not %d", c.Members)
	}
	if c.Weeks < 0 || c.Weeks > 26 {
		return fmt.Errorf("the demo takes 0 to 26 weeks, not %d", c.Weeks)
	}
	if len(c.Only) > 0 {
		return errors.New("the demo runs every part: leave --only out, or use keur serve")
	}
	return c.serveCommand.Validate()
}

// Run plays the demo on servers of this process, and keeps them open until it is
// told to stop.
func (c demoCommand) Run(ctx context.Context, settings *Settings, to console) error {
	c.LocalLinks, c.LocalWebhooks = true, true // the demo's shop and its CRM stand beside it
	c.MetricsOnAPI = true
	own := *settings
	own.DataDir = filepath.Join(settings.DataDir, "demo")
	own.LogLevel = max(settings.LogLevel, slog.LevelError) // the demo tells its own story
	if err := c.begin(own, to); err != nil {
		return err
	}
	ctx, d, err := openStores(ctx, &own, own.logger(to.err))
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	h, err := c.serveCommand.only("inbox", "mailin", "public", "api", "web").start(ctx, d) // the others come when the past is over
	if err != nil {
		return err
	}
	defer h.stopAll()
	p, err := demo.New(ctx, demo.Config{
		Servers: h.servers(), DatabaseURL: h.URL, Mailboxes: h.inbox, Key: h.key, Accounts: h.accounts, Tokens: h.tokens,
		Changes:  h.changes,
		Importer: imports.NewImporter(h.DB, h.clock, h.members), Poller: h.poller,
		Count: c.Members, Folder: own.DataDir, Out: to.out,
	})
	if err != nil {
		return err
	}
	pages, err := c.play(ctx, h, p)
	if err == nil {
		err = os.Remove(unfinished(own))
	}
	if err != nil || c.Once {
		return err
	}
	c.invite(to, h, p, pages)
	return h.wait(ctx)
}

// play lets the months before happen, and then a day. Without months the desk
// only has what it needs to be looked at.
func (c demoCommand) play(ctx context.Context, h *process, p *demo.Publisher) ([]day.Page, error) {
	scenes := append(p.Furnish(), demo.Scene{Name: "history",
		Play: func(ctx context.Context) (string, error) { return c.playPast(ctx, h, p) }})
	if err := p.Perform(ctx, scenes...); err != nil || c.Weeks == 0 {
		return nil, err
	}
	return day.Play(ctx, p)
}

// servers returns where a process is reached.
func (h *process) servers() demo.Servers {
	at := func(part string) string {
		if where := h.addresses[part]; where != nil {
			return where.String()
		}
		return ""
	}
	return demo.Servers{API: "http://" + at("api"), Public: "http://" + at("public"), Mailin: at("mailin")}
}

// unfinished returns the file that is there while a demo hasn't come to its end.
func unfinished(own Settings) string { return filepath.Join(own.DataDir, "unfinished") }

// begin makes the demo's folder. What a demo that was stopped half-way left, such
// as a mailing that was approved and not sent, is forgotten first.
func (c demoCommand) begin(own Settings, to console) error {
	_, err := os.Stat(unfinished(own))
	stopped := err == nil && own.DatabaseURL == ""
	if stopped {
		fmt.Fprintln(to.out, "The demo before was stopped half-way; its base is thrown away.")
	}
	if c.Fresh || stopped {
		if err := forgetDemos(own); err != nil {
			return err
		}
	}
	err = os.MkdirAll(own.DataDir, 0o755)
	if err == nil {
		err = os.WriteFile(unfinished(own), nil, 0o600)
	}
	if err != nil {
		return fmt.Errorf("folder of the demo: %w", err)
	}
	return nil
}

// forgetDemos removes the base of the demos before, unless its server runs.
func forgetDemos(own Settings) error {
	if own.DatabaseURL != "" {
		return errors.New("--fresh is for the demo's own base; empty KEUR_DATABASE_URL's yourself")
	}
	dir, err := postgres.LocalFolder(filepath.Join(own.DataDir, "postgres"))
	if err != nil {
		return err
	}
	if postgres.InUse(dir) {
		return fmt.Errorf("the base in %s is in use: stop the other demo, or give this one another --data-dir", dir)
	}
	return os.RemoveAll(dir)
}

// invite says where to look around.
func (c demoCommand) invite(to console, h *process, p *demo.Publisher, pages []day.Page) {
	say := func(what, where string) { fmt.Fprintf(to.out, "    %-38s %s\n", what, where) }
	fmt.Fprintf(to.out, "  %.0f seconds in all. Everything stays up until Ctrl-C; look around:\n\n", time.Since(p.Began).Seconds())
	for _, place := range append(pages,
		day.Page{What: "the mail that was sent", Where: "http://" + h.addresses["inbox"].String() + "/"},
		day.Page{What: "the API, with all its operations", Where: p.API + "/docs"},
		day.Page{What: "figures for Prometheus", Where: p.API + "/metrics"},
		day.Page{What: "the members' files", Where: filepath.Join(p.Folder, "members-nl.csv")},
	) {
		say(place.What, place.Where)
	}
	people := map[*demo.Person]string{p.Planner: "planner and approver", p.Editor: "planner and approver",
		p.Colleague: "approver and finance", p.Service: "member service", p.Admin: "admin"}
	fmt.Fprintf(to.out, "\n  Sign in to the desk at %s with the password %q, which also confirms what they decide, as\n\n",
		h.command.deskURL(), demo.Password)
	for _, one := range p.People() {
		say(one.Name+", "+people[one], one.Email)
	}
	fmt.Fprintf(to.out, "\n  or act as one of them at the API:\n\n")
	for _, one := range p.People() {
		say(one.Name, one.Token)
	}
	fmt.Fprintf(to.out, "\n    curl -H 'Authorization: Bearer %s' '%s/labels/1/outcomes?by=campaign'\n\n", p.Planner.Token, p.API)
}
