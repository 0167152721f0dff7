package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestALongTransactionDecidesByWhatIsTrueThen: with psql a transaction is begun by
// a token or a client's link, and kept open until that was taken back, or reads the
// base as it was before.
func TestALongTransactionDecidesByWhatIsTrueThen(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	decides, number := byToken(t, w, w.Third, accounts.ScopeApprove)
	w.LookAt(decides, t, round)
	step := w.Step(t, round, approval.Colleague)
	err := postgres.InTx(decides, postgres.OneSnapshot(db.App), func(tx *sqlx.Tx) error { return decideByHand(tx, step, w.Third) })
	if err == nil || !strings.Contains(err.Error(), "a proof of who you are") {
		t.Errorf("by a base of before: %v", err)
	}
	tx := db.App.MustBegin()
	defer func() { _ = tx.Rollback() }()
	must(t, postgres.Act(decides, tx))
	db.Owner.MustExec(`UPDATE api_tokens SET revoked_at = now() WHERE id = $1`, number)
	if err := decideByHand(tx, step, w.Third); err == nil || !strings.Contains(err.Error(), "a proof of who you are") {
		t.Errorf("by a token that was revoked meanwhile: %v", err)
	}
}

func decideByHand(tx *sqlx.Tx, step approval.ReviewID, by accounts.User) error {
	_, err := tx.Exec(approveByHand, step, by.ID, approvaltest.Start)
	return err
}

// TestAStricterPolicyTakesNoWeakerVerdict: what was decided by a password, waived
// by a role, or decided by a newcomer, under a policy that took it, stands under
// none that doesn't any more; and nobody decides beside it.
func TestAStricterPolicyTakesNoWeakerVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rewrite         string // of what was decided, where no door here leads to it
		loose, stricter string
	}{
		"a password": {`UPDATE approval_reviews SET proven_by = 'password' WHERE step = 'colleague'`, "cooling_hours = 0", "cooling_hours = 0, strong_proof = true"},
		"a newcomer": {"", "cooling_hours = 0", "cooling_hours = 24"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, db := newWorld(t)
			policy := func(set string) {
				pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
					tx.MustExec(`DELETE FROM approval_policies`)
					tx.MustExec(`INSERT INTO approval_policies (label_id) VALUES ($1)`, w.Label.ID)
					tx.MustExec(`UPDATE approval_policies SET ` + set)
				})
			}
			policy(c.loose)
			m, r := w.Draft(t, w.Brief(t, slot))
			w.Sent(t, db.Owner)
			w.LetIn(t, db.Owner, w.Third)
			round := w.ApproveClient(t, w.Submit(t, m, r))
			if name == "a newcomer" { // who counts at once where nothing is cooled off
				w.Clock.Add(time.Minute)
				w.LetIn(t, db.Owner, w.Third)
			}
			w.LookAt(approvaltest.As(w.Third), t, round)
			colleague, given := w.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}
			round, err := w.Approval.Approve(approvaltest.As(w.Third), colleague, given, w.Third.ID)
			must(t, err)
			if c.rewrite != "" {
				pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(c.rewrite) })
			}
			stands := func() bool {
				return pgtest.Count(t, db.Owner, `SELECT count(*) FROM approval_rounds WHERE id = $1 AND round_is_complete(id)`, round.ID) == 1
			}
			if round.State != approval.RoundApproved || !stands() {
				t.Fatalf("under the policy that takes it: %s", round.State)
			}
			policy(c.stricter)
			if stands() {
				t.Error("it stands under the stricter policy")
			}
			if _, err := w.Approval.Standing(t.Context(), r.ID); err == nil {
				t.Error("and so may be sent")
			}
		})
	}
}

// TestAWaiverIsOfTheRoleThatGaveIt: a waiver by an approver doesn't stand once the
// policy asks for an admin, and goes on standing when that approver leaves.
func TestAWaiverIsOfTheRoleThatGaveIt(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	waivable(t, w, "approver")
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	w.LookAt(approvaltest.As(w.Third), t, round)
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	_, err := w.Approval.Waive(approvaltest.As(w.Third), w.Step(t, round, approval.Client), approval.Given{Reason: "so"}, w.Third.ID)
	must(t, err)
	colleague, given := w.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}
	_, err = w.Approval.Approve(approvaltest.As(w.Colleague), colleague, given, w.Colleague.ID)
	must(t, err)
	stands := func() bool {
		return pgtest.Count(t, db.Owner, `SELECT count(*) FROM approval_rounds WHERE id = $1 AND round_is_complete(id)`, round.ID) == 1
	}
	set := func(sql string) { pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(sql) }) }
	set(`DELETE FROM user_roles WHERE user_id = ` + id(w.Third))
	if !stands() {
		t.Error("who waived left, and the approval with them")
	}
	set(`UPDATE approval_policies SET waived_by = 'admin'`)
	if stands() {
		t.Error("an approver's waiver stands where the policy asks for an admin")
	}
}
