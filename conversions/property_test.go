package conversions_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/conversions"
	"keur/internal/pgtest"
	"keur/networks"
)

// sums are what a cell of a report comes to.
type sums struct{ N, Sale, Commission int64 }

// cell is a dimension and its value, a currency and what became of the money.
type cell struct{ By, Is, Currency, Status string }

// ledger is the naive one: it keeps every report it ever saw, and to answer
// puts those of each part in their true order and replays them.
type ledger struct {
	reports  map[string][]networks.Report // by connection and part
	places   map[string]map[string]string // of a sub-id: mailing, placement, campaign, advertiser, label
	assigned map[string]map[string]string
}

func (l *ledger) add(to networks.ConnectionID, r networks.Report) {
	key := fmt.Sprintf("%d/%s/%s", to, r.Transaction, r.Part)
	l.reports[key] = append(l.reports[key], r)
}

func (l *ledger) sums(t *testing.T) map[cell]sums {
	found := map[cell]sums{}
	for key, reports := range l.reports {
		ordered := slices.Clone(reports)
		slices.SortStableFunc(ordered, func(a, b networks.Report) int { return a.Version().Compare(b.Version()) })
		last := ordered[len(ordered)-1]
		paid, subID := false, ""
		var paidAt, subIDAt time.Time
		for _, r := range ordered { // of one moment, paid counts over not paid
			if r.Paid != nil && (*r.Paid || r.At.After(paidAt)) {
				paid, paidAt = *r.Paid, r.At
			}
			if r.SubID != "" && (r.At.After(subIDAt) || r.SubID > subID) {
				subID, subIDAt = r.SubID, r.At
			}
		}
		place := map[string]string{"label": "1", "mailing": "0", "placement": "", "campaign": "0", "advertiser": "1"}
		if last.Programme == "200" || last.Programme == "8" {
			place["advertiser"] = "2"
		}
		if p, ok := l.places[subID]; ok && p["advertiser"] == place["advertiser"] {
			place = p
		}
		if p, ok := l.assigned[key]; ok {
			place = p
		}
		zone := map[string]string{"1": "Europe/Amsterdam", "2": "America/Los_Angeles"}[place["label"]]
		in, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		place = maps.Clone(place)
		place["month"], place["connection"] = last.Occurred.In(in).Format("2006-01")+"-01", key[:1]
		for by, is := range place {
			at := cell{by, is, last.Currency, fmt.Sprint(last.Status, paid)}
			s := found[at]
			if !last.Correction {
				s.N++
			}
			s.Sale, s.Commission = s.Sale+last.Sale, s.Commission+last.Commission
			found[at] = s
		}
	}
	maps.DeleteFunc(found, func(_ cell, s sums) bool { return s == sums{} })
	return found
}

