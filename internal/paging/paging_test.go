package paging

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/pgtest"
)

type thing struct {
	ID   int64      `db:"id"`
	Name string     `db:"name"`
	At   time.Time  `db:"at"`
	Day  civil.Date `db:"day"`
}

func orders() []Order[thing] {
	id := Number("id", func(t thing) int64 { return t.ID })
	return []Order[thing]{
		{Name: "newest", Down: true, Keys: []Key[thing]{id}},
		{Name: "name", Keys: []Key[thing]{Name("name", func(t thing) string { return t.Name }), id}},
		{Name: "moment", Down: true, Keys: []Key[thing]{Moment("at", func(t thing) time.Time { return t.At }), id}},
		{Name: "day", Keys: []Key[thing]{Day("day", func(t thing) civil.Date { return t.Day }), id}},
	}
}

func TestPagesHoldEverythingOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`
		CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL, day date NOT NULL);
		GRANT SELECT ON things TO keur_app;
		INSERT INTO things VALUES
			(1, 'Week 10', '2026-01-01 10:00:00.123456Z', '2026-03-01'), (2, 'week 2', '2026-01-01 10:00:00.123456Z', '2026-02-01'),
			(3, 'Öhringer', '2026-01-03Z', '2026-03-01'), (4, 'ohm', '2026-01-02Z', '2026-01-01'), (5, 'Zuinig', '2026-01-02Z', '2026-03-01'),
			(6, 'zuinig', '1950-01-01Z', '2026-03-01'), (7, E'it''s "x", $1', '2026-01-02Z', '2027-01-01')`)
	for sort, want := range map[string]string{
		"":       "[7 6 5 4 3 2 1]",
		"newest": "[7 6 5 4 3 2 1]",
		"name":   "[7 4 3 2 1 6 5]",
		"moment": "[3 7 5 4 2 1 6]",
		"day":    "[4 2 1 3 5 6 7]",
	} {
		for _, limit := range []int{1, 2, 3, 7, 0} {
			var ids []int64
			for ask := (Ask{Sort: sort, Limit: limit}); ; {
				page, err := Select(t.Context(), db.App, orders(), ask, `SELECT * FROM things WHERE id < $1`, 100)
				if err != nil || (limit > 0 && len(page.Items) > limit) {
					t.Fatalf("%+v: %d, %v", ask, len(page.Items), err)
				}
				for _, item := range page.Items {
					ids = append(ids, item.ID)
				}
				if page.Next == "" {
					break
				}
				ask = Ask{Cursor: page.Next, Limit: limit} // which knows its order
			}
			if got := fmt.Sprint(ids); got != want {
				t.Errorf("by %q, %d a page: %s, want %s", sort, limit, got, want)
			}
		}
	}
}

func TestAPageIsRefusedByItsParameter(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	coded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, c := range []struct {
		ask  Ask
		path string
	}{
		{Ask{Limit: -1}, "limit"},
		{Ask{Limit: Most + 1}, "limit"},
		{Ask{Sort: "colour"}, "sort"},
		{Ask{Cursor: "~"}, "cursor"},
		{Ask{Cursor: coded("12")}, "cursor"},
		{Ask{Cursor: coded(`{}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"newest","k":[]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"newest","k":["1","2"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"newest","k":["1; DROP TABLE things"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"newest","k":["99999999999999999999"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"colour","k":["1"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"name","k":["a\u0000","1"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"moment","k":["yesterday","1"]}`)}, "cursor"},
		{Ask{Cursor: coded(`{"s":"day","k":["2026-02-30","1"]}`)}, "cursor"},
		{Ask{Sort: "newest", Cursor: coded(`{"s":"name","k":["a","1"]}`)}, "cursor"},
	} {
		_, err := Select(t.Context(), db, orders(), c.ask, `SELECT * FROM things WHERE true`)
		var wrong *fault.Error
		if !errors.As(err, &wrong) || wrong.Kind != fault.Invalid || wrong.Details[0].Path != c.path {
			t.Errorf("%+v: %v", c.ask, err)
		}
	}
}

func TestCutGoesOnBehindTheLast(t *testing.T) {
	t.Parallel()
	all := make([]int, 450)
	for i := range all {
		all[i] = i
	}
	pages := 0
	var seen []int
	for n, err := range All(func(ask Ask) (Page[int], error) { pages++; return Cut(all, ask, strconv.Itoa) }) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, n)
	}
	if !slices.Equal(seen, all) || pages != 3 {
		t.Errorf("%d of %d on %d pages", len(seen), len(all), pages)
	}
	page, err := Cut(all, Ask{Limit: 1}, strconv.Itoa)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Cut(all[1:], Ask{Cursor: page.Next}, strconv.Itoa); !fault.Is(err, fault.Invalid) {
		t.Errorf("behind what is gone: %v", err)
	}
}
