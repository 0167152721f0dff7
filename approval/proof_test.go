package approval_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/policies"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// signedIn returns a context in which the user acts by a session of their own.
func signedIn(t *testing.T, db pgtest.DB, u accounts.User) context.Context {
	t.Helper()
	return postgres.WithCredential(t.Context(), u.ID.Actor(), postgres.BySession, pgtest.Session(t, db.App, int64(u.ID)))
}

// A session decides nothing without a proof of its own that is fresh, whoever
// holds the application's login.
func TestAVerdictTakesAFreshProof(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	waivable(t, w, policies.ByApprover)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client, colleague := w.Step(t, round, approval.Client), w.Step(t, round, approval.Colleague)
	tess := signedIn(t, db, w.Third)
	const asked = "at most ten minutes old"
	refused := func(name string, ctx context.Context, sql string, args ...any) {
		t.Helper()
		err := postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, sql, args...)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), asked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const approve = `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`
	const changes = `UPDATE approval_reviews SET verdict = 'changes_requested', reason = 'so', user_id = $2, decided_at = now() WHERE id = $1`
	const waive = `UPDATE approval_reviews SET verdict = 'waived', reason = 'so', user_id = $2, decided_at = now() WHERE id = $1`
	refused("a waiver without a proof", tess, waive, client, w.Third.ID)
	w.LookAt(tess, t, round)
	if _, err := w.Approval.Waive(tess, client, approval.Given{Reason: "by phone"}, w.Third.ID); !proofAsked(err) {
		t.Errorf("a waiver by the program: %v", err)
	}
	pgtest.Prove(t, db.App, int64(w.Third.ID), "password", 0)
	_, err := w.Approval.Waive(tess, client, approval.Given{Reason: "by phone"}, w.Third.ID)
	must(t, err)

	coen := signedIn(t, db, w.Colleague)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { // another wrote it, so that Coen may decide
		tx.MustExec(`DELETE FROM part_authors WHERE user_id = $1`, w.Colleague.ID)
	})
	w.LookAt(coen, t, round)
	refused("a verdict without one, while a colleague has one", coen, approve, colleague, w.Colleague.ID)
	pgtest.Prove(t, db.App, int64(w.Colleague.ID), "code", 11*time.Minute)
	refused("a verdict with an old one", coen, approve, colleague, w.Colleague.ID)
	if _, err := w.Approval.Approve(coen, colleague, approval.Given{Digest: round.Digest}, w.Colleague.ID); !proofAsked(err) {
		t.Errorf("an approval by the program with an old one: %v", err)
	}
	pgtest.Prove(t, db.App, int64(w.Colleague.ID), "code", 0)
	refused("a verdict with that of another session of theirs", signedIn(t, db, w.Colleague), changes, colleague, w.Colleague.ID)
	given := approval.Given{Digest: round.Digest}
	_, err = w.Approval.Approve(coen, colleague, given, w.Colleague.ID)
	must(t, err)
	round, err = w.Approval.Round(t.Context(), round.ID)
	must(t, err)
	for _, v := range round.Reviews {
		want := map[approval.Step]string{approval.Maker: "process", approval.Client: "password", approval.Colleague: "code"}[v.Step]
		if v.ProvenBy == nil || *v.ProvenBy != want {
			t.Errorf("the %s's step is proven by %v, want %s", v.Step, v.ProvenBy, want)
		}
	}
}

func proofAsked(err error) bool {
	_, asked := accounts.ProofAsked(err)
	return asked
}

