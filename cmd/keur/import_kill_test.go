package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/internal/proctest"
)

// TestImportIsKilled kills an import before anything is in and again when the
// first rows are, and lets a third process come to the end.
func TestImportIsKilled(t *testing.T) {
	t.Parallel()
	const rows, bad = 60_000, 400
	db := pgtest.Database(t)
	pgtest.Label(t, db.Owner, "nl")
	folder := t.TempDir()
	file, rejects := filepath.Join(folder, "members.csv"), filepath.Join(folder, "rejects.csv")
	writeMembers(t, file, rows, bad)
	args := []string{
		"import", "members", "--label", "nl", "--database-url", db.AppURL, "--secret", pgtest.Secret, "--file", file,
		"--rejects", rejects,
		"--consent-text", "Ja", "--consent-source", "shop", "--consent-at", "2026-01-02 10:00",
	}
	for _, reached := range []string{`SELECT count(*) = 1 FROM imports`, `SELECT rows_done > 0 FROM imports`} {
		cmd := proctest.Command(nil, args...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pgtest.Await(t, db.App, reached)
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil {
			t.Fatalf("it ended before it was killed: %s", said.String())
		}
	}
	// A dead process's last statement may still be running, and then says so.
	status, out, trouble := keur(t, args...)
	for deadline := time.Now().Add(time.Minute); strings.Contains(trouble, "is being imported") && time.Now().Before(deadline); {
		status, out, trouble = keur(t, args...)
	}
	if status != exitDone || !strings.Contains(trouble, "going on with import 1\n") ||
		!strings.Contains(out, fmt.Sprintf("%10d  new members of the label\n", rows-bad)) {
		t.Fatalf("status %d: %s%s", status, out, trouble)
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM imports WHERE state = 'finished'`: 1,
		`SELECT count(*) FROM members`:                          rows - bad,
		`SELECT count(*) FROM memberships WHERE mail_consent`:   rows - bad,
		`SELECT count(*) FROM consents`:                         rows - bad,
		`SELECT count(*) FROM import_rejects`:                   bad,
		`SELECT rows_done FROM imports`:                         rows,
	} {
		if n := pgtest.Count(t, db.App, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	kept, err := os.Open(rejects)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	lines, err := csv.NewReader(kept).ReadAll()
	if err != nil || len(lines) != bad+1 {
		t.Errorf("%d lines of rejects, %v", len(lines), err)
	}
}

// writeMembers writes a file of rows, of which bad have no address.
func writeMembers(t *testing.T, file string, rows, bad int) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "email;plaats")
	for i := range rows {
		if i%(rows/bad) == 0 {
			fmt.Fprintln(w, "nobody;Breda")
			continue
		}
		fmt.Fprintf(w, "member%d@x.nl;Breda\n", i)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
