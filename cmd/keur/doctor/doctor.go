package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"keur/accounts"
	"keur/internal/hunspell"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/labels"
	"keur/labels/domains"
)

// doctorCommand looks over an installation and says what to mend.
type doctorCommand struct {
	Offline bool `help:"Ask neither DNS nor mail servers."`

	dns      domains.Resolver // nil: this machine's
	hunspell string           // "": the one in PATH
}

// Help says how it ends; kong shows it.
func (doctorCommand) Help() string {
	return "Looks at the base, this machine, what runs, and for each label its mail server and its records in DNS. Changes nothing. " +
		"Exits with 1 if there is something to mend."
}

// Run looks at everything and ends with an error if something is to be mended.
func (c doctorCommand) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err // it says what to mend, and without a base there is nothing to look at
	}
	defer d.Close(ctx)
	if c.dns == nil {
		c.dns = net.DefaultResolver
	}
	x := examination{doctorCommand: c, stores: d, settings: settings, at: at}
	for _, look := range []func(context.Context) error{x.base, x.machine, x.people, x.duties, x.everyLabel} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(at.out, "\n%d to mend, %d could be better, %d unknown\n", x.counts[domains.Wrong], x.counts[domains.Better],
		x.counts[domains.Unknown])
	if x.counts[domains.Wrong] > 0 {
		return errors.New("there is something to mend")
	}
	return nil
}

// examination is one look over an installation.
type examination struct {
	doctorCommand
	*stores
	settings *Settings
	at       console
	counts   map[domains.State]int
}

var marks = map[domains.State]string{
	domains.Good: "ok", domains.Better: "better", domains.Wrong: "MEND", domains.Optional: "-", domains.Unknown: "?",
}

func (x *examination) heading(format string, args ...any) {
	fmt.Fprintf(x.at.out, "\n"+format+"\n", args...)
}

func (x *examination) tell(state domains.State, format string, args ...any) {
	if x.counts == nil {
		x.counts = map[domains.State]int{}
	}
	x.counts[state]++
	fmt.Fprintf(x.at.out, "  %-7s "+format+"\n", append([]any{marks[state]}, args...)...)
}

// either tells good if it is so, else what to do about it.
func (x *examination) either(is bool, otherwise domains.State, good, todo string) {
	if is {
		x.tell(domains.Good, "%s", good)
		return
	}
	x.tell(otherwise, "%s", todo)
}

// mostApart is how far the clocks of two machines may be from each other: leases
// and slots go by them.
const mostApart = 2 * time.Second

// base looks at PostgreSQL. That its schema and role are right was checked as it
// was opened.
func (x *examination) base(ctx context.Context) error {
	x.heading("PostgreSQL")
	var of struct {
		Version     string    `db:"version"`
		Now         time.Time `db:"now"`
		Connections int       `db:"connections"`
		Sync        string    `db:"sync"`
	}
	asked := time.Now()
	if err := x.DB.GetContext(ctx, &of, `SELECT current_setting('server_version') AS version, clock_timestamp() AS now,
		current_setting('max_connections')::int AS connections, current_setting('synchronous_commit') AS sync`); err != nil {
		return fmt.Errorf("look at PostgreSQL: %w", err)
	}
	answered := time.Now()
	x.tell(domains.Good, "version %s, %s", of.Version, "the schema of this program, a login that owns nothing")
	apart := max(of.Now.Sub(answered), asked.Sub(of.Now))
	x.either(apart <= mostApart, domains.Wrong, "its clock and this machine's agree",
		fmt.Sprintf("its clock is %s off this machine's: let both follow a time server", apart.Round(time.Second)))
	x.either(x.settings.Connections*2 <= of.Connections, domains.Better,
		fmt.Sprintf("%d connections, of which this process takes %d", of.Connections, x.settings.Connections),
		fmt.Sprintf("%d connections, and each process takes %d: raise max_connections, or lower KEUR_CONNECTIONS", of.Connections,
			x.settings.Connections))
	x.either(of.Sync != "off", domains.Wrong, "what it says it has written is on disk (synchronous_commit="+of.Sync+")",
		"synchronous_commit is off: after a crash mails may go out twice; set it on")
	if x.aside != nil {
		behind, err := x.aside.Behind(ctx)
		x.either(err == nil, domains.Wrong, fmt.Sprintf("the replica for reports is %s behind", behind.Round(time.Second)),
			fmt.Sprintf("reports are read at the base, as %v: mend KEUR_REPLICA_URL", err))
	}
	return nil
}

// leastFree is how much room the data folder should have.
const leastFree = 2 << 30

