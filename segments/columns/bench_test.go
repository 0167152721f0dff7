//go:build bench

package columns_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/segments"
	"keur/segments/columns"
)

// TestBenchSegments measures what ARCHITECTURE.md says about a million members
// and twenty million events, and what the same counts take by SQL alone.
func TestBenchSegments(t *testing.T) {
	db := benchBase(t)
	b := benchtest.New(t, db.Owner)
	engine := segments.NewEngine(db.App, clock.System{}, columns.Counter{})
	bySQL := segments.NewEngine(db.App, clock.System{}, segments.SQL{})
	var size struct{ Members, Rows, Events int }
	if err := db.Owner.Get(&size, `
		SELECT (SELECT count(*) FROM memberships) AS members, count(*) AS rows, sum(n) AS events
		  FROM behaviours`); err != nil {
		t.Fatal(err)
	}
	b.Say("%d members, %d events in %d rows of behaviours", size.Members, size.Events, size.Rows)
	benchUpkeep(t, b, db)
	for _, c := range benchRules {
		rule := parse(t, c.rule)
		var n, same int
		measure(b, "count, "+c.name, c.most, func() (err error) { n, err = engine.Count(t.Context(), 1, rule); return err })
		var e segments.Estimation
		measure(b, "estimate, "+c.name, estimated, func() (err error) { e, err = engine.Estimate(t.Context(), 1, rule); return err })
		if off := e.N - n; off > 3*e.Margin || off < -3*e.Margin {
			t.Errorf("%s: the estimate %d ± %d misses %d by far", c.name, e.N, e.Margin, n)
		}
		measure(b, "count by SQL, "+c.name, bySQLAlone, func() (err error) { same, err = bySQL.Count(t.Context(), 1, rule); return err })
		if same != n {
			t.Errorf("%s: %d from columns, %d by SQL", c.name, n, same)
		}
		b.Say("%s: %d, estimated %d ± %d", c.name, n, e.N, e.Margin)
	}
	// Some change all the time: they are looked up, until the panels are made anew.
	if _, err := db.App.Exec(`UPDATE memberships SET n1 = n1 WHERE label_id = 1 AND member_id % 500 = 0`); err != nil {
		t.Fatal(err)
	}
	rule := parse(t, benchRules[1].rule)
	measure(b, "count, two attributes, after one in 500 changed", attributes, func() error {
		_, err := engine.Count(t.Context(), 1, rule)
		return err
	})
}

// What is promised. By SQL alone a page still answers while one waits.
const (
	attributes = 50 * time.Millisecond
	behaviour  = 300 * time.Millisecond
	estimated  = 30 * time.Millisecond
	bySQLAlone = 15 * time.Second
	waterfall  = 10 * time.Second
	panelsMade = time.Minute
	daysPacked = 10 * time.Minute
)

// benchRules are selective and wide, of common and of rare values.
var benchRules = []struct {
	name string
	most time.Duration
	rule string
}{
	{"two attributes, one rare", attributes, `
		{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"attribute":"gender","op":"is","value":"f"}]}`},
	{"two attributes, age", attributes, `
		{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"birth_date","op":"age_between","value":[25,40]}]}`},
	{"two attributes, both common", attributes, `
		{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"country","op":"is","value":"NL"}]}`},
	{"two attributes, a yes and a set", attributes, `
		{"all":[{"attribute":"vip","op":"is","value":true},{"attribute":"interests","op":"has_any","value":["travel"]}]}`},
	{"two attributes, a number and joined", attributes, `
		{"all":[{"attribute":"points","op":"between","value":[500,2500]},
		        {"membership":"joined","op":"in_last_days","value":900}]}`},
	{"five rules, click on category", behaviour, fiveRules},
	{"five rules, wide", behaviour, fiveWide},
	{"opened at all in 90 days", behaviour, `{"engagement":"opened","within_days":90}`},
	{"opened at all", behaviour, `{"engagement":"opened"}`},
	{"opened thrice in 30 days", behaviour, `{"engagement":"opened","within_days":30,"at_least":3}`},
	{"opened ten times in a year", behaviour, `{"engagement":"opened","within_days":365,"at_least":10}`},
	{"clicked on travel ever", behaviour, `{"engagement":"clicked","category":"travel"}`},
}

