// Package doctor looks over an installation, and says what to mend. It changes
// nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/hunspell"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/labels/domains"
)

// Installation is what is looked at.
type Installation struct {
	DB          *sqlx.DB
	Replica     *postgres.Replica // of reports; nil: there is none
	Connections int               // to the base, that this process takes
	Folder      string            // of what Keur keeps itself
	Webhooks    error             // why services' webhooks can't be taken; nil: they can
	Hunspell    *hunspell.Checker
	Clock       clock.Clock

	Accounts *accounts.Store
	Labels   *labels.Store
	Routes   *labels.Routes
	Records  *domains.Watch
	// Probe tries a route, one straight to receivers at the servers of a domain.
	Probe   func(ctx context.Context, r labels.Route, domain string) []smtp.Step
	Offline bool // ask neither DNS nor mail servers
}

// Examine looks at everything, writes what it finds to out, and ends with an error
// if something is to be mended.
func Examine(ctx context.Context, of Installation, out io.Writer) error {
	x := examination{Installation: of, out: out, counts: map[domains.State]int{}}
	for _, look := range []func(context.Context) error{x.base, x.machine, x.people, x.duties, x.everyLabel} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\n%d to mend, %d could be better, %d unknown\n", x.counts[domains.Wrong], x.counts[domains.Better],
		x.counts[domains.Unknown])
	if x.counts[domains.Wrong] > 0 {
		return errors.New("there is something to mend")
	}
	return nil
}

// examination is one look over an installation.
type examination struct {
	Installation
	out    io.Writer
	counts map[domains.State]int
}

var marks = map[domains.State]string{
	domains.Good: "ok", domains.Better: "better", domains.Wrong: "MEND", domains.Optional: "-", domains.Unknown: "?",
}

func (x *examination) heading(format string, args ...any) {
	fmt.Fprintf(x.out, "\n"+format+"\n", args...)
}

func (x *examination) tell(state domains.State, format string, args ...any) {
	x.counts[state]++
	fmt.Fprintf(x.out, "  %-7s "+format+"\n", append([]any{marks[state]}, args...)...)
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
	x.either(x.Connections*2 <= of.Connections, domains.Better,
		fmt.Sprintf("%d connections, of which this process takes %d", of.Connections, x.Connections),
		fmt.Sprintf("%d connections, and each process takes %d: raise max_connections, or lower KEUR_CONNECTIONS", of.Connections,
			x.Connections))
	x.either(of.Sync != "off", domains.Wrong, "what it says it has written is on disk (synchronous_commit="+of.Sync+")",
		"synchronous_commit is off: after a crash mails may go out twice; set it on")
	if x.Replica != nil {
		behind, err := x.Replica.Behind(ctx)
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
	if err := syscall.Statfs(x.Folder, &disk); err == nil { // a folder that isn't there yet has nothing in it
		free := disk.Bavail * uint64(disk.Bsize) //nolint:gosec // a block has a size
		x.either(free >= leastFree, domains.Wrong, fmt.Sprintf("%d GiB are free in %s", free>>30, x.Folder),
			fmt.Sprintf("only %d MiB are free in %s: make room", free>>20, x.Folder))
	}
	if x.Webhooks != nil {
		x.tell(domains.Wrong, "webhooks: %s", x.Webhooks)
	}
	checked, lacks := x.Hunspell.Examine(ctx)
	x.either(lacks == nil, domains.Optional, "spelling is checked in "+checked, fmt.Sprintf("spelling: %v", lacks))
	return nil
}

// people looks whether those who must be two are two.
func (x *examination) people(ctx context.Context) error {
	x.heading("People")
	admins := 0
	for ask := (paging.Ask{}); ; {
		page, err := x.Accounts.List(ctx, accounts.Filter{}, ask)
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
	case x.Clock.Now().Sub(*last.Ran) > lateAfter:
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
	all, err := x.Labels.List(ctx)
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
	r, err := x.Routes.Get(ctx, *l.SMTPRouteID)
	if err != nil || x.Offline {
		return err
	}
	steps := x.Probe(ctx, r, domains.Home(l))
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
	found, err := x.Records.Ask(ctx, l)
	if err != nil {
		return err
	}
	for _, f := range found {
		x.tell(f.State, "%-5s %s: %s", f.Record, f.Name, f.Said)
		if f.Publish != "" {
			fmt.Fprintf(x.out, "          %s\n", strings.TrimSpace(f.Publish))
		}
	}
	return nil
}
