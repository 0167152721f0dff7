package reports_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/reports"
	"keur/tracking"
)

// direct counts the ledger and the events themselves. %s narrows the sends,
// %s the links that clicks count on.
const direct = `
	WITH s AS (SELECT id FROM sends s WHERE %s),
	l AS (SELECT l.id FROM links l LEFT JOIN revision_placements p ON p.revision_id = l.revision_id AND p.key = l.placement_key WHERE %s),
	d AS (SELECT d.state, e.bounced_at FROM deliveries d LEFT JOIN engagements e USING (send_month, send_id, member_id) WHERE d.send_id IN (SELECT id FROM s)),
	e AS (SELECT * FROM events WHERE send_id IN (SELECT id FROM s)),
	c AS (SELECT * FROM e WHERE kind = 'click' AND (link_id IN (SELECT id FROM l) OR link_id IS NULL AND %[3]t))
	SELECT (SELECT count(*) FROM d WHERE state IN ('sent', 'bounced')) AS sent,
	       (SELECT count(*) FROM d WHERE state = 'bounced' OR bounced_at IS NOT NULL) AS bounced,
	       (SELECT count(*) FROM d WHERE state = 'sent' AND bounced_at IS NULL) AS delivered,
	       (SELECT count(*) FROM d WHERE state = 'deferred') AS deferred,
	       (SELECT count(*) FROM d WHERE state = 'failed') AS failed,
	       (SELECT count(*) FROM d WHERE state = 'lapsed') AS lapsed,
	       (SELECT count(*) FROM d WHERE state = 'skipped') AS skipped,
	       (SELECT count(*) FROM d WHERE state = 'in_doubt') AS indoubt,
	       (SELECT count(DISTINCT (send_id, member_id)) FROM e WHERE kind = 'open' AND NOT machine AND member_id > 0) AS opensunique,
	       (SELECT count(*) FROM e WHERE kind = 'open' AND NOT machine) AS opens,
	       (SELECT count(*) FROM e WHERE kind = 'open' AND machine) AS opensmachine,
	       (SELECT count(DISTINCT (send_id, member_id)) FROM c WHERE NOT machine AND member_id > 0) AS clicksunique,
	       (SELECT count(*) FROM c WHERE NOT machine) AS clicks,
	       (SELECT count(*) FROM c WHERE machine) AS clicksmachine,
	       (SELECT count(*) FROM e WHERE kind = 'unsubscribe') AS unsubscribes,
	       (SELECT count(*) FROM e WHERE kind = 'complaint') AS complaints`

// compare fails the test unless every line equals a direct count.
func (w *world) compare(t *testing.T, when string, by reports.GroupBy, f reports.Filter, sends, links func(reports.Subject) string) {
	t.Helper()
	lines, err := w.reports.Outcomes.By(t.Context(), by, f)
	w.must(t, err)
	if len(lines) == 0 {
		t.Errorf("%s, by %s: no lines", when, by)
	}
	for _, line := range lines {
		where := links(line.Of)
		var want reports.Counts
		w.must(t, w.App.Get(&want, fmt.Sprintf(direct, sends(line.Of), where, where == "true")))
		if line.Counts != want {
			t.Errorf("%s, by %s, %s:\n     got %+v\ncounted %+v", when, by, line.Of.Name, line.Counts, want)
		}
		if line.CTR.Num != want.ClicksUnique || line.CTR.Den != want.Delivered || line.CTOR.Den != want.OpensUnique {
			t.Errorf("%s, by %s, %s: CTR %+v, CTOR %+v", when, by, line.Of.Name, line.CTR, line.CTOR)
		}
	}
}