// rolledUp reads the same from the roll-ups, or from the rows themselves.
func (w *world) rolledUp(t *testing.T, from string) map[cell]sums {
	t.Helper()
	found := map[cell]sums{}
	for by, column := range map[string]string{
		"label": "label_id", "connection": "connection_id", "advertiser": "advertiser_id", "campaign": "campaign_id",
		"mailing":   "mailing_id",
		"placement": "placement_key", "month": "month",
	} {
		rows, err := w.App.Query(`
			SELECT coalesce(` + column + `::text, '0'), currency, status || paid::text, sum(n), sum(sale_minor), sum(commission_minor)
			  FROM ` + from + ` GROUP BY 1, 2, 3`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			at, s := cell{By: by}, sums{}
			if err := rows.Scan(&at.Is, &at.Currency, &at.Status, &s.N, &s.Sale, &s.Commission); err != nil {
				t.Fatal(err)
			}
			if s != (sums{}) {
				found[at] = s
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

const ofRows = `(SELECT *, CASE WHEN correction THEN 0 ELSE 1 END AS n FROM conversions) c`

// stream is what networks report of some sales in the course of weeks: they
// appear, in parts or whole, are amended, approved, declined, reopened, paid
// and corrected.
func (w *world) stream(dice *rand.Rand, l *ledger) map[networks.ConnectionID][]networks.Report {
	all := map[networks.ConnectionID][]networks.Report{}
	for n := range 30 {
		to := []networks.ConnectionID{awin, daisycon}[dice.IntN(2)]
		r := networks.Report{
			Transaction: fmt.Sprint("T", n),
			Programme:   map[networks.ConnectionID][]string{awin: {"100", "200"}, daisycon: {"7", "8"}}[to][dice.IntN(2)],
			Status:      networks.Pending, Currency: []string{"EUR", "GBP", "JPY"}[dice.IntN(3)],
			// About the end of a month, which comes at another moment in each zone.
			Occurred: time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC).Add(time.Duration(dice.IntN(36)) * time.Hour),
		}
		r.At = r.Occurred
		if dice.IntN(3) > 0 {
			r.SubID = slices.Sorted(maps.Keys(l.places))[dice.IntN(len(l.places))]
		}
		for part := range 1 + dice.IntN(2) {
			r.Part, r.Correction = fmt.Sprint(part), part > 0 && dice.IntN(2) == 0
			r.Sale, r.Commission = dice.Int64N(100_000)-20_000, dice.Int64N(9_000)-1_000
			for range 1 + dice.IntN(6) {
				all[to] = append(all[to], r)
				r.At = r.At.Add(time.Duration(dice.IntN(3)) * 24 * time.Hour) // sometimes the same moment
				r.Status = networks.Statuses()[dice.IntN(4)]
				r.Paid = []*bool{nil, new(bool), &yes}[dice.IntN(3)]
				if dice.IntN(3) == 0 {
					r.Sale, r.Commission = r.Sale+dice.Int64N(500), r.Commission-dice.Int64N(50)
				}
				if dice.IntN(8) == 0 {
					r.Currency = "USD"
				}
				if dice.IntN(3) == 0 {
					r.SubID = "" // some reports leave it out
				}
			}
		}
	}
	return all
}

var yes = true

// In whatever order reports come, cut into whatever pages, twice or late, and
// whatever people assign in between: after each step the roll-ups are the rows',
// and both are those of a ledger that keeps everything and replays it.
func TestSumsAreThoseOfANaiveLedger(t *testing.T) {
	t.Parallel()
	var ends []map[cell]sums
	for order := range uint64(3) {
		w := newWorld(t)
		l := &ledger{reports: map[string][]networks.Report{}, assigned: map[string]map[string]string{}}
		l.places = map[string]map[string]string{
			w.subID(newsletter, 0, 1): {"label": "1", "mailing": "1", "placement": "top", "campaign": "1", "advertiser": "1"},
			w.subID(newsletter, 1, 2): {"label": "1", "mailing": "1", "placement": "mid", "campaign": "2", "advertiser": "1"},
			w.subID(newsletter, 2, 3): {"label": "1", "mailing": "1", "placement": "side", "campaign": "3", "advertiser": "2"},
			w.subID(solo, 0, 4):       {"label": "2", "mailing": "2", "placement": "top", "campaign": "4", "advertiser": "2"},
		}
		all := w.stream(rand.New(rand.NewPCG(7, 7)), l) // the same stream each time
		dice := rand.New(rand.NewPCG(order, 1))
		for to, reports := range all {
			again := slices.Concat(reports, reports[:len(reports)/3])
			dice.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			all[to] = again
		}
		for step := 0; len(all[awin])+len(all[daisycon]) > 0; step++ {
			to := []networks.ConnectionID{awin, daisycon}[step%2]
			page := all[to][:min(len(all[to]), 1+dice.IntN(25))]
			all[to] = all[to][len(page):]
			w.record(t, to, page...)
			for _, r := range page {
				l.add(to, r)
			}
			if step%3 == 0 {
				if _, err := w.store.Fold(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
					t.Fatal(err)
				}
			}
			want := l.sums(t)
			if diff := cmp.Diff(want, w.rolledUp(t, ofRows)); diff != "" {
				t.Fatalf("order %d, step %d: the rows (+) aren't the ledger's (-)\n%s", order, step, diff)
			}
			if diff := cmp.Diff(want, w.rolledUp(t, "conversion_sums")); diff != "" {
				t.Fatalf("order %d, step %d: the roll-ups (+) aren't the ledger's (-)\n%s", order, step, diff)
			}
		}
		ends = append(ends, l.sums(t))
		w.assignSome(t, l)
	}
	for _, end := range ends[1:] {
		if diff := cmp.Diff(ends[0], end); diff != "" {
			t.Errorf("two orders end differently\n%s", diff)
		}
	}
}

// assignSome books what nobody could attribute by hand. The money moves, and
// stays where it was put when the same reports come again.
func (w *world) assignSome(t *testing.T, l *ledger) {
	t.Helper()
	var open []conversions.Conversion
	if err := w.App.Select(&open, `
		SELECT id, connection_id, transaction_ref, part_ref FROM conversions WHERE basis = 'none' AND advertiser_id = 2`); err != nil {
		t.Fatal(err)
	}
	if len(open) == 0 {
		t.Fatal("nothing is open: the stream tries too little")
	}
	for _, c := range open {
		to := conversions.Assignment{Campaign: 3, Send: newsletter, Placement: "side", Reason: "by its time"}
		if _, err := w.store.Assign(w.user, c.ID, to); err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("%d/%s/%s", c.Connection, c.Ref, c.Part)
		l.assigned[key] = l.places[w.subID(newsletter, 2, 3)]
		w.record(t, c.Connection, l.reports[key]...)
	}
	if diff := cmp.Diff(l.sums(t), w.rolledUp(t, "conversion_sums")); diff != "" {
		t.Errorf("after assigning, the roll-ups (+) aren't the ledger's (-)\n%s", diff)
	}
}
