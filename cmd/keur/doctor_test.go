package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/hunspell/hunspelltest"
	"keur/internal/pgtest"
)

// nothing is DNS without a record.
type nothing struct{}

func (nothing) answer(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (n nothing) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, n.answer(name)
}
func (n nothing) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, n.answer(name)
}
func (n nothing) LookupAddr(_ context.Context, address string) ([]string, error) {
	return nil, n.answer(address)
}
func (n nothing) LookupHost(_ context.Context, name string) ([]string, error) {
	return nil, n.answer(name)
}

// A doctor says what is fine and what to mend, and changes nothing.
func TestTheDoctorLooksAtEverything(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	label := pgtest.Label(t, db.Owner, "nl")
	see := func(c doctorCommand) (string, error) {
		var out bytes.Buffer
		settings := &Settings{DatabaseURL: db.AppURL, Secret: pgtest.Secret, Connections: 20, DataDir: t.TempDir()}
		err := c.Run(t.Context(), settings, console{out: &out}, slog.New(slog.DiscardHandler))
		return out.String(), err
	}
	wants := func(out string, lines ...string) {
		t.Helper()
		for _, line := range lines {
			if !strings.Contains(out, line) {
				t.Errorf("doesn't say %q:\n%s", line, out)
			}
		}
	}
	out, err := see(doctorCommand{dns: nothing{}, hunspell: hunspelltest.New(t, `{"nl_NL": {}, "de_DE": {}, "en_US": {}}`).Program})
	if err != nil && !strings.Contains(out, "synchronous_commit is off") { // as tests have it
		t.Errorf("nothing to mend yet: %v", err)
	}
	wants(out, "ok      version ", "ok      its clock and this machine's agree", "better  0 admin", "better  no scheduler has run yet",
		"Label Acties (nl)", "better  no SMTP route", "ok      spelling is checked in nl, de, en")
	for says, program := range map[string]string{
		"-       spelling: hunspell has no dictionary of the language: nl, en; on Debian":  hunspelltest.New(t, `{"de_DE": {}}`).Program,
		"-       spelling: hunspell isn't installed; on Debian: apt-get install hunspell ": "/nowhere/hunspell",
	} {
		out, _ = see(doctorCommand{Offline: true, hunspell: program})
		wants(out, says)
	}

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	_ = closed.Close()
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO duties (name, finished_at, error) VALUES ('freeze', now() - interval '1 hour', 'the disk is full')`)
		tx.MustExec(`WITH r AS (INSERT INTO smtp_routes (name, host, port, tls) VALUES ('relay', '127.0.0.1', $1, 'none') RETURNING id)
			UPDATE labels SET smtp_route_id = r.id FROM r WHERE labels.id = $2`, port, label)
	})
	out, err = see(doctorCommand{dns: nothing{}})
	if err == nil {
		t.Error("there is something to mend")
	}
	wants(out, "MEND    no scheduler runs", "MEND    freeze: the disk is full", "MEND    its mail server relay fails at ",
		"MEND    A     label.example: links lead nowhere", "MEND    SPF   bounce.label.example", "v=spf1 include:… -all")
	out, err = see(doctorCommand{Offline: true})
	if err == nil || strings.Contains(out, "SPF") || strings.Contains(out, "its mail server") {
		t.Errorf("offline: %v\n%s", err, out)
	}
}