// benchUpkeep makes panels and packs anew, which duties do otherwise. What it
// makes is what the rest measures.
func benchUpkeep(t *testing.T, b *benchtest.Bench, db pgtest.DB) {
	t.Helper()
	for _, duty := range []struct {
		what, forget string
		most         time.Duration
		run          func(context.Context) (int, error)
	}{
		{"panels, all made anew", `UPDATE panels SET system = 0`, panelsMade, columns.NewPanels(db.App).Refresh},
		{"packs, all days packed", `DELETE FROM packs; DELETE FROM packed`, daysPacked, columns.NewPacks(db.App).Fill},
	} {
		took := b.Measure(3, func() float64 {
			if _, err := db.Owner.Exec(duty.forget); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if n, err := duty.run(t.Context()); err != nil || n == 0 {
				t.Fatalf("%s: %d, %v", duty.what, n, err)
			}
			return time.Since(began).Seconds()
		})
		b.Target(duty.what, took, b.Within(duty.most.Seconds()), "s")
	}
}

const fiveRules = `{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"city","op":"is","value":"Utrecht"},
	{"attribute":"birth_date","op":"age_between","value":[25,40]},{"consent":"mail","given":true},
	{"engagement":"clicked","category":"travel","within_days":30}]}`

const fiveWide = `{"all":[{"attribute":"country","op":"is","value":"NL"},{"attribute":"birth_date","op":"age_between","value":[25,60]},
	{"engagement":"opened","within_days":90},{"not":{"engagement":"clicked","category":"fashion","within_days":30}},
	{"any":[{"attribute":"points","op":"gte","value":1000},{"attribute":"vip","op":"is","value":true}]}]}`

// TestBenchAudience measures the waterfall and the SELECT that freezing inserts.
func TestBenchAudience(t *testing.T) {
	db := benchBase(t)
	app, b := db.App, benchtest.New(t, db.Owner)
	engine := segments.NewEngine(app, clock.System{}, columns.Counter{})
	scope := segments.Scope{Label: 1, MailingID: 300, Advertisers: []int64{1}, Categories: []string{"travel"}, Caps: []labels.Cap{
		{Scope: labels.PerLabel, Days: 7, AtMost: 3}, {Scope: labels.PerAdvertiser, Days: 7, AtMost: 1},
		{Scope: labels.AcrossLabels, Days: 1, AtMost: 1},
	}}
	scope.Audience = segments.Audience{
		Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, HoldoutPercent: 5, HoldoutSalt: "x",
		ExcludeMailings: []int64{298}, OncePerMember: true, Topic: "travel",
	}
	for _, caps := range []int{0, 1, 3} {
		s := scope
		s.Caps = s.Caps[:caps]
		var w segments.Waterfall
		measure(b, fmt.Sprintf("waterfall with %d caps", caps), waterfall, func() (err error) {
			w, err = engine.Waterfall(t.Context(), s)
			return err
		})
		took := b.Took(5, func() error { return freeze(t.Context(), engine, app, s) })
		b.Target(fmt.Sprintf("audience selected with %d caps", caps), took.Rate(w.Matched), b.Rate(100_000), "members/s")
		b.Say("%d of %d are in that audience", w.Audience, w.Matched)
	}
}

// freeze materialises the audience as freezing would, but for the ledger itself.
func freeze(ctx context.Context, engine *segments.Engine, app *sqlx.DB, scope segments.Scope) error {
	tx, err := app.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	sql, args, err := engine.AudienceSQL(ctx, tx, scope)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `CREATE TEMPORARY TABLE frozen (member_id bigint, skip_reason text) ON COMMIT DROP`); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO frozen "+sql, args...)
	return err
}

func parse(t *testing.T, text string) segments.Rule {
	t.Helper()
	rule, err := segments.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// measure takes the time of do against the most that is wanted.
func measure(b *benchtest.Bench, what string, most time.Duration, do func() error) {
	b.Target(what, b.Took(5, do), b.Within(benchtest.Milliseconds(most)), "ms")
}
