//go:build bench

package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions"
	"keur/conversions/payments"
	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/members"
	"keur/members/imports"
	"keur/networks"
	"keur/reports"
	"keur/tracking"
)

const (
	benchSends    = 400       // of as many mailings, within a year, of five placements each
	benchReported = 200_000   // transactions that a network reports, by pages
	benchKept     = 5_000_000 // transactions behind the reports
)

// sellers are a label that sent newsletters for forty advertisers for a year, with
// three connections to networks.
var sellers = []string{
	`SELECT ensure_partitions((now() - interval '13 months')::date, now()::date)`,
	`INSERT INTO advertisers (name, category) SELECT 'Shop ' || i, 'fashion' FROM generate_series(1, 40) i`,
	`INSERT INTO programmes (advertiser_id, network, ref) SELECT i, 'awin', i::text FROM generate_series(1, 40) i`,
	`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin'), (1, 'daisycon', 'Daisycon'),
	 (1, 'tradetracker', 'TradeTracker')`,
	`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on)
	 SELECT 1, 1 + i % 40, 'Campaign ' || i, now()::date - 400, now()::date + 30 FROM generate_series(0, 199) i`,
	fmt.Sprintf(`INSERT INTO mailings (label_id, name, kind, state)
	 SELECT 1, 'News ' || i, 'newsletter', 'done' FROM generate_series(1, %d) i`, benchSends),
	`INSERT INTO revisions (mailing_id, number, content, author_id) SELECT id, 1, '{"subjects":[]}', 1 FROM mailings`,
	`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
	 SELECT r.id, 'p' || p, p, c.id, c.advertiser_id
	   FROM revisions r, generate_series(0, 4) p, campaigns c WHERE c.id = 1 + (r.id * 5 + p) % 200`,
	`INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter)
	 SELECT revision_id, position, 'https://shop.example/', key, campaign_id, 'clickref' FROM revision_placements`,
	`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, started_at)
	 SELECT m.id, r.id, 1, at AT TIME ZONE 'UTC', at, date_trunc('month', at AT TIME ZONE 'UTC')::date, 'finished', 1000, at, at
	   FROM mailings m JOIN revisions r ON r.mailing_id = m.id, LATERAL (SELECT now() - m.id * interval '21 hours' AS at) x ORDER BY m.id`,
}

// many are transactions as networks would have reported them, with the roll-ups that
// triggers would have kept of them.
var many = []string{
	fmt.Sprintf(`
	INSERT INTO conversions (connection_id, network, transaction_ref, reported_at, digest, status, sale_minor, commission_minor,
	                         currency, programme_ref, order_ref, occurred_at, basis, label_id, advertiser_id, campaign_id,
	                         mailing_id, send_id, placement_key, link_id, paid, paid_told_at, month)
	SELECT 1 + i %% 3, (ARRAY['awin', 'daisycon', 'tradetracker'])[1 + i %% 3], 'old' || i, s.slot_at + interval '2 hours', sha256('x'),
	       (ARRAY['approved', 'approved', 'approved', 'pending', 'declined'])[1 + i %% 5], 4000 + i %% 9000, 200 + i %% 450,
	       CASE WHEN i %% 50 = 0 THEN 'USD' ELSE 'EUR' END, p.advertiser_id::text, 'o' || i, s.slot_at + interval '1 hour', 'click', 1,
	       p.advertiser_id, p.campaign_id, s.mailing_id, s.id, p.key, l.id, i %% 5 = 0, CASE WHEN i %% 5 = 0 THEN now() END,
	       date_trunc('month', (s.slot_at + interval '1 hour') AT TIME ZONE 'UTC')::date
	  FROM generate_series(1, %d) i JOIN sends s ON s.id = 1 + i %% %d
	  JOIN revision_placements p ON p.revision_id = s.revision_id AND p.position = (i / 7) %% 5
	  JOIN links l ON l.revision_id = p.revision_id AND l.number = p.position`, benchKept, benchSends),
	`INSERT INTO conversion_counts (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month,
	                                currency, status, paid, n, sale_minor, commission_minor)
	 SELECT label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month, currency, status, paid,
	        count(*), sum(sale_minor), sum(commission_minor)
	   FROM conversions WHERE transaction_ref LIKE 'old%' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11`,
}

// TestBenchTransactions measures what it takes to record what networks report, held
// against the import of as many members in the same run, and to report on millions of
// transactions.
func TestBenchTransactions(t *testing.T) {
	server := pgtest.Server(t)
	db, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	b := benchtest.New(t, owner)
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		for _, statement := range sellers {
			tx.MustExec(statement)
		}
	})
	owner.MustExec(`ANALYZE`) // as autovacuum does of what has been there for a minute
	store := conversions.NewStore(db, ring, clock.System{})
	round, day := 0, time.Now().UTC().Truncate(time.Second) // when sales are, whenever their networks tell it
	f := b.Repeat(3, func() map[string]float64 {
		round++
		rates := map[string]float64{"members": benchReported / importing(t, db, round).Seconds()}
		for name, size := range answers {
			r := reporter{t, store, ring, day, fmt.Sprintf("%d.%d", round, size), size}
			rates["new, "+name] = benchReported / r.record(networks.Pending).Seconds()
			rates["the same again, decided, "+name] = benchReported / r.record(networks.Approved).Seconds()
		}
		return rates
	})
	b.Say("members: %.0f a second", f["members"].Median)
	for _, what := range slices.Sorted(maps.Keys(f)) {
		if what != "members" {
			b.Target("transactions of a network, "+what, f[what].Per(f["members"].Median), benchtest.AtLeast(0.5), "× the members' import")
			b.Say("%s: %.0f a second", what, f[what].Median)
		}
	}

	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) {
		for _, statement := range many {
			tx.MustExec(statement)
		}
	})
	folding(t, b, store)
	for _, statement := range []string{`VACUUM ANALYZE conversions`, `VACUUM ANALYZE conversion_counts`, `VACUUM ANALYZE conversion_deltas`} {
		owner.MustExec(statement)
	}
	reading(t, b, db)
}

