package approval_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/authors"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
)

// weekly takes a mailing that goes out each Tuesday through its approval.
func weekly(t *testing.T, w *approvaltest.World) (mailings.Mailing, approval.Round) {
	t.Helper()
	b := w.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	m, round := w.Approved(t, b)
	return m, round
}

// renew puts a mailing's newest revision up once more.
func renew(t *testing.T, w *approvaltest.World, m mailings.Mailing) approval.Round {
	t.Helper()
	return w.Submit(t, m, mailings.Revision{ID: *m.RevisionID})
}

func approveAsColleague(t *testing.T, w *approvaltest.World, round approval.Round) approval.Round {
	t.Helper()
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	round, err := w.Approval.Approve(approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest}, w.Colleague.ID)
	must(t, err)
	return round
}

// states tells how the mailing and its rounds stand, the newest round last.
func states(t *testing.T, w *approvaltest.World, id mailings.ID) string {
	t.Helper()
	var s string
	must(t, w.DB.GetContext(context.Background(), &s, `
		SELECT m.state || ': ' || string_agg(r.state, ' ' ORDER BY r.id) FROM mailings m JOIN approval_rounds r ON r.mailing_id = m.id
		 WHERE m.id = $1 GROUP BY m.id`, id))
	return s
}

// TestARenewalTakesOver: what recurs is put up once more while its approval
// stands, which goes on until the renewal is approved.
func TestARenewalTakesOver(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, first := weekly(t, w)
	w.Clock.Add(9 * 24 * time.Hour)
	renewal := renew(t, w, m)
	if renewal.Renews == nil || *renewal.Renews != first.ID {
		t.Fatalf("it renews %v, not %d", renewal.Renews, first.ID)
	}
	if got := states(t, w, m.ID); got != "approved: approved open" {
		t.Errorf("while it is renewed: %s", got)
	}
	if standing, err := w.Approval.Standing(t.Context(), *m.RevisionID); err != nil || standing.ID != first.ID {
		t.Errorf("%d stands, not %d: %v", standing.ID, first.ID, err)
	}
	renewal = approveAsColleague(t, w, w.ApproveClient(t, renewal))
	if got := states(t, w, m.ID); got != "approved: ended approved" {
		t.Errorf("after the renewal: %s", got)
	}
	standing, err := w.Approval.Standing(t.Context(), *m.RevisionID)
	if err != nil || standing.ID != renewal.ID || !standing.EndsAt.After(*first.EndsAt) {
		t.Errorf("%d stands up to %v: %v", standing.ID, standing.EndsAt, err)
	}
	old, err := w.Approval.Round(t.Context(), first.ID)
	if err != nil || old.CloseReason.Key != "approval.renewed" {
		t.Errorf("the first one ended as %s: %v", old.CloseReason.Key, err)
	}
	if again := renew(t, w, m); *again.Renews != renewal.ID {
		t.Errorf("a renewal is renewed as %v", *again.Renews)
	}
}

// TestARenewalThatEndsLeavesWhatStands: turned down, taken back or too late, its
// approval goes on; and when that ends first, the renewal decides.
func TestARenewalThatEndsLeavesWhatStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(*testing.T, *approvaltest.World, mailings.Mailing, approval.Round) error
		want string
	}{
		"turned down": {func(t *testing.T, w *approvaltest.World, _ mailings.Mailing, r approval.Round) error {
			token := w.ClientToken(t)
			_, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), false,
				approval.Given{Digest: r.Digest, Reason: "no longer"})
			return err
		}, "approved: approved changes_requested"},
		"taken back": {func(_ *testing.T, w *approvaltest.World, m mailings.Mailing, _ approval.Round) error {
			_, err := w.Approval.Renewals.Withdraw(approvaltest.As(w.Maker), m.ID, "later")
			return err
		}, "approved: approved withdrawn"},
		"too late": {func(t *testing.T, w *approvaltest.World, _ mailings.Mailing, _ approval.Round) error {
			w.Clock.Add(49 * time.Hour)
			_, err := w.Approval.ExpireDue(t.Context())
			return err
		}, "approved: approved expired"},
		"all is taken back": {func(_ *testing.T, w *approvaltest.World, m mailings.Mailing, _ approval.Round) error {
			_, err := w.Approval.Withdraw(approvaltest.As(w.Maker), m.ID, "stop it")
			return err
		}, "draft: withdrawn withdrawn"},
		"an edit": {func(t *testing.T, w *approvaltest.World, m mailings.Mailing, _ approval.Round) error {
			b := w.Brief(t, slot)
			b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 3"}
			w.Edit(t, m, *m.RevisionID, b)
			return nil
		}, "draft: withdrawn withdrawn"},
		"what stood ends": {func(t *testing.T, w *approvaltest.World, m mailings.Mailing, r approval.Round) error {
			w.Clock.Add(200 * 24 * time.Hour)
			return postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error {
				_, err := w.Approval.EndIn(t.Context(), tx, m.ID)
				return err
			})
		}, "in_review: ended open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newWorld(t)
			m, _ := weekly(t, w)
			if err := c.end(t, w, m, renew(t, w, m)); err != nil {
				t.Fatal(err)
			}
			if got := states(t, w, m.ID); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestTheRenewalDecidesWhatHasEnded: approved after the end of what stood, it is
