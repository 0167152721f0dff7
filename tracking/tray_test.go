package tracking_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/members"
	"keur/tracking"
	"keur/tracking/bounces"
	"keur/tracking/trackingtest"
)

// conclude lets the members' server refuse them for good, one after the other.
func conclude(t *testing.T, w *trackingtest.World, from, to int64) {
	t.Helper()
	s := store(w)
	for member := from; member <= to; member++ {
		tx := w.App.MustBegin()
		err := s.Conclude(context.Background(), tx, tracking.Bounced{
			Send: w.Send, Member: member, Class: bounces.Hard, Source: "dsn", Said: "550 5.1.1 no such user",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

// surge is a world in which one provider has so many members, with mails to it
// in this hour and the month before.
func surge(t *testing.T, n, now, before int) *trackingtest.World {
	t.Helper()
	w := newWorld(t, n)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE members SET domain = CASE WHEN id % 2 = 0 THEN 'hotmail.nl' ELSE 'outlook.com' END`)
		for hour, n := range map[time.Time]int{w.Clock.Now(): now, w.Clock.Now().Add(-72 * time.Hour): before} {
			tx.MustExec(`INSERT INTO outcome_counts (send_id, measure, hour, domain, n)
				VALUES ($1, 'sent', date_trunc('hour', $2::timestamptz), 'outlook.com', $3)`, w.Send, hour, n)
		}
	})
	return w
}

func waiting(t *testing.T, w *trackingtest.World) int {
	t.Helper()
	return pgtest.Count(t, w.App, `SELECT count(*) FROM suppressions WHERE tray_id IS NOT NULL`)
}

// TestASurgeWaitsForAPerson refuses more members of one provider within an hour
// than is usual: those after the twentieth wait, whatever its domains are called.
func TestASurgeWaitsForAPerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ refused, now, before, wait int }{
		"twenty are no surge":               {20, 100, 0, 0},
		"21 of 100, at who isn't known":     {21, 100, 0, 1},
		"30 of 100":                         {30, 100, 0, 10},
		"21 of 141, more than 15 of 100":    {21, 139, 0, 1},
		"21 of 140, not more":               {21, 140, 0, 0},
		"21 of many":                        {21, 10_000, 0, 0},
		"21 of many, where none is usual":   {21, 10_000, 5_000, 1},
		"21 where nobody was mailed lately": {21, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := surge(t, c.refused, c.now, c.before)
			conclude(t, w, 1, int64(c.refused))
			if got := waiting(t, w); got != c.wait {
				t.Errorf("%d wait, not %d", got, c.wait)
			}
			if n := pgtest.Count(t, w.App, `SELECT count(*) FROM suppressions WHERE said = '550 5.1.1 no such user'`); n != c.refused {
				t.Errorf("%d get no mail, not %d", n, c.refused)
			}
		})
	}
}

// TestMailUnderWayCounts: a send's mails are counted batch by batch, so what a
// worker has in hand is looked for in the ledger. Else the first batch of any
// large send would look like a surge.
func TestMailUnderWayCounts(t *testing.T) {
	t.Parallel()
	for state, wait := range map[string]int{"running": 0, "done": 9} { // done, and not in the counts: it never was
		w := surge(t, 300, 0, 0)
		pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE deliveries SET changed_at = $1`, w.Clock.Now())
			tx.MustExec(`INSERT INTO delivery_batches (send_id, number, send_month, first_member, last_member, size, not_before, state, fence)
				SELECT id, 1, month, 1, 200, 200, slot_at, $1, 1 FROM sends`, state)
		})
		conclude(t, w, 1, 29)
		if got := waiting(t, w); got != wait {
			t.Errorf("%d wait while the batch is %s, not %d", got, state, wait)
		}
	}
}

func TestASurgeIsWithinAnHour(t *testing.T) {
	t.Parallel()
	w := surge(t, 24, 100, 0)
	conclude(t, w, 1, 20)
	w.Clock.Add(time.Hour)
	conclude(t, w, 21, 23)
	if got := waiting(t, w); got != 0 {
		t.Errorf("%d wait an hour later", got)
	}
}

