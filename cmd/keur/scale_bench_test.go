//go:build bench

package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/reports"
	"keur/segments"
	"keur/segments/columns"
)

// TestBenchScale measures what docs/scale.md says of ten million members with a
// hundred million events: import, panels, counts, freezing, claims, reports and the
// dropping of months, one after the other over a base that grows. KEUR_BENCH_MEMBERS
// sets another number of members, of which each has ten events. What takes minutes is
// done in parts, whose median is told; nothing is wanted of it but to be known.
func TestBenchScale(t *testing.T) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("KEUR_BENCH_MEMBERS"), "10000000"))
	if err != nil {
		t.Fatal(err)
	}
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	s := &scale{Bench: benchtest.New(t, owner), t: t, members: n, engine: segments.NewEngine(app, clock.System{}, columns.Counter{})}
	began := time.Now()
	if s.stage, err = deliverytest.New(t.Context(), owner, app, clock.System{}, 0); err != nil {
		t.Fatal(err)
	}
	s.importAll()
	s.makePast()
	s.upkeep()
	s.counts()
	s.freezes()
	s.claims()
	s.reports()
	s.drops()
	s.sizes()
	s.Say("all of it took %.1f minutes", time.Since(began).Minutes())
}

// scale is a base that grows.
type scale struct {
	*benchtest.Bench
	t       *testing.T
	members int
	stage   *deliverytest.Stage
	engine  *segments.Engine
	past    *sqlx.Conn // past the triggers: what is told here is no approval
}

// exec runs statements by which the base grows.
func (s *scale) exec(sql string) error {
	if s.past == nil {
		conn, err := s.stage.Owner.Connx(s.t.Context())
		if err != nil {
			return err
		}
		s.t.Cleanup(func() { _ = conn.Close() })
		if _, err := conn.ExecContext(s.t.Context(), `
			SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '512MB'`); err != nil {
			return err
		}
		s.past = conn
	}
	_, err := s.past.ExecContext(s.t.Context(), sql)
	return err
}

func (s *scale) run(statements ...string) {
	s.t.Helper()
	for _, sql := range statements {
		if err := s.exec(sql); err != nil {
			s.t.Fatal(err)
		}
	}
}

// inParts does each part once, the first to warm up, and tells how many rows a second
// that was: the median, and that of the last part, at which the base is fullest.
func (s *scale) inParts(what string, parts, rows int, do func(part int) error) {
	s.t.Helper()
	part, last := 0, 0.0
	f := s.Measure(parts-1, func() float64 {
		began := time.Now()
		if err := do(part); err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
		part++
		last = float64(rows) / time.Since(began).Seconds()
		return last
	})
	s.Target(what, f, benchtest.AtLeast(0), "rows/s")
	s.Say("%s: the last of %d parts at %.0f rows/s", what, parts, last)
}

// timed tells the median of how long it takes.
func (s *scale) timed(what string, runs int, do func() error) {
	s.t.Helper()
	s.Target(what, s.Took(runs, do), benchtest.AtLeast(0), "ms")
}

// importAll imports the members in ten files, each with consent.
func (s *scale) importAll() {
	importer := imports.NewImporter(s.stage.App, clock.System{}, members.NewStore(s.stage.App, clock.System{}, []byte("key")))
	given := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	consent := &imports.FileConsent{Text: "Ja, stuur mij acties", Version: "1", Source: "crm", At: given}
	rows := s.members / 10
	s.inParts("import, in ten files", 10, rows, func(part int) error {
		file, in := io.Pipe()
		go func() { _ = in.CloseWithError(writeCrowd(in, part*rows, rows)) }()
		i, err := importer.Run(s.t.Context(), imports.Options{Label: 1, Declare: true, Consent: consent}, file, nil)
		if err == nil && i.Counts.Inserted != int64(rows) {
			err = fmt.Errorf("%+v of %d rows", i.Counts, rows)
		}
		return err
	})
	s.run(`VACUUM (ANALYZE) members`, `VACUUM (ANALYZE) memberships`)
}

// writeCrowd writes a file of so many members from a number on.
func writeCrowd(to io.Writer, from, rows int) error {
	w := bufio.NewWriterSize(to, 1<<20)
	fmt.Fprintln(w, "e-mailadres;voornaam;geslacht;geboortedatum;woonplaats;points")
	cities := []string{"Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Eindhoven", "Groningen", "Tilburg", "Almere", "Breda", "Nijmegen"}
	for i := from; i < from+rows; i++ {
		n := uint32(i) * 2654435761 // in no order
		fmt.Fprintf(w, "lid.%08x@%s;Anna;%s;%04d-%02d-%02d;%s;%d\n", n, []string{"gmail.com", "ziggo.nl", "kpnmail.nl", "gmx.de"}[n%4],
			[]string{"m", "v"}[n>>3&1], 1940+n%65, 1+n%12, 1+n%28, cities[n>>8%10], n%5000)
	}
	return w.Flush()
}

