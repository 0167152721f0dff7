package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/internal/pgtest"

	"github.com/jmoiron/sqlx"
)

func TestAuditVerify(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	verify := func(status int, says string, args ...string) string {
		t.Helper()
		got, out, trouble := keur(t, append([]string{"audit", "verify", "--database-url", db.AppURL}, args...)...)
		if got != status || !strings.Contains(out+trouble, says) || (status == exitDone) != (trouble == "") {
			t.Errorf("%q: status %d, %s%s", args, got, out, trouble)
		}
		return out
	}
	// Only the owner can, and must switch a rule off first.
	tamper := func(sql string) {
		t.Helper()
		tx := db.Owner.MustBegin()
		tx.MustExec(`ALTER TABLE audit_log DISABLE TRIGGER ALL`)
		tx.MustExec(sql)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	first := pgtest.Count(t, db.Owner, `SELECT count(*) FROM audit_log`) // what the schema itself put down
	whole := func(n int) string { return fmt.Sprintf("whole: %d entries", first+n) }
	verify(exitDone, whole(0))
	for range 3 {
		db.Owner.MustExec(`SELECT audit_append('test.done', 'tests:1', '{"n": 1}')`)
	}
	out := verify(exitDone, whole(3))
	kept := regexp.MustCompile(`\d+:[0-9a-f]{64}`).FindString(out)
	verify(exitDone, whole(3), "--kept", kept)
	verify(exitDone, whole(3), "--kept", strings.ToUpper(kept))
	verify(exitTrouble, "not the one that entry 2", "--kept", "2"+kept[1:])
	for _, wrong := range []string{"3", "0" + kept[1:], kept + "00", "3:xyz", ""} {
		verify(exitUsage, "number of an entry", "--kept", wrong)
	}

	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`INSERT INTO users (email, name) VALUES ('x@y.nl', 'X')`) })
	verify(exitTrouble, "users:1 is there, and nobody is on the trail for it")
	verify(exitTrouble, "in 1 places")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM users`) })

	tamper(fmt.Sprintf(`DELETE FROM audit_log WHERE seq = %d`, first+3)) // an end cut off leaves a chain
	verify(exitDone, whole(2))
	verify(exitTrouble, fmt.Sprintf("not the one that entry %d", first+3), "--kept", kept)
	tamper(`UPDATE audit_log SET actor = 'user:99' WHERE seq = 2`)
	verify(exitTrouble, "row 2 was changed")
	tamper(`DELETE FROM audit_log WHERE seq = 1`)
	verify(exitTrouble, "row 1 is missing")
}

func TestAWalkSpeaksOnceASecond(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w := &walk{out: &out, began: time.Now()}
	w.step(approval.Entry{Seq: 1})
	if out.Len() != 0 {
		t.Errorf("a short walk says %q", out.String())
	}
	w.began = w.began.Add(-2 * time.Second)
	w.step(approval.Entry{Seq: 100})
	w.step(approval.Entry{Seq: 101})
	if !strings.HasPrefix(out.String(), "100 entries checked, ") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("a long walk says %q", out.String())
	}
}
