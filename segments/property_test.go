package segments_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"keur/segments"
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
	buys               []buy
}

// act is an open, a click or a receipt of a mailing; campaign is a click's.
type act struct {
	deed              segments.Deed
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

// TestCountIsWhatTheRuleSays compares counts of the base with a plain reading
// of random rules over random members.
func TestCountIsWhatTheRuleSays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261121, 4))
	// Shortly after midnight in Amsterdam it is still yesterday in UTC.
	now := time.Date(2026, 6, 9, 22, 30, 0, 0, time.UTC)
	w := newWorld(t, now, "Europe/Amsterdam")
	people := w.populate(random, 150)
	g := generator{random}
	tried := map[string]int{}
	for range 900 {
		rule := g.rule(3)
		text, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for i, p := range people {
			if w.matches(rule, p, int64(i+1)) {
				want++
			}
		}
		if got := w.count(string(text)); got != want {
			t.Fatalf("%s: %d, want %d", text, got, want)
		}
		for part := range strings.SplitSeq(string(text), `"`) {
			tried[part]++
		}
	}
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
	w.addMembers(n)
	for a, category := range categories {
		w.advertiser(a, category)
	}
	now := w.clock.Now()
	for m, campaigns := range placed {
		w.mailing(m, w.label, campaigns...)
		w.send(m, m, now.AddDate(0, 0, -40), "failed", 1, 0)
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
	w.exec(`UPDATE memberships SET t1 = $2, t2 = $3, t9 = $4, d1 = $5, n1 = $6, b1 = $7, s1 = $8, joined_at = $9, confirmed_at = $10,
	               source = $11, mail_consent = $12, tracking_consent = $13 WHERE member_id = $1`,
		id, p.gender, p.city, p.note, p.birth, p.points, p.vip, pq.Array(p.interests), p.joined, p.confirmed, p.source, p.mail, p.tracking)
	for _, a := range p.acts {
		at := w.clock.Now().AddDate(0, 0, -a.day)
		switch a.deed {
		case segments.Received:
			w.exec(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at)
			        SELECT month, id, $2, 'sent', $3 FROM sends WHERE id = $1`, a.mailing, id, at)
			w.unguarded(`UPDATE sends SET finished_at = now() + interval '1 year' WHERE id = $1`, a.mailing)
		default:
			kind := map[segments.Deed]string{segments.Opened: "open", segments.Clicked: "click"}[a.deed]
			w.behaved(kind, a.mailing, a.campaign, at.In(w.zone()).Format(time.DateOnly), id, id, a.n)
		}
	}
	for i, b := range p.buys {
		w.exec(`INSERT INTO conversions (network, transaction_ref, advertiser_id, member_id, status, sale_minor, currency, occurred_at)
		        VALUES ('awin', $1, $2, $3, $4, $5, $6, $7)`, fmt.Sprintf("%d-%d", id, i), b.advertiser, id, b.state, b.minor, b.currency,
			w.clock.Now().AddDate(0, 0, -b.day))
	}
}

func (w *world) zone() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		w.t.Fatal(err)
	}
	return zone
}

var (
	genders = []string{"f", "m"}
	cities  = []string{"Utrecht", "utrecht", "Breda", "Köln"}
	notes   = []string{"50% off", `a_b\c`, "x' OR 1=1 --", "ÄRGER"}
	words   = []string{"travel", "sport", "tech"}
	births  = []string{"2000-02-29", "2001-02-28", "1986-06-10", "1986-06-11", "1985-06-09", "2001-06-10", "1960-12-31", "1999-06-16", "2026-06-12"}
)

// somebody makes a person at random, of whom nothing is known half of the time.
func somebody(random *rand.Rand, now time.Time) person {
	p := person{
		gender: maybe(random, genders), city: maybe(random, cities), note: maybe(random, notes), birth: maybe(random, births),
		points: maybe(random, []float64{0, 1, 2.5, 1000}), vip: maybe(random, []bool{true, false}),
		joined: now.Add(-time.Duration(random.IntN(240)) * time.Hour), source: pick(random, []string{"", "import", "form"}),
		mail: random.IntN(2) == 0, tracking: random.IntN(2) == 0,
	}
	for _, word := range words {
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
		a := act{deed: pick(random, []segments.Deed{segments.Opened, segments.Clicked, segments.Received}), mailing: 1 + random.IntN(4), day: random.IntN(12), n: 1 + random.IntN(3)}
		if a.deed == segments.Clicked && len(placed[a.mailing]) > 0 {
			a.campaign = pick(random, placed[a.mailing])
		}
		key := fmt.Sprint(a.deed, a.mailing, a.campaign, a.day)
		if a.deed == segments.Received {
			key, a.n = fmt.Sprint(a.deed, a.mailing), 1
		}
		if !seen[key] {
			seen[key] = true
			p.acts = append(p.acts, a)
		}
	}
	for range random.IntN(3) {
		p.buys = append(p.buys, buy{
			advertiser: 1 + random.IntN(3), day: random.IntN(12), minor: int64(random.IntN(4)) * 500,
			currency: pick(random, []string{"EUR", "USD"}), state: pick(random, []string{"pending", "approved", "declined"}),
		})
	}
	return p
}

func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

func maybe[T any](random *rand.Rand, of []T) *T {
	if random.IntN(2) == 0 {
		return nil
	}
	return &of[random.IntN(len(of))]
}

// some returns one to three of the words.
func some(random *rand.Rand, of []string) []any {
	var list []any
	for _, word := range of {
		if random.IntN(2) == 0 && !slices.Contains(list, any(word)) {
			list = append(list, word)
		}
	}
	if len(list) == 0 {
		list = append(list, of[0])
	}
	return list
}
