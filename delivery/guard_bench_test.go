//go:build bench

package delivery_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"keur/internal/benchtest"
	"keur/internal/pgtest"
)

// What TestBenchGuard compares: no guard, the ledger's own, and one by statement.
var guards = map[string]string{
	"no guard":         `SELECT 1`,
	"the guard by row": `SELECT copy_triggers('ledger')`,
	"the guard by row, and who acts": `SELECT copy_triggers('ledger');
		CREATE TRIGGER proven BEFORE UPDATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION program_writes()`,
	"by statement": `
		CREATE FUNCTION by_statement() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
		BEGIN
		  IF EXISTS (SELECT FROM was o JOIN now n USING (send_month, send_id, member_id)
		              WHERE NOT delivery_may_become(o.state, n.state) OR o.part <> n.part OR o.attempts > n.attempts) THEN
		    RAISE EXCEPTION 'refused';
		  END IF;
		  RETURN NULL;
		END $$;
		CREATE TRIGGER guard AFTER UPDATE ON ledger REFERENCING OLD TABLE AS was NEW TABLE AS now
		  FOR EACH STATEMENT EXECUTE FUNCTION by_statement()`,
}

// TestBenchGuard measures what guarding costs PostgreSQL for a mail's intent and
// outcome, in rounds of 13 as a worker of 16 connections has them.
func TestBenchGuard(t *testing.T) {
	const rows, round = 13_000, 13
	owner := pgtest.Database(t).Owner
	owner.SetMaxOpenConns(1)
	b := benchtest.New(t, owner)
	word := "a word of the program's alone"
	owner.MustExec(`SELECT prove_connection($1, $2, $3)`, "system:delivery", word,
		pgtest.Key().MAC("connection", fmt.Sprint(pgtest.Count(t, owner, `SELECT pg_backend_pid()`)), "system:delivery", word))
	spent := processor(t, pgtest.Count(t, owner, `SELECT pg_backend_pid()`))
	owner.MustExec(`SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan;
		CREATE FUNCTION copy_triggers(p_to text) RETURNS void LANGUAGE plpgsql AS $$
		DECLARE definition text;
		BEGIN
		  FOR definition IN SELECT replace(pg_get_triggerdef(oid), ' ON public.deliveries ', format(' ON %I ', p_to)) FROM pg_trigger
		                     WHERE tgrelid = 'deliveries'::regclass AND tgfoid = 'delivery_guard'::regproc LOOP
		    EXECUTE definition;
		  END LOOP;
		END $$`)
	f := b.Repeat(5, func() map[string]float64 {
		each := map[string]float64{}
		for name, guard := range guards {
			owner.MustExec(`
				DROP TABLE IF EXISTS ledger; DROP FUNCTION IF EXISTS by_statement();
				CREATE TABLE ledger (LIKE deliveries INCLUDING DEFAULTS INCLUDING INDEXES) WITH (fillfactor = 25)`)
			owner.MustExec(guard)
			owner.MustExec(`INSERT INTO ledger (send_month, send_id, member_id) SELECT '2026-11-01', 1, m FROM generate_series(1, $1::int) m`, rows)
			owner.MustExec(`ANALYZE ledger`)
			move, err := owner.Preparex(`
				UPDATE ledger d SET state = $3::text::delivery_state, attempts = 1, changed_at = now()
				  FROM (SELECT m FROM generate_series($1::bigint, $2::bigint) m OFFSET 0) u
				 WHERE d.send_month = '2026-11-01' AND d.send_id = 1 AND d.member_id = u.m`)
			if err != nil {
				t.Fatal(err)
			}
			before := spent()
			for first := 1; first <= rows; first += round {
				for _, state := range []string{"sending", "sent"} {
					move.MustExec(first, first+round-1, state)
				}
			}
			each[name] = float64(spent()-before) / rows / float64(time.Microsecond)
			if err := move.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return each
	})
	for name := range guards {
		b.Target("a mail's two changes, "+name, f[name], benchtest.AtMost(100), "µs")
	}
	if f["the guard by row"].Median >= f["by statement"].Median {
		t.Error("a guard by statement costs less")
	}
}

// processor returns what tells how long a process has had a processor.
func processor(t *testing.T, pid int) func() time.Duration {
	return func() time.Duration {
		t.Helper()
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			t.Fatal(err)
		}
		var ns int64
		if _, err := fmt.Sscan(strings.Fields(string(raw))[0], &ns); err != nil {
			t.Fatal(err)
		}
		return time.Duration(ns)
	}
}