func (w *world) compareAll(t *testing.T, when string) {
	t.Helper()
	all := func(reports.Subject) string { return "true" }
	carries := func(s reports.Subject) string {
		return fmt.Sprintf("EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND (p.campaign_id = %d "+
			"OR %[1]d = 0 AND p.advertiser_id = %d))", s.Campaign, s.Advertiser)
	}
	w.compare(t, when, reports.BySend, reports.Filter{}, func(s reports.Subject) string { return fmt.Sprintf("s.id = %d", s.Send) }, all)
	w.compare(t, when, reports.ByMailing, reports.Filter{},
		func(s reports.Subject) string { return fmt.Sprintf("s.mailing_id = %d", s.Mailing) }, all)
	w.compare(t, when, reports.ByLabel, reports.Filter{}, all, all)
	w.compare(t, when, reports.ByDay, reports.Filter{},
		func(s reports.Subject) string { return fmt.Sprintf("s.slot_local::date = '%s'", s.Period) }, all)
	w.compare(t, when, reports.ByWeek, reports.Filter{}, func(s reports.Subject) string {
		return fmt.Sprintf(`to_char(s.slot_local, 'IYYY-"W"IW') = '%s'`, s.Period)
	}, all)
	w.compare(t, when, reports.ByPlacement, reports.Filter{},
		func(s reports.Subject) string { return fmt.Sprintf("s.mailing_id = %d", s.Mailing) },
		func(s reports.Subject) string {
			return fmt.Sprintf("l.placement_key = '%s' AND l.revision_id = %d", s.Placement, s.Mailing)
		})
	w.compare(t, when, reports.ByPosition, reports.Filter{Mailing: 1}, func(reports.Subject) string { return "s.mailing_id = 1" },
		func(s reports.Subject) string {
			return fmt.Sprintf("l.placement_key = '%s' AND l.revision_id = 1", []string{"top", "mid", "end", "side"}[s.Position-1])
		})
	w.compare(t, when, reports.ByCampaign, reports.Filter{}, carries,
		func(s reports.Subject) string { return fmt.Sprintf("p.campaign_id = %d", s.Campaign) })
	w.compare(t, when, reports.ByAdvertiser, reports.Filter{}, carries,
		func(s reports.Subject) string { return fmt.Sprintf("p.advertiser_id = %d", s.Advertiser) })
	w.compare(t, when, reports.BySend, reports.Filter{Advertiser: 1},
		func(s reports.Subject) string { return fmt.Sprintf("s.id = %d", s.Send) },
		func(reports.Subject) string { return "p.advertiser_id = 1" })
	w.compare(t, when, reports.ByMonth, reports.Filter{Campaign: 3}, all, func(reports.Subject) string { return "p.campaign_id = 3" })
}

func TestOutcomesEqualTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.compareAll(t, "before anyone opened")
	w.crowd(t)
	w.compareAll(t, "before folding")
	folded := make(chan error, 1)
	go func() {
		_, err := tracking.FoldOutcomes(t.Context(), w.App)
		folded <- err
	}()
	w.compareAll(t, "while folding")
	w.must(t, <-folded)
	w.compareAll(t, "after folding")
	var repeats int
	w.must(t, w.App.Get(&repeats, `SELECT count(*) FROM outcome_counts WHERE measure LIKE '%repeat'`))
	if repeats == 0 {
		t.Error("nobody clicked twice within a campaign, so this proves little")
	}
}