// machine looks at this machine and its settings.
func (x *examination) machine(ctx context.Context) error {
	x.heading("This machine")
	var disk syscall.Statfs_t
	if err := syscall.Statfs(x.folder, &disk); err == nil { // a folder that isn't there yet has nothing in it
		free := disk.Bavail * uint64(disk.Bsize) //nolint:gosec // a block has a size
		x.either(free >= leastFree, domains.Wrong, fmt.Sprintf("%d GiB are free in %s", free>>30, x.folder),
			fmt.Sprintf("only %d MiB are free in %s: make room", free>>20, x.folder))
	}
	if _, err := hooksOf(x.settings.Webhooks, x.box, links.New(false)); err != nil {
		x.tell(domains.Wrong, "webhooks: %s", err)
	}
	checked, lacks := hunspell.New(cmp.Or(x.hunspell, hunspell.Program)).Examine(ctx)
	x.either(lacks == nil, domains.Optional, "spelling is checked in "+checked, fmt.Sprintf("spelling: %v", lacks))
	return nil
}

// people looks whether those who must be two are two.
func (x *examination) people(ctx context.Context) error {
	x.heading("People")
	admins := 0
	for ask := (paging.Ask{}); ; {
		page, err := x.accounts.List(ctx, accounts.Filter{}, ask)
		if err != nil {
			return err
		}
		for _, u := range page.Items {
			if u.Admin && u.DisabledAt == nil {
				admins++
			}
		}
		if page.Next == "" {
			break
		}
		ask.Cursor = page.Next
	}
	x.either(admins >= 2, domains.Better, fmt.Sprintf("%d admins, so that one confirms what another changes", admins),
		fmt.Sprintf("%d admin: what decides who may approve is confirmed by nobody until there is a second", admins))
	return nil
}

// lateAfter is how long no duty may have run.
const lateAfter = 10 * time.Minute

// duties looks whether a scheduler runs, and what it couldn't do.
func (x *examination) duties(ctx context.Context) error {
	x.heading("Duties")
	var last struct {
		Ran    *time.Time `db:"ran"`
		Failed []string   `db:"-"`
	}
	if err := x.DB.GetContext(ctx, &last, `SELECT max(finished_at) AS ran FROM duties`); err != nil {
		return fmt.Errorf("look at duties: %w", err)
	}
	if err := x.DB.SelectContext(ctx, &last.Failed, `SELECT name || ': ' || error FROM duties WHERE error <> '' ORDER BY name`); err != nil {
		return fmt.Errorf("look at duties: %w", err)
	}
	switch {
	case last.Ran == nil:
		x.tell(domains.Better, "no scheduler has run yet: keur serve, or --only scheduler")
	case x.clock.Now().Sub(*last.Ran) > lateAfter:
		x.tell(domains.Wrong, "no scheduler runs: the last duty ended %s", last.Ran.UTC().Format(time.RFC3339))
	default:
		x.tell(domains.Good, "a scheduler runs")
	}
	for _, failed := range last.Failed {
		x.tell(domains.Wrong, "%s", failed)
	}
	return nil
}

func (x *examination) everyLabel(ctx context.Context) error {
	all, err := x.labels.List(ctx)
	if err != nil {
		return err
	}
	for _, l := range all {
		x.heading("Label %s (%s)", l.Name, l.Code)
		if err := x.route(ctx, l); err != nil {
			return err
		}
		if err := x.domains(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// route looks whether the label's mail server answers.
func (x *examination) route(ctx context.Context, l labels.Label) error {
	if l.SMTPRouteID == nil {
		x.tell(domains.Better, "no SMTP route: its mail stays in the local inbox")
		return nil
	}
	r, err := x.routes.Get(ctx, *l.SMTPRouteID)
	if err != nil || x.Offline {
		return err
	}
	steps := x.probe(ctx, r, domains.Home(l), nil)
	last := steps[len(steps)-1]
	what := "its mail server "
	if r.Kind == labels.Direct {
		what = "a receiver's mail server, over the route "
	}
	x.either(last.OK, domains.Wrong, what+r.Name+" answers", fmt.Sprintf("%s%s fails at %s: %s", what, r.Name, last.Stage, last.Said))
	return nil
}

// domains looks at what DNS says of the label. Without a route its names are but
// examples.
func (x *examination) domains(ctx context.Context, l labels.Label) error {
	if x.Offline || l.SMTPRouteID == nil {
		return nil
	}
	watch := x.recordWatch(x.dns, nil)
	found, err := watch.Ask(ctx, l)
	if err != nil {
		return err
	}
	for _, f := range found {
		x.tell(f.State, "%-5s %s: %s", f.Record, f.Name, f.Said)
		if f.Publish != "" {
			fmt.Fprintf(x.at.out, "          %s\n", strings.TrimSpace(f.Publish))
		}
	}
	return nil
}
