package migrations_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/campaigns"
	"keur/changes"
	"keur/conversions/claims"
	"keur/delivery"
	"keur/internal/pgtest"
	"keur/internal/states"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/requests"
	"keur/tracking"
	"keur/webhooks"
)

// machine is a list as its trigger has it: what may follow each state, in the
// order of the alphabet, and what a new row may be.
type machine map[string][]string

func machineOf[S ~string](m states.Machine[S]) machine {
	list := machine{"new": {string(m.First)}}
	for from, next := range m.Follows {
		for _, to := range next {
			list[string(from)] = append(list[string(from)], string(to))
		}
		slices.Sort(list[string(from)])
	}
	return list
}

// machines are all of them, by table.
func machines() map[string]machine {
	return map[string]machine{
		"approval_reviews": machineOf(approval.VerdictTransitions()),
		"approval_rounds":  machineOf(approval.RoundTransitions()),
		"bounce_trays":     machineOf(tracking.TrayTransitions()),
		"change_requests":  machineOf(changes.Transitions()),
		"delivery_batches": machineOf(delivery.BatchTransitions()),
		"erasure_requests": machineOf(members.ErasureTransitions()),
		"imports":          machineOf(imports.Transitions()),
		"mailings":         machineOf(mailings.Transitions()),
		"case_claims":      machineOf(claims.Sendings()),
		"member_cases":     machineOf(claims.Transitions()),
		"requests":         machineOf(requests.Transitions()),
		"sends":            machineOf(mailings.SendTransitions()),
		"voucher_codes":    machineOf(campaigns.CodeTransitions()),
		"webhook_messages": machineOf(webhooks.Transitions()),
	}
}

// without lists the tables that have a state and no machine.
var without = map[string]string{
	"conversions":        "their networks say what they are",
	"conversion_reports": "their networks say what they are",
	"domain_records":     "DNS says what they are",
	"live_targets":       "the last check says what they are",
	"live_target_days":   "the last check of the day says what they are",
	"conversion_counts":  "counts of conversions",
	"conversion_sums":    "counts of conversions",
	"conversion_deltas":  "counts of conversions",
	"member_case_steps":  "the history of cases",
	"deliveries":         "delivery_may_become() lists theirs, which TestDeliveriesMoveForward walks",
}

