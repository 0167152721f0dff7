package columns_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/segments"
	"keur/segments/segmentstest"
)

// person is a member of the property test, as Go sees them.
type person struct {
	gender, city, note *string
	birth              *string
	points             *float64
	vip                *bool
	interests          []string
	joined             time.Time
	confirmed          *time.Time
	source             string
	mail, tracking     bool
	acts               []act
	erased             bool
	buys               []buy
}

// act is an open, a click or a receipt of a mailing; campaign is a click's.
type act struct {
	action            segments.Action
	mailing, campaign int
	day               int // ago
	n                 int
}

type buy struct {
	advertiser, day int
	minor           int64
	currency, state string
}

// The world of the property test: mailing i places the campaigns of advertisers
// placed[i], whose categories are these.
var (
	placed     = map[int][]int{1: {1}, 2: {2, 3}, 3: {}, 4: {3}}
	categories = map[int]string{1: "travel", 2: "fashion", 3: "travel"}
)

// TestCountIsWhatTheRuleSays compares counts from columns and by SQL with a plain
// reading of random rules over random members: before panels and packs are made,
// from them, after people changed since, and once these are in them too.
func TestCountIsWhatTheRuleSays(t *testing.T) {
	t.Parallel()
	for zone, now := range map[string]time.Time{
		// Shortly after midnight in Amsterdam it is still yesterday in UTC.
		"Europe/Amsterdam": time.Date(2026, 6, 9, 22, 30, 0, 0, time.UTC),
		// The night before, clocks went from 24:00 to 1:00: that day began at 1:00.
		"America/Santiago": time.Date(2026, 9, 7, 3, 30, 0, 0, time.UTC),
		// A quarter of an hour off, and on the day when the clocks go back.
		"Pacific/Chatham": time.Date(2026, 4, 5, 1, 0, 0, 0, time.UTC),
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(20261121, 4))
			w := newWorld(t, now, zone)
			people := w.populate(random, 150)
			tried := map[string]int{}
			both := map[*segments.Engine]string{w.Engine: "columns", w.sql: "SQL"}
			byColumns := map[*segments.Engine]string{w.Engine: "columns"} // where SQL reads what it read before
			w.compare(random, people, tried, both)
			w.upkeep()
			w.compare(random, people, tried, byColumns)
			w.change(random, people)
			w.compare(random, people, tried, both)
			w.upkeep()
			w.compare(random, people, tried, byColumns)
			allTried(t, tried)
		})
	}
}

// compare counts by random rules with each engine, and by the SELECT that is
// frozen for some.
func (w *world) compare(random *rand.Rand, people []person, tried map[string]int, engines map[*segments.Engine]string) {
	w.T.Helper()
	g := segmentstest.Generator{Rand: random}
	for turn := range 160 {
		rule := g.Rule(3)
		text, err := json.Marshal(rule)
		if err != nil {
			w.T.Fatal(err)
		}
		want := 0
		for i, p := range people {
			if !p.erased && w.matches(rule, p, int64(i+1)) {
				want++
			}
		}
		for engine, by := range engines {
			if got, err := engine.Count(w.T.Context(), w.Label, rule); err != nil || got != want {
				w.T.Fatalf("%s by %s: %d, want %d, %v", text, by, got, want, err)
			}
		}
		for part := range strings.SplitSeq(string(text), `"`) {
			tried[part]++
		}
		if turn%4 > 0 {
			continue
		}
		scope := segments.Scope{Label: w.Label, Audience: segments.Audience{Segments: []segments.SegmentRef{{Rule: rule}}}}
		if f, err := w.Engine.Waterfall(w.T.Context(), scope); err != nil || f.Matched != want {
			w.T.Fatalf("%s: frozen %d, want %d, %v", text, f.Matched, want, err)
		}
	}
}

// change lets a third of the people change or be erased, and some of what
// others did turn out to be a machine's.
func (w *world) change(random *rand.Rand, people []person) {
	w.T.Helper()
	for i := range people {
		id := i + 1
		switch random.IntN(6) {
		case 0:
			w.Exec(`DELETE FROM memberships WHERE member_id = $1`, id)
			people[i].erased = true
		case 1:
			w.Exec(`DELETE FROM behaviours WHERE member_id = $1`, id)
			w.Unguarded(`DELETE FROM deliveries WHERE member_id = $1`, id)
			w.Exec(`DELETE FROM conversions WHERE member_id = $1`, id)
			people[i] = somebody(random, w.Clock.Now())
			w.save(id, people[i])
		case 2:
			people[i].acts = slices.DeleteFunc(people[i].acts, func(a act) bool { return a.action == segments.Clicked })
			w.Exec(`DELETE FROM behaviours WHERE member_id = $1 AND kind = 'click'`, id)
			for n, a := range people[i].acts {
				if a.action == segments.Opened {
					people[i].acts[n].n++
				}
			}
			w.Exec(`UPDATE behaviours SET n = n + 1 WHERE member_id = $1`, id)
		}
	}
}

// allTried complains of what no rule asked after.
func allTried(t *testing.T, tried map[string]int) {
	t.Helper()
	for _, op := range []segments.Op{
		segments.Is, segments.IsNot, segments.In, segments.Contains, segments.StartsWith, segments.IsEmpty, segments.IsNotEmpty,
		segments.LessThan, segments.AtMost, segments.MoreThan, segments.AtLeast, segments.Between, segments.Before, segments.After,
		segments.InLastDays, segments.InNextDays, segments.DaysAgoBetween, segments.BirthdayWithinDays, segments.AgeBetween,
		segments.HasAny, segments.HasAll, segments.HasNone, "opened", "clicked", "received", "conversion", "random", "consent",
	} {
		if tried[string(op)] == 0 {
			t.Errorf("%s was never tried", op)
		}
	}
}

