package anchors_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/anchors"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
)

// Whatever the owner does to a governed table with the rules off is found: a
// row more, a row less, and another value in any column but those that change on
// their own.
func TestNoGovernedRowIsRewrittenUnseen(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 3)
	w.Approved(t, w.Brief(t, slot))
	var tables []string
	if err := db.Owner.Select(&tables, `SELECT name FROM governed_tables() ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		tx := db.Owner.MustBegin()
		columns := unrule(t, tx, table)
		for what, sql := range tries(table, columns) {
			tx.MustExec(`SAVEPOINT before`)
			if done, err := tx.Exec(sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			} else if n, err := done.RowsAffected(); err != nil || n != 1 {
				t.Fatalf("%s: %d rows, %v", sql, n, err)
			}
			if found, err := anchors.Differences(t.Context(), tx, table); err != nil || len(found) == 0 {
				t.Errorf("%s: %s isn't found, %v", table, what, err)
			}
			tx.MustExec(`ROLLBACK TO before`)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// column is one of a governed table that can be written.
type column struct {
	Name, Other, Some string // SQL: Other is another value than what it is, Some is any
	Noise             bool
}

// unrule takes all rules from a table until the end of the transaction, has one
// row in it at least, which the trail tells, and returns its columns.
func unrule(t *testing.T, tx *sqlx.Tx, table string) (columns []column) {
	t.Helper()
	if err := tx.Select(&columns, `
		SELECT quote_ident(a.attname) AS name, a.attname = ANY (g.noise) AS noise, v.some,
		       format(CASE t.typcategory WHEN 'N' THEN '%1$I + 1' WHEN 'B' THEN 'NOT %1$I' WHEN 'D' THEN '%1$I + interval ''25 hours'''
		                WHEN 'S' THEN '%1$I || ''x''' WHEN 'V' THEN '~%1$I'
		                ELSE CASE t.typname WHEN 'bytea' THEN 'sha256(%1$I)' WHEN 'jsonb' THEN 'jsonb_build_array(%1$I)'
		                  WHEN 'uuid' THEN 'gen_random_uuid()' ELSE 'NULL' END END,
		              a.attname) AS other
		  FROM governed_tables() g JOIN pg_attribute a ON a.attrelid = g.name::regclass JOIN pg_type t ON t.oid = a.atttypid,
		       LATERAL (SELECT CASE t.typcategory WHEN 'B' THEN 'true' WHEN 'A' THEN '''{}''::' || format_type(t.oid, NULL) WHEN 'V' THEN 'repeat(''0'', 2048)::bit(2048)'
		                         WHEN 'D' THEN CASE t.typname WHEN 'time' THEN '''10:00''' ELSE '''2026-01-01''' END
		                         ELSE CASE t.typname WHEN 'uuid' THEN 'gen_random_uuid()' ELSE '''1''' END END AS some) v
		 WHERE g.name = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		 ORDER BY a.attnum`, table); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`SELECT format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I CASCADE', $1::text, conname)
		   FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('c', 'p', 'u', 'f')`,
		`SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid = $1::regclass AND indisunique`,
		`SELECT format('ALTER TABLE %I ALTER %I DROP NOT NULL', $1::text, attname) FROM pg_attribute
		  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''`,
		`SELECT format('ALTER TABLE %I ALTER %I DROP IDENTITY', $1::text, attname) FROM pg_attribute
		  WHERE attrelid = $1::regclass AND attidentity <> ''`,
		`SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger
		  WHERE tgrelid = $1::regclass AND tgfoid IN ('audit_row'::regproc, 'audit_set'::regproc) OR tgname = 'audit_pending_chain'`,
	} {
		var statements []string
		if err := tx.Select(&statements, sql, table); err != nil {
			t.Fatal(err)
		}
		tx.MustExec(strings.Join(statements, ";"))
	}
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	if pgtest.Count(t, tx, `SELECT count(*) FROM `+table) == 0 {
		names, values := []string{}, []string{}
		for _, c := range columns {
			names, values = append(names, c.Name), append(values, c.Some)
		}
		tx.MustExec(fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(names, ", "), strings.Join(values, ", ")))
		tx.MustExec(`SET CONSTRAINTS ALL IMMEDIATE`)
	}
	tx.MustExec(`ALTER TABLE ` + table + ` DISABLE TRIGGER ALL`)
	if found, err := anchors.Differences(t.Context(), tx, table); err != nil || len(found) > 0 {
		t.Errorf("%s: an honest table: %q, %v", table, found, err)
	}
	return columns
}

// tries returns all that can be done to one row.
func tries(table string, columns []column) map[string]string {
	one := `WHERE ctid = (SELECT ctid FROM ` + table + ` LIMIT 1)`
	found := map[string]string{"a row less": `DELETE FROM ` + table + ` ` + one}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
		if !c.Noise {
			found["another "+c.Name] = fmt.Sprintf(`UPDATE %s SET %s = CASE WHEN %[2]s IS NULL THEN %[3]s ELSE %[4]s END %[5]s`,
				table, c.Name, c.Some, c.Other, one)
		}
	}
	all := strings.Join(names, ", ")
	found["a row more"] = fmt.Sprintf(`INSERT INTO %s (%[2]s) SELECT %[2]s FROM %[1]s %[3]s`, table, all, one)
	return found
}
