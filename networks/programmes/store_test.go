package programmes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/networks"
	"keur/networks/programmes"
)

// room is a label with an account at Awin, and a campaign of its programme 4711.
type room struct {
	pgtest.DB
	*programmes.Store
	*programmes.Recorder
	clock *clock.Fake
	read  *time.Time // when the reading before began

	changes []networks.Change
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{DB: pgtest.Database(t), clock: clock.NewFake(noon)}
	box, err := seal.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	r.Store = programmes.NewStore(r.App)
	r.Recorder = &programmes.Recorder{
		Changed: func(_ context.Context, _ *sqlx.Tx, _ networks.Reading, all []networks.Change) error {
			r.changes = append(r.changes, all...)
			return nil
		},
		DB: r.App, Clock: r.clock, Notices: notices.NewStore(r.App, box, r.clock), DeskURL: "http://desk.example",
	}
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Mara")
		pgtest.User(t, tx, "Bo")
		pgtest.Label(t, tx, "nl")
		tx.MustExec(`UPDATE users SET locale = 'en'`)
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL')`)
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711'), (1, 'awin', '99'), (1, 'cj', '5')`)
	})
	if err := r.by("user:1", `
		INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on)
		VALUES (1, 1, 1, 'Herfst', '2026-11-01', '2026-11-30')`); err != nil {
		t.Fatal(err)
	}
	return r
}

