package news_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/programmes"
)

var noon = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

// room is a label with an account at Awin, where Mara has a campaign of the
// programme 4711, and another label with an account of its own.
type room struct {
	pgtest.DB
	*news.Store
	told     *news.Recorder
	listings *programmes.Recorder
	items    *material.Recorder
	clock    *clock.Fake
	before   *time.Time
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{DB: pgtest.Database(t), clock: clock.NewFake(noon)}
	box, err := seal.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	r.Store, r.told = news.NewStore(r.App, r.clock), &news.Recorder{DB: r.App, Clock: r.clock}
	r.listings = &programmes.Recorder{
		DB: r.App, Clock: r.clock, Notices: notices.NewStore(r.App, box, r.clock), DeskURL: "http://desk.example", Changed: r.told.Changed,
	}
	r.items = &material.Recorder{DB: r.App, Clock: r.clock, Changed: r.told.Changed}
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Mara")
		pgtest.User(t, tx, "Bo")
		pgtest.Label(t, tx, "nl")
		pgtest.Label(t, tx, "de")
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL'), (2, 'awin', 'Awin DE')`)
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711')`)
	})
	if err := postgres.InTx(pgtest.Acting(context.Background(), "user:1"), r.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on)
			VALUES (1, 1, 1, 'Herfst', '2026-11-01', '2026-11-30')`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

// reads takes in a whole reading of programmes and material, a day after the one before.
func (r *room) reads(t *testing.T, all []networks.Programme, items ...networks.Item) {
	t.Helper()
	r.clock.Add(24 * time.Hour)
	began := r.clock.Now()
	in := networks.Reading{Connection: 1, Began: began, Before: r.before, Last: true}
	var page networks.Catalogue
	for _, p := range all {
		page.Take(p, &networks.Reader{})
	}
	for range 2 { // the same again is no news
		if err := r.listings.Record(t.Context(), in, page); err != nil {
			t.Fatal(err)
		}
		if err := r.items.Record(t.Context(), in, networks.Supply{Items: items}); err != nil {
			t.Fatal(err)
		}
	}
	r.before = &began
}

func zon(points int) networks.Programme {
	return networks.Programme{
		Ref: "4711", Name: "Zon NL", Relation: networks.Joined, Live: true, Email: networks.Limited, Cashback: networks.Allowed,
		Codes: networks.Allowed, Currency: "EUR", Terms: []networks.Term{{Group: "1", Name: "Default", Kind: "CPS", BasisPoints: &points}},
	}
}

var code = networks.Item{Programme: "4711", Kind: networks.Code, Ref: "v1", Name: "Tien procent", Code: "ZON10"}

// list says a label's news to a user, the newest first, with whether it still holds.
func (r *room) list(t *testing.T, f news.Filter) (said []string) {
	t.Helper()
	f.Label = 1
	found, err := r.List(t.Context(), f, paging.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range found.Items {
		text := n.ProgrammeName + ": " + n.Said(words.In("en"))
		if !n.Holds {
			text += " (over)"
		}
		said = append(said, text)
	}
	return said
}

// What is otherwise than in the reading before is news, once; the first reading is
// none. What was overtaken no longer holds.
func TestDifferencesAreNews(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, []networks.Programme{zon(500)}, code)
	r.reads(t, []networks.Programme{zon(500)}, code)
	if said := r.list(t, news.Filter{To: 1}); len(said) != 0 {
		t.Errorf("nothing changed, and it says %q", said)
	}
	until, second := noon.AddDate(0, 1, 0), networks.Programme{Ref: "12", Name: "Zee", Relation: networks.Applied, Live: true}
	changed := zon(400)
	changed.Live, changed.Email, changed.Until = false, networks.Disallowed, &until
	offer := networks.Item{Programme: "4711", Kind: networks.Promo, Ref: "o1", Name: "Vroegboek", Click: "https://c.example/"}
	fresh := networks.Item{Programme: "12", Kind: networks.Code, Ref: "v2", Name: "Vijf euro", Code: "ZEE5"}
	banner := networks.Item{
		Programme: "12", Kind: networks.Banner, Ref: "b", Name: "B", Click: "https://c.example/", Picture: "https://c.example/b",
	}
	r.reads(t, []networks.Programme{changed, second}, code, offer, fresh, banner)
	want := []string{
		"Zee: New code ZEE5: Vijf euro", "Zon NL: New offer: Vroegboek", "Zee: New programme: applied for",
		"Zon NL: Default: 5.00% → 4.00%",
		"Zon NL: e-mail: limited → not allowed", "Zon NL: It runs until 10 December 2026", "Zon NL: The network has stopped it",
	}
	if said := r.list(t, news.Filter{To: 1}); !slices.Equal(said, want) {
		t.Errorf("it says\n%s", strings.Join(said, "\n"))
	}
	back := zon(450)
	r.reads(t, []networks.Programme{back, second}, offer, fresh)
	r.reads(t, []networks.Programme{back, second}, offer, fresh)
	said := strings.Join(r.list(t, news.Filter{To: 1}), "\n")
	for _, text := range []string{
		"Zon NL: Code ZON10 is withdrawn: Tien procent\n", "Zon NL: It runs again\n", "no longer has a last day\n",
		"e-mail: not allowed → limited\n", "Default: 4.00% → 4.50%\n", "Default: 5.00% → 4.00% (over)", "has stopped it (over)",
		"until 10 December 2026 (over)", "limited → not allowed (over)", "ZEE5: Vijf euro\n",
	} {
		if !strings.Contains(said, text) {
			t.Errorf("it doesn't say %q:\n%s", text, said)
		}
	}
	r.reads(t, []networks.Programme{second}, offer, fresh)
	r.reads(t, []networks.Programme{second}, offer, fresh)
	if said := r.list(t, news.Filter{To: 1}); said[0] != "Zon NL: Relation: joined → not joined" {
		t.Errorf("gone, it says %q", said[0])
	}
}

// What a network writes is kept in its own words, once, and is a label's alone.
func TestNoticesAreNews(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	ends := noon.AddDate(0, 0, 5)
	page := networks.Bulletin{Notices: []networks.Notice{
		{
			Ref: "77", Programme: "4711", Name: "Zon NL", Kind: networks.Stopped, Title: "Wij stoppen", Text: "Per 1 december",
			Published: noon,
		},
		{
			Ref: "78", Programme: "4711", Name: "Zon NL", Kind: networks.Told, Title: "Feestdagen", Published: noon.Add(time.Hour),
			Expires: &ends,
		},
	}}
	for range 2 {
		if err := r.told.Record(t.Context(), networks.Reading{Connection: 1}, page); err != nil {
			t.Fatal(err)
		}
	}
	if said := r.list(t, news.Filter{To: 1}); !slices.Equal(said, []string{"Zon NL: Feestdagen", "Zon NL: Wij stoppen"}) {
		t.Errorf("it says %q", said)
	}
	r.clock.Add(6 * 24 * time.Hour)
	if said := r.list(t, news.Filter{To: 1}); said[0] != "Zon NL: Feestdagen (over)" {
		t.Errorf("past its day it says %q", said)
	}
	for _, f := range []news.Filter{
		{To: 1, Kind: networks.Stopped}, {To: 1, Text: "STOPPEN"}, {To: 1, Text: "1 december"},
		{To: 1, Kind: networks.Stopped, Network: "awin", Advertiser: 1, Mine: true, Since: noon},
	} {
		if said := r.list(t, f); !slices.Equal(said, []string{"Zon NL: Wij stoppen"}) {
			t.Errorf("%+v finds %q", f, said)
		}
	}
	for _, f := range []news.Filter{
		{To: 1, Network: "cj"}, {To: 1, Advertiser: 9}, {To: 2, Mine: true}, {To: 1, Since: noon.Add(2 * time.Hour)},
		{To: 1, Text: "sneeuw"},
	} {
		if said := r.list(t, f); len(said) != 0 {
			t.Errorf("%+v finds %q", f, said)
		}
	}
	if found, err := r.List(t.Context(), news.Filter{Label: 2, To: 1}, paging.Ask{}); err != nil || len(found.Items) != 0 {
		t.Errorf("another label's is %+v, %v", found.Items, err)
	}
}

// Each person reads for themselves; what is read or overtaken, and what is of no
// campaign that runs or is to come, concerns nobody.
func TestNewsWaitsForWhomItConcerns(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, []networks.Programme{zon(500)})
	r.reads(t, []networks.Programme{zon(400), {Ref: "12", Name: "Zee", Relation: networks.Joined}})
	concerns := func(of accounts.UserID) (said []string) {
		t.Helper()
		found, err := r.Concerns(t.Context(), of, []labels.ID{1, 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found {
			text := c.CampaignName + ": " + c.Said(words.In("en"))
			if c.Owned {
				text += " (own)"
			}
			said = append(said, text)
		}
		return said
	}
	if said := concerns(1); !slices.Equal(said, []string{"Herfst: Default: 5.00% → 4.00% (own)"}) {
		t.Errorf("Mara is told %q", said)
	}
	if said := concerns(2); !slices.Equal(said, []string{"Herfst: Default: 5.00% → 4.00%"}) {
		t.Errorf("Bo is told %q", said)
	}
	found, err := r.List(t.Context(), news.Filter{Label: 1, To: 1, Mine: true}, paging.Ask{})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("hers is %+v, %v", found.Items, err)
	}
	mara := pgtest.Acting(t.Context(), "user:1")
	if err := r.Mark(mara, found.Items[0].ID, 2, true); err == nil {
		t.Error("she read for Bo")
	}
	if err := r.Mark(mara, found.Items[0].ID, 1, true); err != nil {
		t.Fatal(err)
	}
	if mine, bos := concerns(1), concerns(2); len(mine) != 0 || len(bos) != 1 {
		t.Errorf("read, Mara is told %q, and Bo %q", mine, bos)
	}
	if err := r.Mark(mara, found.Items[0].ID, 1, false); err != nil || len(concerns(1)) != 1 {
		t.Errorf("unread again, she is told %q, %v", concerns(1), err)
	}
	if n, err := r.Unread(t.Context(), 1, 1); err != nil || n != 2 {
		t.Errorf("%d are unread, %v", n, err)
	}
	if err := r.MarkAll(mara, news.Filter{Label: 1, To: 1}, found.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	all := news.Filter{Label: 1, To: 1, Unread: true}
	if left, err := r.List(t.Context(), all, paging.Ask{}); err != nil || slices.ContainsFunc(left.Items, func(n news.News) bool {
		return n.ID <= found.Items[0].ID
	}) {
		t.Errorf("left unread are %+v, %v", left.Items, err)
	}
	r.reads(t, []networks.Programme{zon(500), {Ref: "12", Name: "Zee", Relation: networks.Joined}})
	if said := concerns(2); !slices.Equal(said, []string{"Herfst: Default: 4.00% → 5.00%"}) {
		t.Errorf("overtaken, Bo is told %q", said)
	}
	r.clock.Add(25 * 24 * time.Hour)
	if said := concerns(2); len(said) != 0 {
		t.Errorf("when the campaign is over, Bo is told %q", said)
	}
}
