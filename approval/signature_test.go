package approval_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/internal/postgres"
)

// A verdict by passkey is a signature over it, and over nothing else.
func TestAPasskeySignsAVerdict(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	other, o := w.Draft(t, w.Brief(t, "2026-11-25T10:00"))
	second := w.ApproveClient(t, w.Submit(t, other, o))
	id, another := w.Step(t, round, approval.Colleague), w.Step(t, second, approval.Colleague)
	tess := w.Signer(t, w.Third)
	given := approval.Given{Digest: round.Digest}
	approve := func() error {
		_, err := w.Approval.Approve(tess.Ctx, id, given, w.Third.ID)
		return err
	}
	psql := func(v approval.Verdict) error {
		return postgres.InTx(tess.Ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`UPDATE approval_reviews SET verdict = $2, reason = 'so', user_id = $3, decided_at = now() WHERE id = $1`, id, v, w.Third.ID)
			return err
		})
	}
	tess.Sign(t, id, approval.Approved)
	w.LookAt(tess.Ctx, t, round) // after it was signed
	w.LookAt(tess.Ctx, t, second)
	if err := approve(); err == nil || !strings.Contains(err.Error(), "signed another verdict") {
		t.Errorf("faces that were seen later: %v", err)
	}
	tess.Sign(t, another, approval.Approved)
	if err := approve(); !proofAsked(err) {
		t.Errorf("signed for another review: %v", err)
	}
	if err := psql(approval.Approved); err == nil || !strings.Contains(err.Error(), "at most ten minutes old") {
		t.Errorf("the same by psql: %v", err)
	}
	tess.Sign(t, id, approval.ChangesRequested)
	for name, err := range map[string]error{"by the program": approve(), "by psql": psql(approval.Approved)} {
		if err == nil || !strings.Contains(err.Error(), "signed another verdict") {
			t.Errorf("an approval by a signature under changes, %s: %v", name, err)
		}
	}
	if err := postgres.InTx(tess.Ctx, db.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`UPDATE approval_reviews SET signature = '{}' WHERE id = $1`, id)
		return err
	}); err == nil {
		t.Error("psql writes a signature")
	}
	tess.Sign(t, id, approval.Approved)
	must(t, approve())
	round, err := w.Approval.Round(t.Context(), round.ID)
	must(t, err)
	for _, v := range round.Reviews {
		if v.ID != id {
			continue
		}
		if !v.Signed(round.Faces) {
			t.Errorf("it isn't signed: %+v", v.Signature)
		}
		changed := v
		if changed.Verdict = approval.ChangesRequested; changed.Signed(round.Faces) {
			t.Error("another verdict is signed as well")
		}
		changed = v
		if changed.Digest[0]++; changed.Signed(round.Faces) {
			t.Error("another digest is signed as well")
		}
		if v.Signed(nil) {
			t.Error("other faces are signed as well")
		}
	}
	if _, err := w.Approval.Approve(tess.Ctx, another, approval.Given{Digest: second.Digest}, w.Third.ID); !proofAsked(err) {
		t.Errorf("a second verdict by the same proof: %v", err)
	}
}
