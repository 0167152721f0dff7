package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// Whatever a value holds, PostgreSQL reads it as it was.
func TestRowsArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	type row struct {
		N    int64      `db:"n"`
		Text string     `db:"text"`
		Yes  bool       `db:"yes"`
		Said *bool      `db:"said"`
		Raw  []byte     `db:"raw"`
		At   time.Time  `db:"at"`
		Then *time.Time `db:"later"`
	}
	yes, at := true, time.Date(2026, 3, 29, 1, 30, 0, 123456000, time.UTC)
	want := []row{
		{N: 1, Text: `plain`, Raw: []byte{}, At: at},
		{N: -1 << 62, Text: `"quoted", \back\, {braces} and NULL`, Yes: true, Said: &yes, Raw: []byte{0, 0xff, '\\'}, At: at, Then: &at},
		{Text: "", Raw: []byte("x"), At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Text: "NULL", Raw: []byte("x"), At: at},
		{Text: "ligne\nsuivante\t\r ünïcode 🎁 '$1'", Raw: []byte("x"), At: at},
	}
	rows := postgres.NewRows("n bigint", "text text", "yes boolean", "said boolean", "raw bytea", "at timestamptz", "later timestamptz")
	read := func() []row {
		var got []row
		if err := db.Select(&got, `SELECT r.* FROM `+rows.From("r"), rows.Args()...); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].At = got[i].At.UTC()
			if got[i].Then != nil {
				*got[i].Then = got[i].Then.UTC()
			}
		}
		return got
	}
	if got := read(); len(got) != 0 {
		t.Errorf("no rows became %v", got)
	}
	for _, r := range want {
		rows.Add(r.N, r.Text, r.Yes, r.Said, r.Raw, r.At, r.Then)
	}
	if d := cmp.Diff(want, read()); d != "" {
		t.Error(d)
	}
}

func TestRecordsArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	base.Owner.MustExec(`CREATE TYPE said AS (n bigint, text text, at timestamptz, raw bytea, links bigint[])`)
	var none, some postgres.Records
	at := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	some.Add(int64(7), `a "b", (c) \ {d} NULL`+"\n€", at, []byte{0, '"', '\\'}, "{1,2}")
	some.Add(nil, "", nil, nil, "{}")
	var got []string
	if err := base.App.Select(&got, `
		SELECT concat_ws('|', coalesce(n, -1), coalesce(text, 'null'), coalesce(extract(epoch FROM at), -1), coalesce(encode(raw, 'hex'), 'null'),
		       cardinality(links)) FROM unnest($1::said[] || $2::said[])`, none.String(), some.String()); err != nil {
		t.Fatal(err)
	}
	want := []string{`7|a "b", (c) \ {d} NULL` + "\n€|1792888200.000000|00225c|2", `-1||-1|null|0`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRowsRefuseWhatTheyCantWrite(t *testing.T) {
	t.Parallel()
	for what, add := range map[string]func(*postgres.Rows){
		"a row of 1 values for 2 columns": func(r *postgres.Rows) { r.Add("x") },
		"a float64 in a row":              func(r *postgres.Rows) { r.Add("x", 1.5) },
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, what) {
					t.Errorf("said %q, not %q", said, what)
				}
			}()
			add(postgres.NewRows("a text", "b text"))
		}()
	}
}
