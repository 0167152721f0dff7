package api

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
)

// leave are the columns that a bare login changes, and the tables of which it
// changes whatever it may, with why that is harmless or no more than in the way.
var leave = map[string]string{}

// removed are the tables from which a bare login takes rows away.
var removed = map[string]string{}

// added are the tables into which a bare login puts a row like one that is there.
var added = map[string]string{}

// byRow are the tables of which a statement that meets no row isn't refused, with
// what looks at each row. All others ask who acts before they look at any, so
// that it doesn't matter which rows there are.
var byRow = map[string]string{
	"token_keys": "minted(): the program's own MAC, before there is anybody",
}

// refusedToBare are statements that want more than one column, or of which a table
// has no row here, and what refuses each.
var refusedToBare = map[string]string{
	`DELETE FROM suppressions`:     "a proof of who you are",
	`DELETE FROM suppression_list`: "a proof of who you are",
	`UPDATE members SET address = 'a@evil.example', address_key = 'a@evil.example' WHERE id = 1`:                  "a proof of who you are",
	`INSERT INTO address_links (member_id) VALUES (1)`:                                                            "a proof of who you are",
	`INSERT INTO signups (label_id) VALUES (1)`:                                                                   "a proof of who you are",
	`INSERT INTO signup_texts (label_id, version, mail) VALUES (1, 1, 'x')`:                                       "a proof of who you are",
	`INSERT INTO request_links (request_id, address, token_hash, expires_at) VALUES (1, 'a@x.nl', '', now())`:     "a proof of who you are",
	`INSERT INTO deliveries (send_month, send_id, member_id) SELECT month, id, 1 FROM sends`:                      "a proof of who you are",
	`UPDATE deliveries SET state = 'sent'`:                                                                        "a proof of who you are",
	`SELECT set_config('keur.connection', 'any word', true); UPDATE deliveries SET state = 'sending'`:             "a proof of who you are",
	`SELECT prove_connection('system:delivery', 'a word that is as long as those of the program', sha256('x'))`:   "a proof of who you are",
	`INSERT INTO proven_connections VALUES (pg_backend_pid(), 'any word', 'user:1')`:                              "permission denied",
	`SELECT word FROM proven_connections`:                                                                         "permission denied",
	`UPDATE sends SET state = 'freezing'`:                                                                         "a proof of who you are",
	`UPDATE sends SET state = 'cancelled'`:                                                                        "a proof of who you are",
	`INSERT INTO delivery_batches SELECT * FROM delivery_batches`:                                                 "a proof of who you are",
	`INSERT INTO events (send_month, send_id, member_id, at, kind) SELECT month, id, 1, now(), 'open' FROM sends`: "a proof of who you are",
	`UPDATE engagements SET clicks = 9`:                                                                           "a proof of who you are",
	`INSERT INTO behaviours VALUES (1, 'open', 1, '2026-11-24', 1, 0, 1)`:                                         "a proof of who you are",
	`SELECT record_engagements('{}', '{}', '{}', '{}')`:                                                           "a proof of who you are",
	`UPDATE last_engagements SET day = '2026-11-24'`:                                                              "a proof of who you are",
	`UPDATE outcome_counts SET n = 9`:                                                                             "a proof of who you are",
	`INSERT INTO conversions DEFAULT VALUES`:                                                                      "a proof of who you are",
	`INSERT INTO network_listings DEFAULT VALUES`:                                                                 "a proof of who you are",
	`INSERT INTO live_targets DEFAULT VALUES`:                                                                     "a proof of who you are",
	`UPDATE live_targets SET state = 'works'`:                                                                     "a proof of who you are",
	`DELETE FROM live_target_uses`:                                                                                "a proof of who you are",
	`INSERT INTO live_target_days DEFAULT VALUES`:                                                                 "a proof of who you are",
	`UPDATE live_hosts SET turn = 0`:                                                                              "a proof of who you are",
	`INSERT INTO advertiser_sites DEFAULT VALUES`:                                                                 "a proof of who you are",
	`INSERT INTO network_news DEFAULT VALUES`:                                                                     "a proof of who you are",
	`INSERT INTO network_news_reads DEFAULT VALUES`:                                                               "a proof of who you are",
	`INSERT INTO network_items DEFAULT VALUES`:                                                                    "a proof of who you are",
	`UPDATE network_terms SET ended_at = now()`:                                                                   "a proof of who you are",
	`UPDATE token_keys SET retired_at = now()`:                                                                    "permission denied",
	`UPDATE conversion_deltas SET commission_minor = 1`:                                                           "permission denied",
	`INSERT INTO template_versions (template_id, version, format, source) VALUES (1, 9, 'html', 'casino')`:        "a proof of who you are",
	`UPDATE campaigns SET name = 'casino'`:                                                                        "a proof of who you are",
	`INSERT INTO creatives (hash, bytes, type, width, height) VALUES (sha256('x'), 'x', 'image/png', 1, 1)`:       "a proof of who you are",
}

