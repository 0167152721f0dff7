package approval_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
)

func TestPsqlCannotStretchWhatTheApprovalAllows(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	const round = `INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, face_set_id, submitted_by)
		SELECT $1, id, digest, 3, '{}', $3, false, (SELECT max(id) FROM face_sets), $4 FROM revisions WHERE id = $2`
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	if err := psql(db, w.Maker.ID.Actor(), round, m.ID, r.ID, 100, w.Maker.ID); err == nil ||
		!strings.Contains(err.Error(), "drift so far") {
		t.Errorf("a round under which any audience passes: %v", err)
	}
	if err := psql(db, w.Maker.ID.Actor(), round, m.ID, r.ID, 10, w.Maker.ID); err != nil {
		t.Fatal(err)
	}
	db.App.MustExec(`INSERT INTO approval_reviews (round_id, position, step, digest, due_at) SELECT id, 1, 'maker', digest, now() + interval '1 day' FROM approval_rounds`)
	if _, err := db.App.Exec(`UPDATE approval_reviews SET verdict = 'approved', user_id = $1, decided_at = now()`, w.Third.ID); err == nil || !strings.Contains(err.Error(), "whoever submitted") {
		t.Errorf("the maker's step by someone else: %v", err)
	}
}

// TestPsqlCannotSubmitForNobody: what goes out once is submitted and approved for
// members who are all named.
func TestPsqlCannotSubmitForNobody(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	for _, sql := range []string{
		`UPDATE approval_rounds SET state = 'withdrawn', closed_at = now() WHERE id = $1`,
		`INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, face_set_id, ends_at, submitted_at)
		 SELECT mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, face_set_id, ends_at, submitted_at
		   FROM approval_rounds WHERE id = $1`,
		`INSERT INTO approval_reviews (round_id, position, step, digest, due_at)
		 SELECT (SELECT max(id) FROM approval_rounds), position, step, digest, due_at FROM approval_reviews WHERE round_id = $1 AND step = 'maker'`,
		`INSERT INTO approval_slots SELECT (SELECT max(id) FROM approval_rounds), slot_local, slot_at FROM approval_slots WHERE round_id = $1`,
	} {
		must(t, psql(db, w.Maker.ID.Actor(), sql, round.ID))
	}
	const sign = `UPDATE approval_reviews v SET verdict = 'approved', user_id = o.user_id, decided_at = o.decided_at, checklist = o.checklist
		FROM approval_reviews o WHERE o.round_id = $1 AND o.step = 'maker' AND v.step = 'maker' AND v.round_id = (SELECT max(id) FROM approval_rounds)`
	if err := psql(db, w.Maker.ID.Actor(), sign, round.ID); err == nil || !strings.Contains(err.Error(), "all named") {
		t.Errorf("submitted for nobody: %v", err)
	}
}

// TestAnAudienceTakenOutIsNotApproved: nor is a round complete without it.
func TestAnAudienceTakenOutIsNotApproved(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM approval_audiences WHERE round_id = $1`, round.ID) })
	round = w.ApproveClient(t, round)
	w.LookAt(approvaltest.As(w.Third), t, round)
	given := approval.Given{Digest: round.Digest}
	if _, err := w.Approval.Approve(approvaltest.As(w.Third), w.Step(t, round, approval.Colleague), given, w.Third.ID); err == nil {
		t.Error("what goes out once is approved without saying for whom")
	}
}

func TestPsqlCannotLetAStoppedSendGo(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	db.App.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`,
		m.ID, round.RevisionID, w.Label.ID)
	if _, err := w.Advertisers.Stop(context.Background(), w.Advertiser.ID, "wrong price"); err != nil {
		t.Fatal(err)
	}
	db.App.MustExec(`UPDATE sends SET state = 'preflight'; UPDATE sends SET state = 'freezing';
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason) SELECT s.month, s.id, m.id, 'queued', NULL FROM sends s, members m;
		UPDATE sends SET frozen_at = now(), audience = sealed_queued`)
	if _, err := db.App.Exec(`UPDATE sends SET state = 'sending', started_at = now()`); err == nil || !strings.Contains(err.Error(), "is stopped") {
		t.Errorf("a send with a stopped advertiser: %v", err)
	}
}