// Nobody puts a proof down who hasn't the program's key.
func TestPsqlCannotProveAnything(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	ctx := signedIn(t, db, w.Third)
	signedIn(t, db, w.Colleague)
	pgtest.Prove(t, db.App, int64(w.Colleague.ID), "code", 11*time.Minute)
	for name, try := range map[string]struct{ sql, says string }{
		"a proof of one's own":     {`INSERT INTO session_proofs (session_id, method, proven_at) SELECT id, 'code', now() FROM sessions WHERE user_id = $1`, "only the program itself"},
		"a guessed word":           {`INSERT INTO session_proofs (session_id, method, proven_at, mac) SELECT id, 'code', now(), sha256('x') FROM sessions WHERE user_id = $1`, "only the program itself"},
		"an old one made young":    {`UPDATE session_proofs SET proven_at = now() WHERE session_id <> $1`, "only the program itself"},
		"another's made one's own": {`UPDATE session_proofs SET session_id = $1`, "permission denied"},
		"a stronger one":           {`UPDATE session_proofs SET method = 'provider' WHERE session_id <> $1`, "only the program itself"},
		"one taken away":           {`DELETE FROM session_proofs WHERE session_id = $1`, "permission denied"},
		"how a review was proven":  {`UPDATE approval_reviews SET proven_by = 'code' WHERE id = $1`, "permission denied"},
	} {
		err := postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, try.sql, w.Third.ID)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), try.says) {
			t.Errorf("%s: %v, want %q", name, err, try.says)
		}
	}
}

// What lets mail go out that was held back takes a proof like a verdict.
func TestLettingGoTakesAFreshProof(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	tess := signedIn(t, db, w.Third)
	w.LookAt(tess, t, round)
	for name, try := range map[string]struct{ state, sql string }{
		"a release":        {"held", `UPDATE sends SET state = 'preflight', released_by = $1`},
		"a new slot":       {"missed", `UPDATE sends SET state = 'cancelled', released_by = $1`},
		"its row":          {"missed", `INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id) SELECT id, slot_local, slot_at, $1 FROM sends`},
		"a resumption":     {"paused", `UPDATE sends SET state = 'sending' WHERE $1 > 0`},
		"a stop's end":     {"planned", `UPDATE advertisers SET stopped_at = NULL WHERE $1 > 0`},
		"a second release": {"held again", `UPDATE sends SET state = 'preflight' WHERE released_by = $1`},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			state, again := strings.CutSuffix(try.state, " again")
			tx.MustExec(`DELETE FROM send_new_slots`)
			tx.MustExec(`DELETE FROM sends`)
			tx.MustExec(`DELETE FROM session_proofs`)
			tx.MustExec(`UPDATE advertisers SET stopped_at = CASE WHEN $1 THEN now() END`, name == "a stop's end")
			var by *accounts.UserID
			if again {
				by = &w.Third.ID
			}
			tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, paused_by, released_by,
				frozen_at, started_at)
				VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', $4, '{"key": "hold.mail"}', $5, $6, now(), CASE WHEN $4 = 'paused' THEN now() END)`,
				m.ID, round.RevisionID, w.Label.ID, state, w.Third.ID, by)
		})
		do := func() error {
			return postgres.InTx(tess, db.App, func(tx *sqlx.Tx) error {
				_, err := tx.ExecContext(tess, try.sql, w.Third.ID)
				return err
			})
		}
		if err := do(); err == nil || !strings.Contains(err.Error(), "at most ten minutes old") {
			t.Errorf("%s without a proof: %v", name, err)
		}
		pgtest.Prove(t, db.App, int64(w.Third.ID), "password", 0)
		if err := do(); err != nil {
			t.Errorf("%s with one: %v", name, err)
		}
	}
}

// Where the policy asks for more than a password, a password proves nothing.
func TestThePolicyMayAskForMoreThanAPassword(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	p := policies.Default(w.Label.ID)
	p.StrongProof, p.Version = true, 0
	_, err := w.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
	must(t, err)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	colleague, tess := w.Step(t, round, approval.Colleague), signedIn(t, db, w.Third)
	w.LookAt(tess, t, round)
	pgtest.Prove(t, db.App, int64(w.Third.ID), "password", 0)
	given := approval.Given{Digest: round.Digest}
	_, err = w.Approval.Approve(tess, colleague, given, w.Third.ID)
	if lack, asked := accounts.ProofAsked(err); !lack.Strong || !asked {
		t.Errorf("approved by password: %v", err)
	}
	err = postgres.InTx(tess, db.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`, colleague, w.Third.ID)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "more than a password") {
		t.Errorf("by psql: %v", err)
	}
	pgtest.Prove(t, db.App, int64(w.Third.ID), "code", 0)
	_, err = w.Approval.Approve(tess, colleague, given, w.Third.ID)
	must(t, err)
}
