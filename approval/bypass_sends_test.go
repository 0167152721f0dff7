package approval_test

import (
	"context"
	"strings"
	"testing"

	"keur/approval/approvaltest"
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
