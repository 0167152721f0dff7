package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

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

func TestLinesArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	base.Owner.MustExec(`
		CREATE TABLE said (n bigint, id bigint, text text, yes boolean, said boolean, raw bytea, at timestamptz, later timestamptz);
		GRANT SELECT, INSERT ON said TO keur_app`)
	no, at := false, time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.FixedZone("", 3600))
	var lines postgres.Lines
	lines.Int(-7)
	lines.ID(8)
	lines.Text("a\tb\nc\rd\\e \\N €")
	lines.Bool(true)
	lines.MaybeBool(&no)
	lines.Bytes([]byte{0, 0xff, '\\'})
	lines.Moment(at)
	lines.MaybeMoment(&at)
	lines.End()
	lines.Int(0)
	lines.ID(0)
	lines.Text("")
	lines.Bool(false)
	lines.MaybeBool(nil)
	lines.Bytes(nil)
	lines.Moment(at)
	lines.MaybeMoment(nil)
	lines.End()
	conn, err := base.App.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	columns := []string{"n", "id", "text", "yes", "said", "raw", "at", "later"}
	if err := postgres.InTx(t.Context(), conn, func(*sqlx.Tx) error {
		return postgres.CopyLines(t.Context(), conn, "said", columns, &lines)
	}); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := base.Owner.Select(&got, `
		SELECT concat_ws('|', n, coalesce(id, -1), text, yes, coalesce(said::text, 'null'), encode(raw, 'hex'), extract(epoch FROM at),
		       coalesce(extract(epoch FROM later), -1)) FROM said ORDER BY n`); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"-7|8|a\tb\nc\rd\\e \\N €|t|false|00ff5c|1774744200.123456|1774744200.123456", "0|-1||f|null||1774744200.123456|-1",
	}
	if d := cmp.Diff(want, got); d != "" {
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
