package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/reports"
)

// transcript is what a program writes, which may be read meanwhile.
type transcript struct {
	sync.Mutex
	text strings.Builder
}

func (w *transcript) Write(b []byte) (int, error) {
	w.Lock()
	defer w.Unlock()
	return w.text.Write(b)
}

func (w *transcript) String() string {
	w.Lock()
	defer w.Unlock()
	return w.text.String()
}

// playDemo lets a demo with a week before its day happen until it invites to look
// around, and returns what it said. It ends with the test.
func playDemo(t *testing.T, url string) string {
	t.Helper()
	const any = "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	var out, trouble transcript
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--members=300", "--weeks=1", "--database-url", url, "--secret=" + pgtest.Secret,
			"--data-dir", t.TempDir(), "--web-address", any, "--api-address", any, "--public-address", any, "--mailin-address", any,
			"--inbox-address", any, "--inbox-smtp", any}, strings.NewReader(""), &out, &trouble)
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != exitDone {
			t.Errorf("stopped while it was looked at, it ended with %d: %s", status, trouble.String())
		}
	})
	proctest.Until(t, "the demo invites to look around", func() bool {
		select {
		case status := <-ended:
			ended <- status
			t.Fatalf("%s\nended with %d: %s", out.String(), status, trouble.String())
		default:
		}
		return strings.Contains(out.String(), "outcomes?by=campaign'")
	})
	t.Log("\n" + out.String())
	return out.String()
}

// TestDemo is the main line: CSV, segment, mailing, three approvals, slot,
// SMTP, click, outcome, after a week in which the desk was worked at. The demo
// itself fails if a rule can be bypassed, or if what is counted isn't what its
// crowd did. Its one run serves all that is looked at, as it takes long.
func TestDemo(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	out := playDemo(t, db.AppURL)
	codes := pgtest.Count(t, db.App, `SELECT count(*) FROM voucher_codes`)
	if codes < 100 {
		t.Errorf("%d voucher codes", codes)
	}
	for _, says := range []string{
		"300 new", "4 rows refused", "4 clients by the link", "all refused", "equal to what the crowd did", "Herfstmailing",
		"· Lichterabend",
		"this takes a proof of who you are, which is missing or has lapsed", "you worked on this mailing, so someone else must approve it",
		"14 ways around the approval",
		"15% op je nieuwe gravelfiets", "CTR = clicked / delivered",
		fmt.Sprintf("4 campaigns of 3 advertisers, 4 banners drawn, %d voucher codes", codes),
	} {
		if !strings.Contains(out, says) {
			t.Errorf("the demo doesn't say %q", says)
		}
	}
	t.Run("the table is the ledger's", func(t *testing.T) { sameAsLedger(t, db) })
	t.Run("the past left something of everything", func(t *testing.T) { pastIsThere(t, db) })
	t.Run("a member's preferences open", func(t *testing.T) { preferencesOpen(t, out) })
}

// pastIsThere looks at what the desk has of the week before.
func pastIsThere(t *testing.T, db pgtest.DB) {
	for query, least := range map[string]int{
		`SELECT count(*) FROM mailings`:                                                     20,
		`SELECT count(DISTINCT state) FROM mailings`:                                        5,
		`SELECT count(*) FROM deliveries WHERE state = 'sent'`:                              100,
		`SELECT count(*) FROM sends WHERE state = 'finished'`:                               4,
		`SELECT count(*) FROM network_connections`:                                          3,
		`SELECT count(*) FROM claim_rules`:                                                  3,
		`SELECT count(*) FROM sends WHERE state = 'held'`:                                   1,
		`SELECT count(*) FROM sends WHERE state = 'missed'`:                                 1,
		`SELECT count(*) FROM events WHERE kind = 'open' AND at < now() - interval '1 day'`: 10,
		`SELECT count(*) FROM requests`:                                                     20,
		`SELECT count(DISTINCT state) FROM requests`:                                        4,
		`SELECT count(DISTINCT request_id) FROM request_comments WHERE author_name <> ''`:   4,
		`SELECT count(*) FROM approval_reviews WHERE verdict = 'changes_requested'`:         2,
	} {
		var n int
		if err := db.App.GetContext(t.Context(), &n, query); err != nil || n < least {
			t.Errorf("%s: %d, expected %d: %v", query, n, least, err)
		}
	}
}

// preferencesOpen follows the link of a mail that the demo names.
func preferencesOpen(t *testing.T, out string) {
	_, line, found := strings.Cut(out, "a member's preferences")
	where := strings.Fields(line)
	if !found || len(where) == 0 {
		t.Fatal("the demo names no page of preferences")
	}
	answer, err := http.Get(where[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK ||
		!strings.Contains(string(page), "Spaarpad") && !strings.Contains(string(page), "Sparpfad") {
		t.Errorf("%s: %s, %v", where[0], answer.Status, err)
	}
}

// sameAsLedger counts each send anew and compares it with what is reported.
func sameAsLedger(t *testing.T, db pgtest.DB) {
	outcomes, err := reports.NewStore(db.App).Outcomes.By(t.Context(), reports.BySend, reports.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		var sent, skipped, clicked int64
		var step bool // of a series, which nobody may have come to that day
		if err := db.App.QueryRow(`
			SELECT count(*) FILTER (WHERE state IN ('sent', 'bounced')), count(*) FILTER (WHERE state = 'skipped'),
			       (SELECT count(DISTINCT member_id) FROM events WHERE send_id = $1 AND kind = 'click' AND NOT machine AND member_id > 0),
			       EXISTS (SELECT FROM sends s JOIN series_steps p USING (mailing_id) WHERE s.id = $1)
			  FROM deliveries WHERE send_id = $1`, o.Of.Send).Scan(&sent, &skipped, &clicked, &step); err != nil {
			t.Fatal(err)
		}
		if o.Sent != sent || o.Skipped != skipped || o.ClicksUnique != clicked || o.Sent == 0 && !step || int(o.Sent) != o.Audience {
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
