package tracking_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/members"
	"keur/tracking"
	"keur/tracking/bounces"
	"keur/tracking/trackingtest"
)

func newWorld(t testing.TB, n int) *trackingtest.World {
	t.Helper()
	db := pgtest.Database(t)
	return trackingtest.New(t, db, n)
}

func store(w *trackingtest.World) *tracking.Store {
	return tracking.NewStore(w.App, w.Ring, members.NewStore(w.App, w.Clock, []byte("key")), w.Clock, pgtest.Key())
}

func suppressed(t testing.TB, w *trackingtest.World, member int64) (reasons string) {
	t.Helper()
	if err := w.App.Get(&reasons, `SELECT coalesce(string_agg(reason || '@' || label_id, ' ' ORDER BY reason), '') FROM suppressions WHERE member_id = $1`, member); err != nil {
		t.Fatal(err)
	}
	return reasons
}

func TestUnsubscribeIsAtOnceAndOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	s := store(w)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET frozen_at = now()`)
		tx.MustExec(`UPDATE deliveries SET state = 'queued' WHERE member_id = 2`)
	})
	ref := tracking.Ref{Kind: tracking.Unsubscribe, Send: w.Send, Member: 2}
	for range 2 {
		if err := s.Unsubscribe(context.Background(), ref, false, tracking.ByOneClick); err != nil {
			t.Fatal(err)
		}
	}
	if got := suppressed(t, w, 2); got != "unsubscribe@1" {
		t.Errorf("suppressed by %q", got)
	}
	w.WantCounts(t, map[string]int{"unsubscribe": 1})
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM deliveries WHERE member_id = 2 AND state = 'skipped'`); n != 1 {
		t.Error("a queued mail would still have gone out")
	}
	if err := s.Unsubscribe(context.Background(), ref, true, tracking.ByPreferences); err != nil {
		t.Fatal(err)
	}
	if got := suppressed(t, w, 2); got != "unsubscribe@0 unsubscribe@1" && got != "unsubscribe@1 unsubscribe@0" {
		t.Errorf("everywhere is %q", got)
	}
}

// dsn is a delivery report to the return path of a delivery.
func dsn(w *trackingtest.World, member int64, status, action string) (to string, letter *strings.Reader) {
	to = string(w.Ring.AppendReturnPath(nil, w.Send, member, "bounce.label.example"))
	return to, strings.NewReader(fmt.Sprintf("From: MAILER-DAEMON@relay.example\r\nTo: %s\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: "+
		"message/delivery-status\r\n\r\n"+
		"Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; m%d@x.nl\r\nAction: %s\r\nStatus: %s\r\nDiagnostic-Code: "+
		"smtp; 550 %s m%d@x.nl\r\n\r\n--x--\r\n",
		to, member, action, status, status, member))
}

func receive(t testing.TB, w *trackingtest.World, s *tracking.Store, member int64, status, action string) tracking.Received {
	t.Helper()
	to, letter := dsn(w, member, status, action)
	got, err := s.Receive(context.Background(), []string{to}, letter)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestHardBounceSuppresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	s := store(w)
	if got := receive(t, w, s, 1, "4.4.1", "delayed"); got.New {
		t.Error("a delay was taken for a bounce")
	}
	for i := range 2 {
		if got := receive(t, w, s, 1, "5.1.1", "failed"); got.Class != bounces.Hard || got.Member != 1 || got.New != (i == 0) {
			t.Errorf("report %d is %+v", i+1, got)
		}
	}
	receive(t, w, s, 2, "5.7.1", "failed")
	if got := suppressed(t, w, 1) + "," + suppressed(t, w, 2); got != "hard_bounce@0," {
		t.Errorf("suppressed: %s", got)
	}
	w.WantCounts(t, map[string]int{"bounce_hard": 1, "bounce_block": 1})
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM events WHERE detail LIKE '%@%'`); n != 0 {
		t.Error("an event holds an address")
	}
}

// What comes back of a mail to an address that the member has left since is held
// against neither them nor their new address.
func TestALateBounceOfAFormerAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	s := store(w)
	ctx := pgtest.Acting(t.Context(), "user:7")
	moves := members.NewMoves(members.NewStore(w.App, w.Clock, []byte("key")))
	if err := moves.Move(ctx, members.EveryLabel, 1, "moved@x.nl"); err != nil {
		t.Fatal(err)
	}
	receive(t, w, s, 1, "5.1.1", "failed")
	receive(t, w, s, 2, "5.1.1", "failed")
	if got := suppressed(t, w, 1) + "," + suppressed(t, w, 2); got != ",hard_bounce@0" {
		t.Errorf("suppressed: %s", got)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM soft_bounces`); n != 0 {
		t.Errorf("%d soft bounces", n)
	}
}

func TestForgedBounceChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	_, letter := dsn(w, 1, "5.1.1", "failed")
	forged := strings.NewReader(strings.ReplaceAll(readAll(t, letter), "b+a", "b+b"))
	got, err := store(w).Receive(context.Background(), []string{"b+" + strings.Repeat("a", 27) + ".aaaaaaaaaaaaa@bounce.label.example"},
		forged)
	if err != nil || got.New || got.Send != 0 {
		t.Errorf("believed: %+v, %v", got, err)
	}
}

func readAll(t testing.TB, r *strings.Reader) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestComplaintAndMailedUnsubscribe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	s := store(w)
	report := "From: fbl@receiver.example\r\nTo: fbl@label.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; " +
		"boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: %s\r\n\r\n--x\r\nContent-Type: " +
		"text/rfc822-headers\r\n\r\nMessage-ID: %s\r\n\r\n--x--\r\n"
	for member, kind := range map[int64]string{1: "abuse", 2: "auth-failure"} {
		letter := fmt.Sprintf(report, kind, w.Ring.AppendMessageID(nil, w.Send, member, "label.example"))
		if _, err := s.Receive(context.Background(), []string{"fbl@label.example"}, strings.NewReader(letter)); err != nil {
			t.Fatal(err)
		}
	}
	to := string(w.Ring.AppendUnsubscribeAddress(nil, w.Send, 3, "bounce.label.example"))
	if _, err := s.Receive(context.Background(), []string{to}, strings.NewReader("Subject: unsubscribe\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := suppressed(t, w, 1) + "," + suppressed(t, w, 2) + "," + suppressed(t, w, 3); got != "complaint@0,,unsubscribe@1" {
		t.Errorf("suppressed: %s", got)
	}
	w.WantCounts(t, map[string]int{"complaint": 1, "unsubscribe": 1})
}

func TestSoftBouncesAddUpUntilADelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := store(w)
	start := w.Clock.Now()
	for i := range 6 {
		at := start.Add(time.Duration(i) * 4 * 24 * time.Hour)
		w.Send = w.NewSend(t, at)
		w.Clock.Set(at.Add(time.Minute))
		receive(t, w, s, 1, "5.2.2", "failed")
		if i != 3 { // the fourth mail reached member 2
			receive(t, w, s, 2, "5.2.2", "failed")
		}
		if got := suppressed(t, w, 1); (i < 4) != (got == "") {
			t.Errorf("after %d soft bounces: %q", i+1, got)
		}
	}
	if got := suppressed(t, w, 2); got != "" {
		t.Errorf("a delivery in between didn't reset the count: %s", got)
	}
}

func TestFoldedOutcomesStayTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	for i := range 3 {
		if err := postgres.InTx(t.Context(), w.App, func(tx *sqlx.Tx) error {
			return tracking.Count(t.Context(), tx, []tracking.Delta{
				{Send: w.Send, Measure: tracking.OpenTotal, Hour: w.Sent, N: 2},
				{Send: w.Send, Measure: tracking.OpenTotal, Hour: w.Sent, N: -1},
				{Send: w.Send, Measure: tracking.ClickTotal, Hour: w.Sent, Link: int64(i), Domain: "x.nl", N: 1},
			})
		}); err != nil {
			t.Fatal(err)
		}
		before := w.Counts(t)
		if n, err := tracking.FoldOutcomes(context.Background(), w.App); err != nil || n == 0 {
			t.Fatal(n, err)
		}
		w.WantCounts(t, before)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM outcome_deltas`); n != 0 {
		t.Errorf("%d deltas are left", n)
	}
}

func TestKeysAreKeptSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	keys := tracking.NewKeys(w.App, pgtest.Box())
	first, err := keys.Ring(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ref := tracking.Ref{Kind: tracking.Open, Send: 1, Member: 1}
	old := first.Token(ref)
	if _, _, err := keys.Rotate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := keys.Refresh(context.Background(), first); err != nil || first.Token(ref) != old {
		t.Errorf("a key that others may not have read yet signs already, or %v", err)
	}
	if _, err := w.Owner.Exec(`UPDATE token_keys SET created_at = created_at - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	second, err := keys.Ring(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := second.Parse(tracking.Open, old); !ok || second.Token(ref) == old {
		t.Error("the ring after a rotation must know the old key and use the new one")
	}
	// The ring that runs has known the new key since before it signed, and takes it over.
	if _, ok := first.Parse(tracking.Open, second.Token(ref)); !ok {
		t.Error("a ring that runs doesn't know the new key")
	}
	if err := keys.Refresh(context.Background(), first); err != nil || first.Token(ref) != second.Token(ref) {
		t.Errorf("a ring that runs doesn't take the new key over, or %v", err)
	}
}

// TestTheLoginAddsNoKeyOfLinks: links would be forged with a secret one knows.
func TestTheLoginAddsNoKeyOfLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id, _, err := tracking.NewKeys(w.App, pgtest.Box()).Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const minted, denied = "only the program itself", "permission denied"
	for name, try := range map[string]struct{ sql, says string }{
		"a key":          {`INSERT INTO token_keys (id, secret_sealed) VALUES (200, 'known')`, minted},
		"a guessed word": {`INSERT INTO token_keys (id, secret_sealed, mac) VALUES (200, 'known', sha256('x'))`, minted},
		"a copy":         {`INSERT INTO token_keys SELECT 200, secret_sealed, created_at, retired_at, NULL FROM token_keys LIMIT 1`, minted},
		"another secret": {`UPDATE token_keys SET secret_sealed = 'known'`, denied},
		"another number": {`UPDATE token_keys SET id = 201`, denied},
		"an older key":   {`UPDATE token_keys SET created_at = '2020-01-01'`, denied},
		"gone":           {`DELETE FROM token_keys`, denied},
	} {
		if _, err := w.App.Exec(try.sql); err == nil || !strings.Contains(err.Error(), try.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := pgtest.Count(t, w.Owner, `SELECT count(*) FROM token_keys WHERE id > $1`, int(id)); n != 0 {
		t.Errorf("%d keys were added", n)
	}
}

// Where there are two admins, a new key of links is one's proposal and the
// other's to confirm; the program's own word for a key isn't enough.
func TestANewKeyOfLinksTakesTwoAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	keys := tracking.NewKeys(w.App, pgtest.Box())
	if _, err := keys.Ring(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := func(name string) context.Context {
		id := pgtest.User(t, w.Owner, name)
		pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET admin = true WHERE id = $1`, id) })
		return pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", id))
	}
	anna, bob := admin("Anna"), admin("Bob")
	w.Owner.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = now()`)
	count := func() int { return pgtest.Count(t, w.Owner, `SELECT count(*) FROM token_keys`) }
	before := count()
	_, waits, err := keys.Rotate(anna)
	if err != nil || waits == nil || count() != before {
		t.Fatalf("alone: %+v, %v, %d keys", waits, err, count())
	}
	sealed := []byte("sealed")
	err = postgres.InTx(anna, w.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO token_keys (id, secret_sealed, mac) VALUES (200, $1, $2)`, sealed, pgtest.Key().Mint("token_keys", 200, sealed))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "one admin proposes and another confirms") {
		t.Errorf("by the program's word: %v", err)
	}
	requests := changes.NewStore(w.App, w.Clock, keys.ChangeKinds())
	if _, err := requests.Confirm(anna, waits.ID); !fault.Is(err, fault.Forbidden) || count() != before {
		t.Errorf("confirmed by who proposed: %v", err)
	}
	if _, err := requests.Confirm(bob, waits.ID); err != nil || count() != before+1 {
		t.Errorf("confirmed by another: %v, %d keys", err, count())
	}
}