// pastSends are those of the last sixteen months, each with an event of every fifth
// member.
const pastSends = 50

// makePast gives the base past sends and their events, and what members did by day of
// the newest of them.
func (s *scale) makePast() {
	s.run(`
		SELECT ensure_partitions((now() - interval '17 months')::date, now()::date)`, `
		INSERT INTO mailings (id, label_id, name, kind, state) OVERRIDING SYSTEM VALUE
		SELECT 1000 + i, 1, 'Mailing ' || i, 'house', 'done' FROM generate_series(1, 50) i`, `
		INSERT INTO revisions (id, mailing_id, number, content, author_id) OVERRIDING SYSTEM VALUE
		SELECT 1000 + i, 1000 + i, 1, '{}', 1 FROM generate_series(1, 50) i`, `
		INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, frozen_at, started_at, finished_at)
		OVERRIDING SYSTEM VALUE
		SELECT 1000 + i, 1000 + i, 1000 + i, 1, at::timestamp, at, date_trunc('month', at AT TIME ZONE 'UTC')::date, 'finished', at, at,
		       at + interval '2 hours'
		  FROM (SELECT i, now() - interval '480 days' + i * interval '230 hours' AS at FROM generate_series(1, 50) i) x`)
	each := s.members / 5
	s.inParts("events, written by their key", pastSends, each, func(part int) error {
		return s.exec(fmt.Sprintf(`
			INSERT INTO events (send_month, send_id, member_id, at, kind, machine)
			SELECT s.month, s.id, 5 * i + %d, s.slot_at + i %% 2880 * interval '1 minute',
			       CASE i %% 5 WHEN 0 THEN 'click' ELSE 'open' END::event_kind, i %% 3 = 0
			  FROM sends s, generate_series(0, %d) i WHERE s.id = %d`, 1+part%5, each-1, 1001+part))
	})
	s.run(`ANALYZE events`)
	s.inParts("behaviours by day, of events of ten sends", 10, each*2/3, func(part int) error {
		return s.exec(fmt.Sprintf(`
			INSERT INTO behaviours (label_id, kind, mailing_id, day, member_id, n)
			SELECT 1, kind, send_id, (at AT TIME ZONE 'UTC')::date, member_id, 1 FROM events
			 WHERE send_month = (SELECT month FROM sends WHERE id = %[1]d) AND send_id = %[1]d AND NOT machine
			 ORDER BY 1, 2, 3, 4, 5`, 1041+part))
	})
	s.run(`
		INSERT INTO last_engagements (label_id, kind, member_id, day)
		SELECT label_id, kind, member_id, max(day) FROM behaviours GROUP BY 1, 2, 3`,
		`VACUUM (ANALYZE) behaviours`, `VACUUM (ANALYZE) last_engagements`, `
		INSERT INTO outcome_counts (send_id, measure, hour, variant, domain, n)
		SELECT s.id, measure, date_trunc('hour', s.slot_at) + h * interval '1 hour', variant, domain, 100
		  FROM sends s, (VALUES ('sent', 0), ('open', 71), ('click', 71)) m (measure, hours), generate_series(0, hours) h,
		       generate_series(0, 1) variant, unnest(ARRAY['gmail.com', 'ziggo.nl', 'kpnmail.nl', 'gmx.de']) domain`)
}

// upkeep makes what counts are made from, as duties do: all of it once, and a tenth of
// the panels again and again.
func (s *scale) upkeep() {
	began := time.Now()
	panels, packs := columns.NewPanels(s.stage.App), columns.NewPacks(s.stage.App)
	if _, err := panels.Refresh(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.Say("panels, all made the first time: %.1f s", time.Since(began).Seconds())
	s.timed("panels, a tenth made anew", 3, func() error {
		if err := s.exec(`UPDATE panels SET system = 0 WHERE block % 10 = 0`); err != nil {
			return err
		}
		_, err := panels.Refresh(s.t.Context())
		return err
	})
	began = time.Now()
	days, err := packs.Fill(s.t.Context())
	if err != nil || days == 0 {
		s.t.Fatalf("%d days packed, %v", days, err)
	}
	s.Say("packs, %d days packed the first time: %.1f s", days, time.Since(began).Seconds())
}

// counts counts segments, as the desk does at each change of a rule.
func (s *scale) counts() {
	for name, text := range map[string]string{
		"two attributes": `
			{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"attribute":"points","op":"between","value":[500,2500]}]}`,
		"opened at all in 90 days": `{"engagement":"opened","within_days":90}`,
		"an attribute, and opened in 30 days": `
			{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"engagement":"opened","within_days":30}]}`,
	} {
		rule, err := segments.ParseRule([]byte(text))
		if err != nil {
			s.t.Fatal(err)
		}
		n := 0
		s.timed("count, "+name, 5, func() (err error) { n, err = s.engine.Count(s.t.Context(), 1, rule); return err })
		s.Say("%s: %d", name, n)
	}
}

// freezes freezes sends to all members.
func (s *scale) freezes() {
	scope := segments.Scope{Label: 1, Audience: segments.Audience{Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}}}
	s.inParts("freezing all members", 4, s.members, func(int) error {
		send, err := s.stage.NewSend(s.t.Context(), deliverytest.Content(), time.Now())
		if err != nil {
			return err
		}
		var sql string
		var args []any
		if err := postgres.InTx(s.t.Context(), s.stage.App, func(tx *sqlx.Tx) (err error) {
			sql, args, err = s.engine.AudienceSQL(s.t.Context(), tx, scope)
			return err
		}); err != nil {
			return err
		}
		frozen, err := s.stage.Freeze(s.t.Context(), send, sql, args, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}})
		if err == nil && frozen.Queued != s.members {
			err = fmt.Errorf("%d frozen of %d", frozen.Queued, s.members)
		}
		return err
	})
}