// an approval as any other.
func TestTheRenewalDecidesWhatHasEnded(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	p := policies.Default(w.Label.ID)
	p.Version, p.RecurringOccurrences = 0, 1
	_, err := w.Approval.Policies.Set(t.Context(), p)
	must(t, err)
	m, _ := weekly(t, w)
	w.Clock.Add(25 * time.Hour)
	renewal := w.ApproveClient(t, renew(t, w, m))
	w.Clock.Add(2 * time.Hour) // its one slot is over
	must(t, postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error {
		_, err := w.Approval.EndIn(t.Context(), tx, m.ID)
		return err
	}))
	approveAsColleague(t, w, renewal)
	if got := states(t, w, m.ID); got != "approved: ended approved" {
		t.Errorf("it is %s", got)
	}
}

// TestWhoRenewsAndWhoDecides: a renewal is held to its own maker, its sends to
// both, and to who wrote it.
func TestWhoRenewsAndWhoDecides(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, first := weekly(t, w)
	w.Look(approvaltest.As(w.Third), t, m.ID)
	renewal, err := w.Approval.Submit(approvaltest.As(w.Third), m.ID, *m.RevisionID, approvaltest.Ticks, w.Third.ID)
	must(t, err)
	made, err := w.Mailings.Made(t.Context(), *m.RevisionID)
	must(t, err)
	if !made.Made(w.Maker.ID) || !made.Made(w.Third.ID) || made.Made(w.Colleague.ID) {
		t.Errorf("it was made by %+v", made)
	}
	var lets []bool
	must(t, db.App.Select(&lets, `SELECT lets_go($1, u) FROM unnest($2::bigint[]) u`, *m.RevisionID,
		pq.Array([]int64{int64(w.Maker.ID), int64(w.Third.ID), int64(w.Colleague.ID)})))
	if lets[0] || lets[1] || !lets[2] {
		t.Errorf("maker, renewer and colleague let go: %v", lets)
	}
	renewal = w.ApproveClient(t, renewal)
	if err := renewal.May(authors.Decide, w.Third.ID); err == nil {
		t.Error("who renews it decides it")
	}
	const approve = `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`
	if err := psql(db, w.Third.ID.Actor(), approve, w.Step(t, renewal, approval.Colleague), w.Third.ID); err == nil ||
		!strings.Contains(err.Error(), "you worked on this mailing") {
		t.Errorf("with psql, who renews it decides it: %v", err)
	}
	if approveAsColleague(t, w, renewal); states(t, w, m.ID) != "approved: ended approved" {
		t.Errorf("it is %s; the first one was %d", states(t, w, m.ID), first.ID)
	}
}

// TestOnlyWhatRecursIsRenewed, and by one renewal at a time that ends where its
// approval did.
func TestOnlyWhatRecursIsRenewed(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	once, _ := w.Approved(t, w.Brief(t, slot))
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), once.ID, *once.RevisionID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("what goes out once is renewed: %v", err)
	}
	if _, err := w.Approval.Renewals.Withdraw(approvaltest.As(w.Maker), once.ID, "none"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a renewal that isn't there is taken back: %v", err)
	}
	const again = `INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, face_set_id, ceiling)
		SELECT mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, face_set_id, ceiling
		  FROM approval_rounds WHERE mailing_id = $1 ORDER BY id DESC LIMIT 1`
	refused := func(sql string, id mailings.ID, want string) {
		t.Helper()
		if err := psql(db, w.Maker.ID.Actor(), sql, id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", sql, err)
		}
	}
	refused(again, once.ID, "can't be renewed")
	m, _ := weekly(t, w)
	renew(t, w, m)
	refused(again, m.ID, "approval_rounds_open")
	refused(`UPDATE approval_rounds SET state = 'approved' WHERE mailing_id = $1 AND state = 'open'`, m.ID, "not been approved")
	refused(`UPDATE mailings SET state = 'in_review' WHERE id = $1`, m.ID, "only when its approval has ended")
	refused(`UPDATE approval_rounds SET renews = NULL WHERE mailing_id = $1`, m.ID, "permission denied")
	if _, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, *m.RevisionID, approvaltest.Ticks, w.Maker.ID); err == nil {
		t.Error("two renewals at a time")
	}
}

// TestARenewalKeepsWhereLinksEnd: what was approved holds on, so a link that ends
// elsewhere since is not renewed.
func TestARenewalKeepsWhereLinksEnd(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, _ := weekly(t, w)
	w.Follow = func(context.Context, string, string) (string, error) { return "https://casino.example/", nil }
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, *m.RevisionID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprintf("%+v", err), "casino.example") {
		t.Errorf("renewed beside a link that moved: %v", err)
	}
}

// TestTheReminderLeadsToTheRenewal, and isn't sent once that is open.
func TestTheReminderLeadsToTheRenewal(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		w, _ := newWorld(t)
		m, round := weekly(t, w)
		w.Clock.Add(round.EndsAt.Add(-10 * 24 * time.Hour).Sub(w.Clock.Now()))
		if open {
			renew(t, w, m)
		}
		n, err := w.Approval.Reminders.SendEnding(t.Context())
		if err != nil || (n == 1) == open {
			t.Errorf("%d makers are told while a renewal is open: %v, %v", n, open, err)
		}
		if open {
			continue
		}
		due, err := w.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
		must(t, err)
		at := slices.IndexFunc(due, func(n notices.Notice) bool { return n.Key == fmt.Sprintf("round:%d:ending", round.ID) })
		if at < 0 || !strings.Contains(due[at].Body, fmt.Sprintf("/mailings/%d/approval\n", m.ID)) {
			t.Errorf("no letter leads there: %v", due)
		}
	}
}
