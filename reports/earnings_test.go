package reports_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/networks"
	"keur/reports"
	"keur/tracking"
)

// What networks report stands beside the clicks that led to it, and says so
// while most of the usual sales can't be in yet.
func TestEarningsStandBesideClicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET started_at = slot_at`) })
	w.Owner.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin')`)
	w.crowd(t)
	sale := func(ref string, send int64, link uint16, status networks.Status, currency string, paid bool) networks.Report {
		return networks.Report{
			Transaction: ref, Programme: "7", At: w.clock.Now(), Occurred: w.clock.Now(), Status: status, Paid: &paid,
			Sale: 1000, Commission: 100,
			Currency: currency, SubID: string(w.ring.AppendSubID(nil, tracking.SubID{Send: send, Link: link, Click: 1})),
		}
	}
	_, err := conversions.NewStore(w.App, w.ring, w.clock).Record(t.Context(), 1, conversions.ByFile, []networks.Report{
		sale("a", newsletter, 0, networks.Pending, "EUR", false), sale("b", newsletter, 0, networks.Approved, "EUR", true),
		sale("c", newsletter, 0, networks.Approved, "EUR", false), sale("d", newsletter, 0, networks.Declined, "EUR", false),
		sale("e", newsletter, 0, networks.Approved, "GBP", false), sale("f", newsletter, 2, networks.Approved, "EUR", false),
		sale("g", newsletter, 0, networks.Deleted, "EUR", false),
	})
	w.must(t, err)

	outcomes, err := w.reports.Outcomes.By(t.Context(), reports.ByPlacement, reports.Filter{Mailing: newsletter})
	w.must(t, err)
	clicks := map[string]int64{}
	for _, o := range outcomes {
		clicks[o.Of.Placement] = o.Clicks
	}
	of := reports.EarningsFilter{Label: 1, Mailing: newsletter}
	lines, err := w.reports.Earnings.By(t.Context(), reports.EarnedByPlacement, of, w.clock.Now())
	w.must(t, err)
	found := map[string]reports.Earning{}
	for _, e := range lines {
		if e.Clicks != clicks[e.Of.Placement] || !e.TooEarly || e.Of.Mailing != newsletter {
			t.Errorf("%s has %d clicks, not %d; too early: %t", e.Of.Placement, e.Clicks, clicks[e.Of.Placement], e.TooEarly)
		}
		found[e.Of.Placement+e.Currency] = e
	}
	if e := found["topEUR"]; e.Conversions != 3 || e.Gross != 300 || e.Open != 100 || e.Approved != 200 || e.Declined != 100 ||
		e.Paid != 100 ||
		e.Sale != 3000 || e.Judged.Num != 2 || e.Judged.Den != 3 || e.PerClick.Num != 300 || e.PerClick.Den != clicks["top"] {
		t.Errorf("the first placement in EUR: %+v", e)
	}
	if found["topGBP"].Gross != 100 || found["midEUR"].Gross != 100 || found["end"].Currency != "" || clicks["end"] == 0 ||
		len(lines) != 5 {
		t.Errorf("%d lines: %+v", len(lines), lines)
	}
	of = reports.EarningsFilter{Label: 1}
	later, err := w.reports.Earnings.By(t.Context(), reports.EarnedByCampaign, of, w.clock.Now().AddDate(0, 0, 30))
	w.must(t, err)
	if len(later) != 4 || later[0].Of.Name != "Herfst" || later[0].Gross != 300 || later[0].TooEarly {
		t.Errorf("a month later, by campaign: %+v", later)
	}
	for by, want := range map[reports.Heading]int{
		reports.EarnedByMonth: 2, reports.EarnedByNetwork: 2, reports.EarnedByAdvertiser: 3, reports.EarnedByMailing: 3,
	} {
		if lines, err := w.reports.Earnings.By(t.Context(), by, of, w.clock.Now()); err != nil || len(lines) != want {
			t.Errorf("by %s: %d lines, not %d: %+v, %v", by, len(lines), want, lines, err)
		}
	}
	for from, want := range map[int]int64{0: 400, 1: 0} { // the newsletter is of the 24th, 10:00
		of := reports.EarningsFilter{Label: 1, From: time.Date(2026, 11, 24+from, 0, 0, 0, 0, time.UTC)}
		lines, err := w.reports.Earnings.By(t.Context(), reports.EarnedByCampaign, of, w.clock.Now())
		w.must(t, err)
		if got := reports.SumOf(lines).In("EUR").Gross; got != want {
			t.Errorf("sends from %s on brought %d, not %d", of.From, got, want)
		}
	}
	if _, err := w.reports.Earnings.By(t.Context(), "colour", reports.EarningsFilter{Label: 1}, time.Now()); err == nil {
		t.Error("summed by colour")
	}
}