// refusedToTheProgram are statements that not even the program gets done, and what
// refuses each.
var refusedToTheProgram = map[string]string{
	`UPDATE memberships SET label_id = label_id + 1`:                                                       "stays that of its member",
	`UPDATE approval_rounds SET closed_at = closed_at - interval '1 day'`:                                  "can't be changed",
	`UPDATE sends SET waterfall = '{}'`:                                                                    "can't be changed",
	`UPDATE sends SET finished_at = now()`:                                                                 "can't be changed",
	`DELETE FROM suppressions`:                                                                             "a proof of who you are",
	`INSERT INTO template_versions (template_id, version, format, source) VALUES (1, 9, 'html', 'casino')`: "a proof of who you are",
}

// column is a column of a table, and what the application's login may do with it.
type column struct {
	Table  string `db:"t"`
	Name   string `db:"c"`
	Type   string `db:"type"`
	Reads  bool   `db:"reads"`
	Writes bool   `db:"writes"`
	Adds   bool   `db:"adds"`
	Unique bool   `db:"uniq"`
	Words  string `db:"words"` // that constraints on it name
}

// slot is an attribute's place in memberships; those of one letter are alike.
var otherSlot = regexp.MustCompile(`^[a-z]([2-9]|\d\d)$`)

// values are what a column is set to, of which one at least is another than it has.
func (c column) values() []string {
	as := []string{"NULL"}
	switch {
	case c.Type == "boolean":
		as = append(as, fmt.Sprintf(`NOT coalesce(%q, false)`, c.Name))
	case strings.HasPrefix(c.Type, "timestamp"):
		as = append(as, fmt.Sprintf(`coalesce(%q, now()) - interval '30 days'`, c.Name), fmt.Sprintf(`coalesce(%q, now()) + interval '30 days'`, c.Name))
	case c.Type == "date":
		as = append(as, fmt.Sprintf(`coalesce(%q, current_date) + 1`, c.Name))
	case c.Type == "jsonb":
		as = append(as, `'{}'`, `'[]'`)
	case c.Type == "bytea":
		as = append(as, `sha256('x')`)
	case c.Type == "smallint", c.Type == "integer", c.Type == "bigint":
		as = append(as, fmt.Sprintf(`coalesce(%q, 0) + 1`, c.Name), fmt.Sprintf(`coalesce(%q, 2) - 1`, c.Name))
	case c.Type == "uuid":
		as = append(as, `gen_random_uuid()`)
	case strings.HasSuffix(c.Type, "[]"):
		as = append(as, `'{}'`, `'{1}'`)
	default:
		as = append(as, `'x'`, `'a@b.example'`)
	}
	for _, word := range strings.Fields(c.Words) {
		as = append(as, "'"+word+"'")
	}
	return as
}

// TestABareLoginWritesNothingThatCounts walks every column that the application's
// login may write, as whoever has it and psql, no session, no token, no link and
// not the program's key, and so as nobody. What it gets done is on a list that says why it may.
func TestABareLoginWritesNothingThatCounts(t *testing.T) {
	t.Parallel()
	o, _ := walled(t)
	o.tick("/mailings/1", slotAt)
	o.db.Owner.MustExec(`INSERT INTO suppressions (member_id, reason) VALUES (1, 'complaint')`)
	o.db.Owner.MustExec(`DELETE FROM moved_clock`) // which lets tests say what time it is
	var columns []column
	if err := o.db.Owner.Select(&columns, `
		SELECT c.relname AS t, a.attname AS c, format_type(a.atttypid, NULL) AS type,
		       has_column_privilege('keur_app', c.oid, a.attnum, 'select') AS reads,
		       has_column_privilege('keur_app', c.oid, a.attnum, 'update') AS writes,
		       has_column_privilege('keur_app', c.oid, a.attnum, 'insert') AND a.attidentity = '' AND a.attgenerated = '' AS adds,
		       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey))
		         AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) AS uniq,
		       coalesce((SELECT string_agg(DISTINCT w[1], ' ') FROM pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([a-z_]+)''', 'g') w
		                  WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)), '')
		         || coalesce((SELECT ' ' || string_agg(enumlabel, ' ') FROM pg_enum WHERE enumtypid = a.atttypid), '') AS words
		  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		 ORDER BY c.relname, a.attnum`); err != nil {
		t.Fatal(err)
	}
	of := map[string][]column{}
	for _, c := range columns {
		of[c.Table] = append(of[c.Table], c)
	}
	tx := o.db.App.MustBegin()
	defer func() { _ = tx.Rollback() }()
	wrote, took, put := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, table := range slices.Sorted(maps.Keys(of)) {
		for _, c := range of[table] {
			if !c.Writes || table == "memberships" && otherSlot.MatchString(c.Name) {
				continue
			}
			for _, v := range c.values() {
				if tried(tx, c, fmt.Sprintf(`UPDATE %s SET %q = %s`, table, c.Name, v)) {
					wrote[table+"."+c.Name] = true
					break
				}
			}
		}
		took[table] = tried(tx, column{}, `DELETE FROM `+table)
		asks(t, tx, table, of[table])
		put[table] = tried(tx, column{}, like(of[table]))
	}
	refuses(t, tx, refusedToBare)
	compare(t, "writes", leave, wrote)
	compare(t, "takes rows from", removed, took)
	compare(t, "adds rows to", added, put)
	now := fmt.Sprint(time.Now().Unix())
	tx.MustExec(`SELECT act('system:scheduler', 'process', $1)`, fmt.Sprintf("%s %x", now, pgtest.Key().MAC("act", "system:scheduler", now)))
	refuses(t, tx, refusedToTheProgram)
}

