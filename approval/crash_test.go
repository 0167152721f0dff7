package approval_test

import (
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
)

// TestAVerdictThatDiedIsNone: a process that is killed between its verdict and
// the commit, in which the trail is written, leaves neither; the same verdict is
// given anew, and the trail holds.
func TestAVerdictThatDiedIsNone(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	step := w.Step(t, round, approval.Colleague)
	entries := func() int {
		return pgtest.Count(t, db.Owner, `SELECT count(*) FROM audit_log WHERE subject = 'approval_reviews:' || $1`, step)
	}
	before := entries()
	// The session ends itself after the verdict's statement, as a killed one does.
	err := psql(db, w.Colleague.ID.Actor(), `WITH v AS (
		UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1 RETURNING id)
		SELECT pg_terminate_backend(pg_backend_pid()) FROM v`, step, w.Colleague.ID)
	if err == nil {
		t.Fatal("the session lived on")
	}
	after, err := w.Approval.Round(t.Context(), round.ID)
	if err != nil || after.State != approval.Open || entries() != before {
		t.Errorf("the round is %s with %d entries more: %v", after.State, entries()-before, err)
	}
	if after = approveAsColleague(t, w, after); after.State != approval.RoundApproved || entries() == before {
		t.Errorf("given anew, the round is %s", after.State)
	}
	if _, _, err := w.Approval.VerifyAudit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