func TestATrayIsDecidedForAllAtOnce(t *testing.T) {
	t.Parallel()
	for state, left := range map[tracking.TrayState]int{tracking.TrayConfirmed: 24, tracking.TrayDismissed: 20} {
		w := surge(t, 24, 100, 0)
		conclude(t, w, 1, 24)
		trays := tracking.NewTrays(w.App, members.NewStore(w.App, w.Clock, []byte("key")))
		asAdmin := pgtest.Acting(context.Background(), "user:1")
		list, err := trays.List(asAdmin)
		if err != nil || len(list) != 1 || list[0].Provider != "outlook" || list[0].Members != 4 || list[0].Suppressed != 20 {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := trays.Decide(asAdmin, list[0].ID, state, 3); !fault.Is(err, fault.Conflict) {
			t.Errorf("another number than was shown: %v", err)
		}
		if err := trays.Decide(asAdmin, list[0].ID, tracking.TrayOpen, 4); !fault.Is(err, fault.Invalid) {
			t.Errorf("a decision that is none: %v", err)
		}
		if err := trays.Decide(pgtest.Acting(context.Background(), "system:tracking"), list[0].ID, state, 4); err == nil {
			t.Error("a program decided")
		}
		if err := trays.Decide(asAdmin, list[0].ID, state, 4); err != nil {
			t.Fatal(err)
		}
		if err := trays.Decide(asAdmin, list[0].ID, state, 0); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if n := pgtest.Count(t, w.App, `SELECT count(*) FROM suppressions`); n != left || waiting(t, w) != 0 {
			t.Errorf("%s: %d are suppressed, %d wait", state, n, waiting(t, w))
		}
		if n := pgtest.Count(t, w.App, `SELECT count(*) FROM audit_log WHERE subject = 'bounce_trays:' || $1 AND actor = 'user:1'`,
			list[0].ID); n != 1 {
			t.Errorf("%d on the trail", n)
		}
	}
}

// TestNothingThatWaitsTakesEffectByItself tries it with psql.
func TestNothingThatWaitsTakesEffectByItself(t *testing.T) {
	t.Parallel()
	w := surge(t, 22, 100, 0)
	conclude(t, w, 1, 22)
	for _, statement := range []string{
		`UPDATE suppressions SET tray_id = NULL WHERE tray_id IS NOT NULL`,
		`UPDATE suppressions SET tray_id = 1 WHERE tray_id IS NULL`,
		`UPDATE bounce_trays SET state = 'confirmed', decided_by = 'user:1', decided_at = now(), members = 2`,
	} {
		if _, err := w.App.Exec(statement); err == nil {
			t.Errorf("taken: %s", statement)
		}
	}
}

func TestALaterHarderBounceUpgrades(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	s := store(w)
	to := string(w.Ring.AppendReturnPath(nil, w.Send, 1, "bounce.label.example"))
	letter := func(status, text string) string {
		return "From: MAILER-DAEMON@mx.x.nl\r\nTo: " + to + "\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
			"Reporting-MTA: dns; mx.x.nl\r\n\r\nFinal-Recipient: rfc822; m1@x.nl\r\nAction: failed\r\nStatus: " + status +
			"\r\nDiagnostic-Code: smtp; 550 " + status + " " + text + "\r\n\r\n--b--\r\n"
	}
	for _, c := range []struct {
		status, text string
		first        bool
		counts       map[string]int
		suppressed   string
	}{
		{"5.7.1", "spam", true, map[string]int{"bounce_block": 1}, ""},
		{"5.2.2", "mailbox full", true, map[string]int{"bounce_quota": 1}, ""},
		{"5.2.2", "mailbox full", false, map[string]int{"bounce_quota": 1}, ""},
		{"5.7.1", "spam", false, map[string]int{"bounce_quota": 1}, ""},
		{"5.1.1", "<m1@x.nl>: user unknown", true, map[string]int{"bounce_hard": 1}, "hard_bounce@0"},
		{"5.1.1", "<m1@x.nl>: user unknown", false, map[string]int{"bounce_hard": 1}, "hard_bounce@0"},
		{"5.2.2", "mailbox full", false, map[string]int{"bounce_hard": 1}, "hard_bounce@0"},
	} {
		got, err := s.Receive(context.Background(), []string{to}, strings.NewReader(letter(c.status, c.text)))
		if err != nil || got.New != c.first {
			t.Errorf("%s %s: %+v, %v", c.status, c.text, got, err)
		}
		w.WantCounts(t, c.counts)
		if got := suppressed(t, w, 1); got != c.suppressed {
			t.Errorf("%s %s: suppressed by %q", c.status, c.text, got)
		}
	}
	var said string
	err := w.App.Get(&said, `SELECT said FROM suppressions WHERE member_id = 1`)
	if err != nil || !strings.Contains(said, "user unknown") || strings.Contains(said, "@") {
		t.Errorf("said %q, %v", said, err)
	}
}

// TestOneClickByMailWithoutAnEnvelope unsubscribes by a letter of a mail program
// that came by a pipe, and not by a bounce that quotes such an address.
func TestOneClickByMailWithoutAnEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	s := store(w)
	to := string(w.Ring.AppendUnsubscribeAddress(nil, w.Send, 1, "bounce.label.example"))
	quoting := "From: MAILER-DAEMON@x.nl\r\nTo: post@label.example\r\nSubject: Undelivered mail\r\n\r\n" +
		"<m1@x.nl>: the mailbox is full\r\n\r\n" +
		"--- Original message ---\r\nList-Unsubscribe: <mailto:" + to + ">\r\n"
	if _, err := s.Receive(context.Background(), nil, strings.NewReader(quoting)); err != nil || suppressed(t, w, 1) != "" {
		t.Errorf("a bounce unsubscribed: %q, %v", suppressed(t, w, 1), err)
	}
	letter := "From: m1@x.nl\r\nTo: " + to + "\r\nSubject: unsubscribe\r\n\r\nThis message was generated by Apple Mail.\r\n"
	got, err := s.Receive(context.Background(), nil, strings.NewReader(letter))
	if err != nil || !got.New || suppressed(t, w, 1) != "unsubscribe@1" {
		t.Errorf("%+v %q, %v", got, suppressed(t, w, 1), err)
	}
}