// populate makes n random members in the base and returns them.
func (w *world) populate(random *rand.Rand, n int) []person {
	w.AddMembers(n)
	for a, category := range categories {
		w.Advertiser(a, category)
	}
	w.Exec(`INSERT INTO network_connections (label_id, network, name) VALUES ($1, 'awin', 'Awin')`, w.Label)
	now := w.Clock.Now()
	for m, campaigns := range placed {
		w.Mailing(m, w.Label, campaigns...)
		w.Send(m, m, now.AddDate(0, 0, -40), "failed", 1, 0)
	}
	people := make([]person, n)
	for i := range people {
		people[i] = somebody(random, now)
		w.save(i+1, people[i])
	}
	return people
}

// save writes what is known of a person.
func (w *world) save(id int, p person) {
	w.Exec(`UPDATE memberships SET t1 = $2, t2 = $3, t9 = $4, d1 = $5, n1 = $6, b1 = $7, s1 = $8, joined_at = $9, confirmed_at = $10,
	               source = $11, mail_consent = $12, tracking_consent = $13 WHERE member_id = $1`,
		id, p.gender, p.city, p.note, p.birth, p.points, p.vip, pq.Array(p.interests), p.joined, p.confirmed, p.source, p.mail, p.tracking)
	for _, a := range p.acts {
		at := w.ago(a.day)
		switch a.action {
		case segments.Received:
			w.Unguarded(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at)
			        SELECT month, id, $2, 'sent', $3 FROM sends WHERE id = $1`, a.mailing, id, at)
			w.Unguarded(`UPDATE sends SET finished_at = now() + interval '1 year' WHERE id = $1`, a.mailing)
		default:
			kind := map[segments.Action]string{segments.Opened: "open", segments.Clicked: "click"}[a.action]
			w.Behaved(kind, a.mailing, a.campaign, civil.DateOf(at).String(), id, id, a.n)
		}
	}
	for i, b := range p.buys {
		w.Exec(`INSERT INTO conversions (connection_id, label_id, network, transaction_ref, reported_at, digest, month,
		               advertiser_id, member_id, status, sale_minor, currency, occurred_at)
		        SELECT id, label_id, network, $1, $7, sha256(''), date_trunc('month', $7::timestamptz)::date, $2, $3, $4, $5, $6, $7
		          FROM network_connections`, fmt.Sprintf("%d-%d", id, i), b.advertiser, id, b.state, b.minor, b.currency,
			w.ago(b.day))
	}
}

// ago returns the first instant of the day so many days ago, in the world's zone.
func (w *world) ago(days int) time.Time {
	zone := w.zone()
	return civil.DateOf(w.Clock.Now().In(zone)).AddDays(-days).At(0, zone)
}

func (w *world) zone() *time.Location {
	zone, err := time.LoadLocation(w.ZoneName)
	if err != nil {
		w.T.Fatal(err)
	}
	return zone
}

// somebody makes a person at random, of whom nothing is known half of the time.
func somebody(random *rand.Rand, now time.Time) person {
	p := person{
		gender: segmentstest.Maybe(random, segmentstest.Genders), city: segmentstest.Maybe(random, segmentstest.Cities),
		note: segmentstest.Maybe(random, segmentstest.Notes), birth: segmentstest.Maybe(random, segmentstest.Births),
		points: segmentstest.Maybe(random, []float64{0, 1, 2.5, 1000}), vip: segmentstest.Maybe(random, []bool{true, false}),
		joined: now.Add(-time.Duration(random.IntN(240)) * time.Hour), source: segmentstest.Pick(random, []string{"", "import", "form"}),
		mail: random.IntN(2) == 0, tracking: random.IntN(2) == 0,
	}
	for _, word := range segmentstest.Words {
		if random.IntN(3) == 0 {
			p.interests = append(p.interests, word)
		}
	}
	if random.IntN(2) == 0 {
		at := p.joined.Add(time.Hour)
		p.confirmed = &at
	}
	seen := map[string]bool{}
	for range random.IntN(6) {
		a := act{
			action:  segmentstest.Pick(random, []segments.Action{segments.Opened, segments.Clicked, segments.Received}),
			mailing: 1 + random.IntN(4), day: random.IntN(12), n: 1 + random.IntN(3),
		}
		if a.action == segments.Clicked && len(placed[a.mailing]) > 0 {
			a.campaign = segmentstest.Pick(random, placed[a.mailing])
		}
		key := fmt.Sprint(a.action, a.mailing, a.campaign, a.day)
		if a.action == segments.Received {
			key, a.n = fmt.Sprint(a.action, a.mailing), 1
		}
		if !seen[key] {
			seen[key] = true
			p.acts = append(p.acts, a)
		}
	}
	for range random.IntN(3) {
		p.buys = append(p.buys, buy{
			advertiser: 1 + random.IntN(3), day: random.IntN(12), minor: int64(random.IntN(4)) * 500,
			currency: segmentstest.Pick(random, []string{"EUR", "USD"}),
			state:    segmentstest.Pick(random, []string{"pending", "approved", "declined"}),
		})
	}
	return p
}