// Lines in several currencies have their clicks once, and amounts of one currency
// alone are added up.
func TestEarningsAreSummedByCurrency(t *testing.T) {
	t.Parallel()
	sum := reports.SumOf([]reports.Earning{
		{Of: reports.Subject{Campaign: 1}, Currency: "EUR", Clicks: 10, Conversions: 2, Gross: 300, Open: 100, Approved: 200, ApprovedN: 1},
		{Of: reports.Subject{Campaign: 1}, Currency: "GBP", Clicks: 10, Conversions: 1, Gross: 900, Open: 900},
		{
			Of: reports.Subject{Campaign: 2}, Currency: "EUR", Clicks: 5, Conversions: 1, Gross: 50, Approved: 50, Declined: 50, Paid: 50,
			TooEarly: true,
		},
		{Of: reports.Subject{Campaign: 3}, Clicks: 7},
	})
	euros := sum.In("EUR")
	if sum.Clicks != 22 || !sum.TooEarly || len(sum.Currencies) != 2 || sum.Currencies[0].Currency != "GBP" || euros.Conversions != 3 ||
		euros.Gross != 350 || euros.Approved != 250 || euros.Paid != 50 || euros.JudgedMinor.Den != 300 || sum.In("JPY").Gross != 0 {
		t.Errorf("%+v", sum)
	}
}

// TestMoneyTellsOfNoFewMembers: who only looks is told of sales in twenties, with as
// much of their money, and nothing of a send to few, by whichever heading and filter;
// who bills reads each transaction, and is told all.
func TestMoneyTellsOfNoFewMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	add := func(send int64, n int) {
		w.Owner.MustExec(`INSERT INTO conversion_counts (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key,
			month, currency, status, paid, n, sale_minor, commission_minor)
			SELECT 1, 1, 2, 3, mailing_id, id, 'top', '2026-11-01', 'EUR', 'pending', false, $2::int, $2::int * 1000, $2::int * 100
			  FROM sends WHERE id = $1`, send, n)
	}
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET started_at = slot_at, audience = CASE id WHEN $1 THEN 19 ELSE audience END`, soloSecond)
	})
	w.Owner.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin')`)
	add(newsletter, 19)
	add(soloFirst, 37)
	add(soloSecond, 21)
	roles := func(r accounts.Role) *accounts.User {
		return &accounts.User{Roles: map[labels.ID][]accounts.Role{1: {r}}}
	}
	for who, want := range map[*accounts.User][4]int64{ // of all, of the newsletter, of the solo, of the send to few
		nil: {77, 19, 58, 21}, roles(accounts.Planner): {77, 19, 58, 21}, roles(accounts.Finance): {77, 19, 58, 21},
		roles(accounts.Viewer): {20, 0, 20, 0},
	} {
		for _, by := range reports.Headings() {
			for i, f := range []reports.EarningsFilter{{}, {Send: newsletter}, {Mailing: 2}, {Send: soloSecond}} {
				f.Label, f.For = 1, who
				lines, err := w.reports.Earnings.By(t.Context(), by, f, w.clock.Now())
				w.must(t, err)
				told := reports.SumOf(lines).In("EUR")
				if told.Conversions != want[i] || told.Open != 100*want[i] || told.Sale != 1000*want[i] {
					t.Errorf("%+v by %s of %+v: %+v", who, by, f, told)
				}
				if few := len(lines) > 0 && lines[0].Few; by == reports.EarnedByMonth && few != (want[i] == 0) {
					t.Errorf("%+v of %+v: %+v", who, f, lines)
				}
			}
		}
		waits, err := w.reports.Earnings.Undecided(t.Context(), 1, who, w.clock.Now())
		w.must(t, err)
		if len(waits) != 1 || waits[0].OpenN != want[0] || waits[0].Open != 100*want[0] {
			t.Errorf("%+v: what waits: %+v", who, waits)
		}
		of, err := w.reports.Outcomes.OfCampaigns(t.Context(), 1, []campaigns.Campaign{{ID: 3, Currency: "EUR"}}, who)
		w.must(t, err)
		if of[3].Conversions != want[0] || of[3].Revenue != 100*want[0] {
			t.Errorf("%+v: what came of the campaign: %+v", who, of[3])
		}
	}
}