// importing returns how long it takes to bring in members.
func importing(t *testing.T, db *sqlx.DB, round int) time.Duration {
	t.Helper()
	var file bytes.Buffer
	file.WriteString("e-mailadres;voornaam;woonplaats;punten\n")
	for i := range benchReported {
		fmt.Fprintf(&file, "m%d.%08x@gmail.com;Jan;Utrecht;%d\n", round, uint32(i)*2654435761, i%5000)
	}
	consent := &imports.FileConsent{Text: "Ja", Version: "1", Source: "crm", At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	start := time.Now()
	importer := imports.NewImporter(db, clock.System{}, members.NewStore(db, clock.System{}, []byte("key")))
	options := imports.Options{Label: 1, Declare: true, Consent: consent}
	done, err := importer.Run(pgtest.Acting(t.Context(), "user:1"), options, strings.NewReader(file.String()), nil)
	if err != nil || done.Inserted != benchReported {
		t.Fatalf("%+v, %v", done.Counts, err)
	}
	return time.Since(start)
}

// answers are how many transactions networks report at once: some page by page, and some
// all of a window of weeks (Awin, TradeTracker).
var answers = map[string]int{"by pages of 1,000": 1_000, "by windows of 20,000": 20_000}

// reporter reports transactions, so many at once, of which four of five carry the sub-id
// of a click on our links.
type reporter struct {
	t     *testing.T
	store *conversions.Store
	ring  *tracking.Keyring
	now   time.Time
	ref   string // what the numbers of its transactions begin with
	size  int
}

// record returns how long it takes to record all reports.
func (r *reporter) record(status networks.Status) time.Duration {
	r.t.Helper()
	all := make([]networks.Report, benchReported)
	for i := range all {
		all[i] = r.report(i, status)
	}
	ctx := pgtest.Acting(r.t.Context(), "system:networks")
	start := time.Now()
	for answer := range slices.Chunk(all, r.size) {
		if _, err := r.store.Record(ctx, 1, conversions.ByPoll, answer); err != nil {
			r.t.Fatal(err)
		}
	}
	return time.Since(start)
}

func (r *reporter) report(i int, status networks.Status) networks.Report {
	ref := fmt.Sprintf("t%s-%d", r.ref, i)
	raw := fmt.Sprintf(`{"id": %q, "commissionStatus": %q, "commissionAmount": 5.25, "advertiserId": %d}`, ref, status, i%40+1)
	report := networks.Report{
		Transaction: ref, At: r.now, Status: status, Sale: int64(4000 + i%9000), Commission: 525, Currency: "EUR",
		Programme: fmt.Sprint(1 + i%40), Order: ref, Occurred: r.now.Add(-time.Duration(i) * time.Second), Raw: []byte(raw),
	}
	if status == networks.Approved {
		report.At, report.Validated = r.now.Add(time.Hour), &r.now
	}
	if i%5 != 0 {
		click := tracking.SubID{Send: int64(1 + i%benchSends), Link: uint16(i % 5), Click: uint64(i)}
		report.SubID = string(r.ring.AppendSubID(nil, click))
	}
	return report
}

// folding does what a duty does every few seconds, and tells how fast it is: were it
// slower than recording, the reports would have ever more to add up.
func folding(t *testing.T, b *benchtest.Bench, store *conversions.Store) {
	t.Helper()
	all, began := 0, time.Now()
	for {
		n, err := store.Fold(pgtest.Acting(t.Context(), "system:conversions"))
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		all += n
	}
	b.Say("%d changes of sums folded, %.0f a second", all, float64(all)/time.Since(began).Seconds())
}

// reading measures each report of money.
func reading(t *testing.T, b *benchtest.Bench, db *sqlx.DB) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	earned, paid := reports.NewStore(db).Earnings, payments.NewStore(db, clock.System{})
	for _, by := range []reports.Heading{
		reports.EarnedByMailing, reports.EarnedByPlacement, reports.EarnedByCampaign, reports.EarnedByAdvertiser, reports.EarnedByNetwork,
		reports.EarnedByMonth,
	} {
		took := b.Took(5, func() error {
			lines, err := earned.By(ctx, by, reports.EarningsFilter{Label: 1}, now)
			if err == nil && len(lines) == 0 {
				t.Errorf("nothing by %s", by)
			}
			return err
		})
		b.Target(fmt.Sprintf("commission by %s, %d transactions", by, benchKept), took, b.Within(200), "ms")
	}
	for name, read := range map[string]func() error{
		"what isn't decided":      func() error { _, err := earned.Undecided(ctx, 1, nil, now); return err },
		"what is owed":            func() error { _, err := paid.Balances(ctx, 1); return err },
		"the age of what is owed": func() error { _, err := paid.Ages(ctx, 1); return err },
	} {
		b.Target(name, b.Took(5, read), b.Within(200), "ms")
	}
}
