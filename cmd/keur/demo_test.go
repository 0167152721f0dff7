package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"keur/internal/pgtest"
	"keur/reports"
)

// TestDemo is the main line: CSV, segment, mailing, three approvals, slot,
// SMTP, click, outcome. The demo itself fails if a rule can be bypassed, or if
// what is counted isn't what its crowd did.
func TestDemo(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	const any = "127.0.0.1:0"
	status, out, trouble := keur(t, "demo", "--once", "--members=500", "--weeks=1", "--database-url", db.AppURL,
		"--secret="+pgtest.Secret,
		"--data-dir", t.TempDir(), "--web-address", any, "--api-address", any, "--public-address", any, "--mailin-address", any,
		"--inbox-address", any, "--inbox-smtp", any)
	t.Log("\n" + out)
	if status != exitDone {
		t.Fatal(trouble)
	}
	for _, says := range []string{
		"500 new", "4 rows refused", "4 clients by the link", "all refused", "equal to what the crowd did", "Herfstmailing", "Lichterabend",
		"this revision is not approved by everyone who must approve it", "you worked on this mailing, so someone else must approve it",
	} {
		if !strings.Contains(out, says) {
			t.Errorf("the demo doesn't say %q", says)
		}
	}
	var tickets, states, answered int
	if err := db.App.QueryRow(`
		SELECT count(*), count(DISTINCT state), count(*) FILTER (WHERE id IN (SELECT request_id FROM request_comments WHERE author_name <> ''))
		  FROM requests`).Scan(&tickets, &states, &answered); err != nil || tickets < 20 || states != 4 || answered < 4 {
		t.Errorf("the demo has %d tickets in %d states, %d answered by departments: %v", tickets, states, answered, err)
	}
	outcomes, err := reports.NewStore(db.App).Outcomes(t.Context(), reports.BySend, reports.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		var sent, skipped, clicked int64
		if err := db.App.QueryRow(`
			SELECT count(*) FILTER (WHERE state IN ('sent', 'bounced')), count(*) FILTER (WHERE state = 'skipped'),
			       (SELECT count(DISTINCT member_id) FROM events WHERE send_id = $1 AND kind = 'click' AND NOT machine AND member_id > 0)
			  FROM deliveries WHERE send_id = $1`, o.Of.Send).Scan(&sent, &skipped, &clicked); err != nil {
			t.Fatal(err)
		}
		if o.Sent != sent || o.Skipped != skipped || o.ClicksUnique != clicked || o.Sent == 0 || int(o.Sent) != o.Audience {
			t.Errorf("%s: reported %+v; the ledger has %d sent, %d skipped, %d clicked", o.Of.Name, o.Counts, sent, skipped, clicked)
		}
	}
}

// TestDemoWithoutWeeks fills a desk to look at, and plays no day.
func TestDemoWithoutWeeks(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	const any = "127.0.0.1:0"
	status, out, trouble := keur(t, "demo", "--once", "--members=100", "--weeks=0", "--database-url", db.AppURL,
		"--secret="+pgtest.Secret,
		"--data-dir", t.TempDir(), "--web-address", any, "--api-address", any, "--public-address", any, "--mailin-address", any,
		"--inbox-address", any, "--inbox-smtp", any)
	if status != exitDone || !strings.Contains(out, "history      0 weeks") || strings.Contains(out, "outcomes") {
		t.Fatalf("status %d, %s%s", status, out, trouble)
	}
	var states int
	if err := db.App.QueryRow(`SELECT count(DISTINCT state) FROM mailings`).Scan(&states); err != nil || states < 4 {
		t.Errorf("the mailings are in %d states: %v", states, err)
	}
}

func TestDemoIsBounded(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"--members=0", "--members=1000000", "--only=nothing"} {
		if status, _, trouble := keur(t, "demo", wrong); status != exitUsage {
			t.Errorf("%s: status %d, says %q", wrong, status, trouble)
		}
	}
	dir := filepath.Join(pgtest.Folder(t), "data")
	running := filepath.Join(dir, "demo", "postgres", "users")
	if err := os.MkdirAll(filepath.Dir(running), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, running, "")
	users, err := os.Open(running)
	if err == nil {
		defer func() { _ = users.Close() }()
		err = syscall.Flock(int(users.Fd()), syscall.LOCK_SH)
	}
	if err != nil {
		t.Fatal(err)
	}
	for flag, says := range map[string]string{"--database-url=postgres://nowhere/keur": "the demo's own base", "--once": "is in use"} {
		status, _, trouble := keur(t, "demo", "--fresh", flag, "--data-dir", dir)
		if status != exitTrouble || !strings.Contains(trouble, says) {
			t.Errorf("--fresh %s: status %d, says %q", flag, status, trouble)
		}
	}
}
