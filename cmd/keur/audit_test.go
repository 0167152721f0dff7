package main

import (
	"strings"
	"testing"
	"time"

	"keur/internal/pgtest"
)

func TestAuditVerify(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	for range 3 {
		db.App.MustExec(`SELECT audit_append('test.done', 'tests:1', '{"n": 1}')`)
	}
	verify := []string{"audit", "verify", "--database-url", db.AppURL}
	status, out, trouble := keur(t, verify...)
	if status != exitDone || !strings.Contains(out, "whole: 3 entries") || trouble != "" {
		t.Fatalf("status %d, %s%s", status, out, trouble)
	}
	// Only the owner can, and must switch the rule off first.
	tx := db.Owner.MustBegin()
	tx.MustExec(`ALTER TABLE audit_log DISABLE TRIGGER ALL`)
	tx.MustExec(`UPDATE audit_log SET actor = 'user:99' WHERE seq = 2`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	status, out, trouble = keur(t, verify...)
	if status != exitTrouble || out != "" || !strings.Contains(trouble, "row 2 was changed") {
		t.Errorf("status %d, %s%s", status, out, trouble)
	}
}

func TestCounterSpeaksOnceASecond(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	c := &counter{out: &out, began: time.Now()}
	c.count(1)
	if out.Len() != 0 {
		t.Errorf("a short walk says %q", out.String())
	}
	c.began = c.began.Add(-2 * time.Second)
	c.count(100)
	c.count(101)
	if !strings.HasPrefix(out.String(), "100 entries checked, ") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("a long walk says %q", out.String())
	}
}