func TestFilterAndWaterfall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lines, err := w.reports.Outcomes.By(t.Context(), reports.ByCampaign, reports.Filter{Campaign: 3})
	w.must(t, err)
	if len(lines) != 1 || lines[0].Sends != 3 || lines[0].Audience != 180 || lines[0].Waterfall.Matched != 210 ||
		lines[0].Waterfall.Steps[1].N != 18 {
		t.Errorf("the boots came to %+v", lines)
	}
	day := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	lines, err = w.reports.Outcomes.By(t.Context(), reports.ByDay, reports.Filter{Labels: []labels.ID{1}, Mailing: 2, From: day,
		Until: day.Add(24 * time.Hour)})
	w.must(t, err)
	if len(lines) != 1 || lines[0].Of.Period != "2026-11-25" || lines[0].Sends != 1 { // 23:30 in UTC is past midnight there
		t.Errorf("the night's send is %+v", lines)
	}
	if lines, err = w.reports.Outcomes.By(t.Context(), reports.BySend, reports.Filter{Send: 99}); err != nil || len(lines) != 0 {
		t.Errorf("of no send there is %+v, %v", lines, err)
	}
	if _, err := w.reports.Outcomes.By(t.Context(), "colour", reports.Filter{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("grouped by colour: %v", err)
	}
	for _, by := range []reports.Dimension{"colour", reports.Variants, reports.Links} {
		if _, err := w.reports.Outcomes.Breakdown(t.Context(), by, reports.Filter{Labels: []labels.ID{1}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("all of a label broken down by %s: %v", by, err)
		}
	}
}

func TestBreakdownsAddUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd(t)
	whole, err := w.reports.Outcomes.By(t.Context(), reports.ByMailing, reports.Filter{Mailing: 1})
	w.must(t, err)
	for _, by := range []reports.Dimension{reports.Variants, reports.Hours, reports.Domains} {
		parts, err := w.reports.Outcomes.Breakdown(t.Context(), by, reports.Filter{Mailing: 1})
		w.must(t, err)
		var sum reports.Counts
		for _, p := range parts {
			total(&sum, p.Counts)
		}
		if sum != whole[0].Counts || len(parts) < 2 {
			t.Errorf("by %s, %d parts add up to\n%+v, not\n%+v", by, len(parts), sum, whole[0].Counts)
		}
	}
	variants, err := w.reports.Outcomes.Breakdown(t.Context(), reports.Variants, reports.Filter{Send: newsletter})
	w.must(t, err)
	if variants[0].Name != "Eén" || variants[1].Name != "Twee" || variants[0].CTR.Value == nil {
		t.Errorf("the variants are %+v", variants)
	}
	links, err := w.reports.Outcomes.Breakdown(t.Context(), reports.Links, reports.Filter{Send: newsletter})
	w.must(t, err)
	for i, p := range links {
		var want struct{ Unique, Clicks, Machine int64 }
		w.must(t, w.App.Get(&want, `
			SELECT count(DISTINCT member_id) FILTER (WHERE NOT machine AND member_id > 0) AS unique, count(*) FILTER (WHERE NOT machine) AS clicks, count(*) FILTER (WHERE machine) AS machine
			  FROM events WHERE kind = 'click' AND send_id = $1 AND link_id = (SELECT id FROM links WHERE revision_id = 1 AND number = $2)`, newsletter, i))
		if p.Key != fmt.Sprint(i) || p.ClicksUnique != want.Unique || p.Clicks != want.Clicks || p.ClicksMachine != want.Machine ||
			p.CTR.Den != whole[0].Delivered {
			t.Errorf("link %d is %+v, counted %+v", i, p, want)
		}
	}
	if len(links) != 6 || links[2].Campaign != 2 || links[5].Placement != "" {
		t.Errorf("the click map is %+v", links)
	}
}

// total adds the fields of one to another.
func total(sum *reports.Counts, more reports.Counts) {
	into, from := reflect.ValueOf(sum).Elem(), reflect.ValueOf(more)
	for i := range into.NumField() {
		into.Field(i).SetInt(into.Field(i).Int() + from.Field(i).Int())
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	outcomes := []reports.Outcome{{Of: reports.Subject{Name: `=HYPERLINK("x"), two`, Campaign: 3}, Sends: 1,
		Counts: reports.Counts{Sent: 4, Delivered: 4, ClicksUnique: 1}, CTR: reports.NewRate(1, 4)}}
	var b strings.Builder
	if err := reports.WriteOutcomes(&b, outcomes); err != nil {
		t.Fatal(err)
	}
	header, line, _ := strings.Cut(b.String(), "\n")
	if !strings.HasPrefix(header, "name,label_id,") || strings.Count(header, ",") != 33 {
		t.Errorf("the header is %s", header)
	}
	if line != `"'=HYPERLINK(""x""), two",,,,,,3,,,1,0,0,4,0,4,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0.250000,`+"\n" {
		t.Errorf("the line is %s", line)
	}
	b.Reset()
	for _, text := range []string{"+1+1", "-1+1", "@a", "\tx", "\rx", "-1", "fine"} {
		if err := reports.WriteParts(&b, []reports.Part{{Key: "0", Name: text}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.String(), "'"); n != 5 {
		t.Errorf("%d of 5 formulas were defused:\n%s", n, b.String())
	}
}

// Steps of series have a line each, and mailings of none have none.
func TestOutcomesByStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO series (label_id, name, after) VALUES (1, 'Welkom', 'joined')`)
		tx.MustExec(`INSERT INTO series_steps (mailing_id, series_id) VALUES (2, 1)`)
	})
	lines, err := w.reports.Outcomes.By(t.Context(), reports.ByStep, reports.Filter{})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if line := lines[0]; line.Of.Series != 1 || line.Of.Mailing != 2 || line.Sends != 2 || line.Audience != 120 {
		t.Errorf("%+v", line)
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	sends, err := w.reports.Calendar.Sends(t.Context(), []labels.ID{1}, day, day.AddDate(0, 0, 1))
	if err != nil || len(sends) != 2 || sends[0].Series != 0 || sends[1].SeriesName != "Welkom" || sends[1].Paused {
		t.Errorf("in the calendar: %+v, %v", sends, err)
	}
}