// TestStatesStandTwice holds each list of Go's to the arguments of its table's
// trigger, and finds a state that has none.
func TestStatesStandTwice(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var guarded []struct{ Table, Rules string }
	if err := db.Select(&guarded, `
		SELECT relname AS table, encode(tgargs, 'escape') AS rules
		  FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
		 WHERE tgfoid = 'state_guard'::regproc AND tgenabled = 'O'`); err != nil {
		t.Fatal(err)
	}
	inTables := map[string]machine{}
	for _, g := range guarded {
		list := machine{}
		for rule := range strings.SplitSeq(strings.TrimSuffix(g.Rules, `\000`), `\000`) {
			from, next, _ := strings.Cut(rule, " > ")
			list[from] = slices.Sorted(slices.Values(strings.Fields(next)))
		}
		inTables[g.Table] = list
	}
	if diff := cmp.Diff(machines(), inTables); diff != "" {
		t.Errorf("Go (-) and the tables (+) have other lists\n%s", diff)
	}
	var tables []string
	if err := db.Select(&tables, `
		SELECT DISTINCT table_name FROM information_schema.columns
		 WHERE table_schema = 'public' AND column_name IN ('state', 'status', 'verdict') AND data_type IN ('text', 'USER-DEFINED')
		   AND table_name !~ '_[0-9]{4}_[0-9]{2}$'
		 ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if (machines()[table] == nil) == (without[table] == "") {
			t.Errorf("%s has a state: give it a machine, or a reason why it has none", table)
		}
	}
}

// TestNoOtherTransition tries each state after each other one, and as the first,
// with the application's login: what a list doesn't have is refused.
func TestNoOtherTransition(t *testing.T) {
	t.Parallel()
	for table, list := range machines() {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, table)
			for _, to := range w.states {
				w.try(list, "new", to)
				for _, from := range w.states {
					if from != to {
						w.try(list, from, to)
					}
				}
			}
		})
	}
}

// walk is a table that nothing but its state_guard binds.
type walk struct {
	t *testing.T
	pgtest.DB
	table, column string
	insert        string // a row, but for its state
	states        []string
}

func newWalk(t *testing.T, table string) *walk {
	t.Helper()
	w := &walk{t: t, DB: pgtest.Database(t), table: table, column: "state"}
	if table == "approval_reviews" {
		w.column = "verdict"
	}
	check := ""
	w.get(&check, `
		SELECT pg_get_constraintdef(oid) FROM pg_constraint
		 WHERE conrelid = $1::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%' || $2 || ' = ANY (ARRAY[%'
		   AND cardinality(conkey) = 1`, table, w.column)
	for i, part := range strings.Split(check, "'") {
		if i%2 == 1 {
			w.states = append(w.states, part)
		}
	}
	if len(w.states) < 3 {
		t.Fatalf("the states of %s can't be read from %s", table, check)
	}
	w.free()
	// A value for each column that needs one; a row is never looked at.
	w.get(&w.insert, `
		SELECT format('INSERT INTO %I (%s, %I) VALUES (%s, ', $1::text, string_agg(quote_ident(attname), ', '), $2::text,
		              string_agg(CASE WHEN attndims > 0 THEN '''{}'''
		                              WHEN format_type(atttypid, NULL) ~ '^((big|small)?int|double)' THEN '1'
		                              WHEN format_type(atttypid, NULL) ~ '^(date|timestamp)' THEN '''2026-11-24'''
		                              WHEN format_type(atttypid, NULL) = 'jsonb' THEN '''{}'''
		                              WHEN format_type(atttypid, NULL) = 'boolean' THEN 'true'
		                              ELSE '''x''' END, ', '))
		  FROM pg_attribute
		 WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND attidentity = '' AND attgenerated = ''
		   AND attname <> $2`, table, w.column)
	return w
}

func (w *walk) get(into any, query string, args ...any) {
	w.t.Helper()
	if err := w.Owner.Get(into, query, args...); err != nil {
		w.t.Fatal(err)
	}
}

// free takes away what else would refuse a row, rights that name columns too.
func (w *walk) free() {
	w.t.Helper()
	w.Owner.MustExec(fmt.Sprintf(`
		DO $$ DECLARE what text; BEGIN
			FOR what IN SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', '%[1]s', conname) FROM pg_constraint
			             WHERE conrelid = '%[1]s'::regclass AND contype IN ('c', 'f') LOOP
				EXECUTE what;
			END LOOP;
			FOR what IN SELECT format('ALTER TABLE %%I DISABLE TRIGGER %%I', '%[1]s', tgname) FROM pg_trigger
			             WHERE tgrelid = '%[1]s'::regclass AND NOT tgisinternal AND tgfoid <> 'state_guard'::regproc LOOP
				EXECUTE what;
			END LOOP;
			GRANT INSERT, UPDATE ON %[1]s TO keur_app;
		END $$`, w.table))
}

// try moves a row from a state to another, or begins one, and undoes it.
func (w *walk) try(list machine, from, to string) {
	w.t.Helper()
	if from != "new" {
		// As it got there is none of our concern.
		pgtest.Unguarded(w.t, w.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(fmt.Sprintf(`DELETE FROM %s`, w.table))
			tx.MustExec(w.insert+`$1)`, from)
		})
	}
	err := w.move(from, to)
	switch allowed := slices.Contains(list[from], to); {
	case allowed && err != nil:
		w.t.Errorf("%s may follow %s, and the table says %v", to, from, err)
	case !allowed && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("what is %s can't become %s", from, to))):
		w.t.Errorf("%s may not follow %s, and the table says %v", to, from, err)
	}
}

func (w *walk) move(from, to string) error {
	tx, err := w.App.Beginx()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if from == "new" {
		_, err = tx.Exec(w.insert+`$1)`, to)
		return err
	}
	result, err := tx.Exec(fmt.Sprintf(`UPDATE %s SET %s = $1`, w.table, w.column), to)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%d rows were there, %v", n, err)
	}
	return nil
}
