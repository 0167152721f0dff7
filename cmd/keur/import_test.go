package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/internal/pgtest"
)

func TestImportMembers(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	pgtest.Label(t, db.Owner, "nl")
	folder := t.TempDir()
	file, rejects := filepath.Join(folder, "members.csv"), filepath.Join(folder, "rejects.csv")
	if err := os.WriteFile(file, []byte("E-mailadres;Voornaam;Punten;Vreemd\njan@x.nl;Jan;1,5;a\nniemand;;;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(stdin string, args ...string) (status int, out, trouble string) {
		var stdout, stderr bytes.Buffer
		args = append([]string{"import", "members", "--label", "nl", "--database-url", db.AppURL, "--secret",
			pgtest.Secret}, args...)
		status = run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}
	proof := []string{"--consent-text", "Ja", "--consent-source", "shop", "--consent-at", "2026-01-02 10:00"}
	status, out, trouble := command("", append(proof, "--file", file, "--types", "punten=number", "--rejects", rejects)...)
	if status != exitDone || !strings.Contains(out, "1  new members of the label\n") ||
		!strings.Contains(out, "1  rows not imported\n") || strings.Contains(out, "consent") {
		t.Errorf("status %d: %s%s", status, out, trouble)
	}
	for _, want := range []string{"E-mailadres              → email\n", "→ punten (number, a new attribute)",
		"Vreemd                   is left out"} {
		if !strings.Contains(trouble, want) {
			t.Errorf("it doesn't show %q: %s", want, trouble)
		}
	}
	if kept, err := os.ReadFile(rejects); err != nil ||
		string(kept) != "row,column,reason,E-mailadres,Voornaam,Punten,Vreemd\n3,E-mailadres,the address has no @,niemand,,,\n" {
		t.Errorf("rejects: %s, %v", kept, err)
	}
	for _, c := range []struct {
		stdin string
		args  []string
		says  string
	}{
		{"mail\nbo@x.nl\n", []string{"--file", "-", "--dry-run"}, "dry run, nothing kept: 1 rows"},
		{"mail\nbo@x.nl\n", []string{"--file", "-"}, "1  members who can't be mailed"},
		{"naam\nbo\n", []string{"--file", "-"}, `the first line has "naam"`},
		{"wie\nbo@x.nl\n", []string{"--file", "-", "--map", "email=wie"}, "1  members as they were"},
		{"mail\nbo@x.nl\n", []string{"--file", "-", "--consent-text", "Ja"}, "--consent-at must say"},
		{"", []string{"--file", filepath.Join(folder, "none.csv")}, "can't be read"},
	} {
		if _, out, trouble := command(c.stdin, c.args...); !strings.Contains(out+trouble, c.says) {
			t.Errorf("%q: %s%s", c.args, out, trouble)
		}
	}
}