// asks holds a table to refusing each statement that writes it before it meets a
// row, unless it is on the list of those that look at rows.
func asks(t *testing.T, tx *sqlx.Tx, table string, columns []column) {
	t.Helper()
	var statements []string
	for _, c := range columns {
		if c.Writes && len(statements) == 0 {
			statements = append(statements, fmt.Sprintf(`UPDATE %s SET %q = DEFAULT WHERE false`, table, c.Name))
		}
	}
	for _, c := range columns {
		if c.Adds {
			statements = append(statements, fmt.Sprintf(`INSERT INTO %s (%q) SELECT NULL::%s WHERE false`, table, c.Name, c.Type))
			break
		}
	}
	statements = append(statements, fmt.Sprintf(`DELETE FROM %s WHERE false`, table))
	for _, statement := range statements {
		tx.MustExec(`SAVEPOINT before`)
		_, err := tx.Exec(statement)
		tx.MustExec(`ROLLBACK TO before`)
		said := fmt.Sprint(err)
		if byRow[table] == "" && !strings.Contains(said, "a proof of who you are") && !strings.Contains(said, "permission denied") {
			t.Errorf("%s asks for no proof: %v. Give the table a trigger of program_writes()", statement, err)
		}
	}
}

// refuses tries each statement, which is to fail with its words.
func refuses(t *testing.T, tx *sqlx.Tx, statements map[string]string) {
	t.Helper()
	for statement, want := range statements {
		tx.MustExec(`SAVEPOINT before`)
		if _, err := tx.Exec(statement); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", statement, err)
		}
		tx.MustExec(`ROLLBACK TO before`)
	}
}

// tried reports whether a statement changes something, down to what is looked at
// when its transaction ends, and takes it back.
func tried(tx *sqlx.Tx, c column, statement string) (done bool) {
	look := func() (all string) {
		if c.Reads {
			_ = tx.Get(&all, fmt.Sprintf(`SELECT coalesce(string_agg(coalesce(%q::text, '~'), ',' ORDER BY %[1]q), '') FROM %[2]s`, c.Name, c.Table))
		}
		return all
	}
	tx.MustExec(`SAVEPOINT before`)
	was := look()
	if result, err := tx.Exec(statement); err == nil {
		n, _ := result.RowsAffected()
		_, err = tx.Exec(`SET CONSTRAINTS ALL IMMEDIATE`)
		done = err == nil && n > 0 && (!c.Reads || look() != was)
	}
	tx.MustExec(`ROLLBACK TO before; SET CONSTRAINTS ALL DEFERRED`)
	return done
}

// like adds a row that is as another one, but for what is unique.
func like(columns []column) string {
	var names, values []string
	for _, c := range columns {
		if !c.Adds || c.Type == "xid8" {
			continue
		}
		value := fmt.Sprintf("%q", c.Name)
		switch {
		case !c.Reads:
			value = `sha256('x')`
		case !c.Unique:
		case c.Type == "text":
			value += ` || 'x'`
		case c.Type == "bytea":
			value = `sha256(` + value + `)`
		case c.Type == "smallint", c.Type == "integer", c.Type == "bigint":
			value += ` + 100`
		}
		names, values = append(names, fmt.Sprintf("%q", c.Name)), append(values, value)
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %[1]s LIMIT 1`, columns[0].Table, strings.Join(names, ", "), strings.Join(values, ", "))
}

// compare holds what was done to a list, of which each is a column or a table.
func compare(t *testing.T, does string, list map[string]string, done map[string]bool) {
	t.Helper()
	met := map[string]bool{}
	for what, is := range done {
		table, _, _ := strings.Cut(what, ".")
		switch {
		case !is:
		case list[what] != "":
			met[what] = true
		case list[table] != "":
			met[table] = true
		default:
			t.Errorf("a bare login %s %s: refuse it, or say here why it may", does, what)
		}
	}
	for what := range list {
		if !met[what] {
			t.Errorf("a bare login %s %s no more, or what is there says nothing: take it from the list", does, what)
		}
	}
}