// by runs a statement of somebody's.
func (r *room) by(actor, query string) error {
	return postgres.InTx(pgtest.Acting(context.Background(), actor), r.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
}

// reads takes in a whole reading, a day after the one before.
func (r *room) reads(t *testing.T, all ...networks.Programme) {
	t.Helper()
	r.clock.Add(24 * time.Hour)
	began := r.clock.Now()
	in := networks.Reading{Connection: 1, Began: began, Before: r.read, Last: true}
	for range 2 { // the same again changes nothing
		if err := r.Record(t.Context(), in, networks.Catalogue{Programmes: all}); err != nil {
			t.Fatal(err)
		}
	}
	r.read = &began
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO network_sweeps (connection_id, sweep, covered_until, due_at) VALUES (1, 'programmes', $1, $1)
			ON CONFLICT (connection_id, sweep) DO UPDATE SET covered_until = $1`, began)
	})
}

// check says what is in the way of a mail under a programme.
func (r *room) check(t *testing.T, programme int) (said []string) {
	t.Helper()
	found, err := r.Check(t.Context(), 1, []programmes.Use{{Programme: campaigns.ProgrammeID(programme)}, {Programme: 3}}, r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		said = append(said, string(f.Severity)+" "+f.Message.String())
	}
	return said
}

func zon(points int) networks.Programme {
	return networks.Programme{
		Ref: "4711", Name: "Zon NL", Relation: networks.Joined, Live: true, Email: networks.Limited, Cashback: networks.Allowed,
		Codes: networks.Allowed, Currency: "EUR", Terms: []networks.Term{{Group: "1", Name: "Default", Kind: "CPS", BasisPoints: &points}},
	}
}

// What the network says holds from the first reading on, and what it no longer
// lists isn't joined. Before that, and at networks without a connection, nothing is
// known.
func TestReadings(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	if said := r.check(t, 1); len(said) != 0 {
		t.Errorf("before it was read it says %q", said)
	}
	other := networks.Programme{Ref: "12", Name: "Ander", Relation: networks.NotJoined}
	r.reads(t, zon(500), other)
	if said := r.check(t, 1); len(said) != 1 ||
		!strings.HasPrefix(said[0], "asks of the programme Zon NL, Awin NL says about e-mail: limited") {
		t.Errorf("it says %q", said)
	}
	if said := r.check(t, 2); len(said) != 1 || said[0] != "blocks Awin NL lists no programme 99 of Zon as joined" {
		t.Errorf("of one that isn't listed it says %q", said)
	}
	if n := pgtest.Count(t, r.App, `SELECT count(*) FROM network_listings`); n != 1 {
		t.Errorf("%d programmes are kept", n)
	}
	brief := zon(500)
	brief.Brief, brief.Relation = true, networks.Suspended
	r.reads(t, brief)
	if said := r.check(t, 1); len(said) != 2 || !strings.Contains(said[0], "is suspended") {
		t.Errorf("of one that is suspended it says %q", said)
	}
	r.reads(t, zon(500))
	r.reads(t)
	if said := r.check(t, 1); len(said) != 1 {
		t.Errorf("missing once it says %q", said)
	}
	r.reads(t)
	if said := r.check(t, 1); len(said) != 2 || !strings.Contains(said[0], "is not joined") {
		t.Errorf("missing twice it says %q", said)
	}
}

// A person answers once; what they said is kept with who and when, and nobody
// answers what the network doesn't leave open.
func TestAnswersArePeoples(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, zon(500))
	mara := pgtest.Acting(t.Context(), "user:1")
	answer := programmes.Answer{Topic: programmes.Email, Said: networks.Limited, May: true, Reason: "newsletters may, says Bo of Zon"}
	if err := r.Answer(t.Context(), 1, answer); err == nil {
		t.Error("nobody answered")
	}
	if err := r.Answer(mara, 1, answer); err != nil {
		t.Fatal(err)
	}
	if said := r.check(t, 1); len(said) != 0 {
		t.Errorf("answered, it says %q", said)
	}
	kept, err := r.Answers(t.Context(), 1)
	if err != nil || len(kept) != 1 || kept[0].By != "user:1" || kept[0].Name != "Mara" || kept[0].At.IsZero() {
		t.Errorf("kept is %+v, %v", kept, err)
	}
	for query, refused := range map[string]string{
		`INSERT INTO network_answers (listing_id, topic, said, may, reason) VALUES (1, 'email', 'unknown', true, 'x')`: "by now",
		`INSERT INTO network_answers (listing_id, topic, said, may, reason) VALUES (1, 'codes', 'allowed', true, 'x')`: "check",
		`UPDATE network_answers SET may = false`: "denied",
		`DELETE FROM network_answers`:            "denied",
	} {
		if err := r.by("user:1", query); err == nil || !strings.Contains(err.Error(), refused) {
			t.Errorf("%s: %v", query, err)
		}
	}
	changed := zon(500)
	changed.Email = networks.Unknown
	r.reads(t, changed)
	if said := r.check(t, 1); len(said) != 1 || !strings.HasPrefix(said[0], "asks") {
		t.Errorf("once the network says something else, it says %q", said)
	}
}

// letters are the mails that are queued, newest last.
func (r *room) letters(t *testing.T) []notices.Notice {
	t.Helper()
	due, err := r.Notices.Claim(pgtest.Acting(context.Background(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		if err := r.Notices.Sent(pgtest.Acting(context.Background(), "system:notices"), n.ID); err != nil {
			t.Fatal(err)
		}
	}
	return due
}

// A term that changes under a campaign is told to whoever changed that last, once,
// and what it was stays.
func TestAChangedTermIsTold(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, zon(500))
	r.reads(t, zon(500))
	if told := r.letters(t); len(told) != 0 {
		t.Errorf("nothing changed, and %d are told", len(told))
	}
	less := zon(400)
	fixed := int64(300)
	less.Terms = append(less.Terms, networks.Term{Group: "2", Name: "Lead", Kind: "CPL", Minor: &fixed, Currency: "EUR"})
	r.reads(t, less)
	told := r.letters(t)
	if len(told) != 1 || !strings.Contains(told[0].Body, "Default: 5.00% → 4.00%") || !strings.Contains(told[0].Body, "Lead: – → €3.00") ||
		!strings.Contains(told[0].Body, "http://desk.example/campaigns/1") || !strings.Contains(told[0].Body, "Dear Mara") {
		t.Fatalf("told is %+v", told)
	}
	terms, err := r.Terms(t.Context(), 1)
	if err != nil || len(terms) != 3 || *terms[0].BasisPoints != 400 || terms[0].Ended != nil || *terms[1].BasisPoints != 500 ||
		terms[1].Ended == nil {
		t.Errorf("kept are %+v, %v", terms, err)
	}
	// Who left is told nothing; the label's planners are.
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET disabled_at = now() WHERE id = 1`)
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES (2, 1, 'planner')`)
	})
	gone := zon(400)
	gone.Relation, gone.Email = networks.Suspended, networks.Disallowed
	r.reads(t, gone)
	if told := r.letters(t); len(told) != 1 || !strings.Contains(told[0].Body, "Dear Bo") ||
		!strings.Contains(told[0].Body, "Lead: €3.00 → –") || !strings.Contains(told[0].Body, "Relation: joined → suspended") ||
		!strings.Contains(told[0].Body, "e-mail: limited → not allowed") {
		t.Errorf("told is %+v", told)
	}
	// Of a campaign that is over nothing is told.
	r.clock.Add(30 * 24 * time.Hour)
	r.reads(t, zon(600))
	if told := r.letters(t); len(told) != 0 {
		t.Errorf("of one that is over %d are told", len(told))
	}
}

// What can't be read for its number's sake keeps the others of its page from nothing.
func TestOddNumbersHoldUpNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	page := networks.Catalogue{
		Programmes: []networks.Programme{{Ref: "4712", Name: "Zee", Brief: true, Relation: networks.Joined}},
		Unread:     []networks.Unread{{Ref: "4\x007"}, {Ref: "\xff"}},
	}
	if err := r.Record(t.Context(), networks.Reading{Connection: 1, Began: r.clock.Now()}, page); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Count(t, r.App, `SELECT count(*) FROM network_listings WHERE ref = '4712'`); n != 1 {
		t.Error("the other isn't kept")
	}
}