// claims takes batches of the last send that was frozen, as a worker does.
func (s *scale) claims() {
	s.run(`UPDATE sends SET state = 'sending', started_at = now() WHERE id = (SELECT max(id) FROM sends WHERE state = 'freezing')`)
	queue := delivery.Queue{Ledger: s.stage.Ledger}
	active, err := queue.Active(s.t.Context(), 0)
	if err != nil || len(active) != 1 {
		s.t.Fatalf("%d sends are active, %v", len(active), err)
	}
	mails := &delivery.Mails{Mailings: s.stage.Mailings, Sends: s.stage.Sends, Members: s.stage.Members, Vouchers: s.stage.Vouchers,
		Compiler: s.stage.Compiler, Ring: s.stage.Ring}
	if err := mails.Ready(s.t.Context(), &active[0]); err != nil {
		s.t.Fatal(err)
	}
	ctx, of := pgtest.Acting(s.t.Context(), "system:delivery"), 0
	s.timed("claim of a batch", 20, func() error {
		b, _, err := queue.Claim(ctx, &active[0], "00000000-0000-4000-8000-000000000001", time.Hour)
		if err == nil && b == nil {
			return errors.New("no batch is left")
		}
		if err == nil {
			of = len(b.Items)
		}
		return err
	})
	s.Say("a batch is of %d members", of)
}

// reports reads what the desk shows of outcomes, and of one member.
func (s *scale) reports() {
	store := reports.NewStore(s.stage.App)
	s.timed("report by month of fifty sends", 5, func() error {
		lines, err := store.Outcomes.By(s.t.Context(), reports.ByMonth, reports.Filter{Labels: []labels.ID{1}})
		if err == nil && len(lines) < 12 {
			err = fmt.Errorf("%d months", len(lines))
		}
		return err
	})
	var ids []members.ID
	if err := s.stage.App.Select(&ids, `SELECT id FROM members WHERE id % ($1 / 25) = 7`, s.members); err != nil {
		s.t.Fatal(err)
	}
	next := 0
	s.timed("page of a member's mails", 20, func() error {
		next++
		page, err := store.Members.Mails(s.t.Context(), 1, ids[next%len(ids)], paging.Ask{})
		if err == nil && len(page.Items) == 0 {
			err = errors.New("no mail")
		}
		return err
	})
}

// drops drops months that are older than a year, one after the other.
func (s *scale) drops() {
	months := 4
	s.timed("drop of a month", 3, func() error {
		months--
		n := 0
		err := s.stage.App.GetContext(s.t.Context(), &n, `
			SELECT drop_partitions((date_trunc('month', now() - interval '1 year') - $1 * interval '1 month')::date)`, months)
		if err == nil && n == 0 {
			err = errors.New("no month was dropped")
		}
		return err
	})
}

// sizes tells what the base takes on the disk.
func (s *scale) sizes() {
	var parts []struct {
		Name string  `db:"name"`
		GB   float64 `db:"gb"`
	}
	if err := s.stage.Owner.Select(&parts, `
		SELECT coalesce(p.relname, c.relname) AS name, sum(pg_total_relation_size(c.oid)) / 1e9 AS gb
		  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
		 WHERE c.relkind = 'r' GROUP BY 1 HAVING sum(pg_total_relation_size(c.oid)) > 1e7 ORDER BY gb DESC`); err != nil {
		s.t.Fatal(err)
	}
	for _, part := range parts {
		s.Say("%s: %.2f GB", part.Name, part.GB)
	}
}
