package approval_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/actors"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/members"
)

// TestATokenIsNoStrongerThanItsProof: where the policy asks for more than a
// password, no token that a password made decides either.
func TestATokenIsNoStrongerThanItsProof(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, strong_proof) VALUES ($1, true)`, w.Label.ID)
	})
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	third := signedIn(t, db, w.Third)
	given, step := approval.Given{Digest: round.Digest}, w.Step(t, round, approval.Colleague)
	for _, c := range []struct {
		method string
		holds  bool
	}{{"password", false}, {"code", true}} {
		pgtest.Prove(t, db.App, int64(w.Third.ID), c.method, 0)
		plain, _, err := accounts.NewTokens(w.Accounts).Create(third, w.Third.ID,
			accounts.Grant{Name: c.method, Scopes: accounts.Scopes{accounts.ScopeApprove}})
		must(t, err)
		token := postgres.WithCredential(t.Context(), w.Third.ID.Actor(), postgres.ByToken, plain)
		w.LookAt(token, t, round)
		if _, err = w.Approval.Approve(token, step, given, w.Third.ID); (err == nil) != c.holds {
			t.Errorf("a token made by %s: %v", c.method, err)
		}
	}
}

// TestErasingTakesAFreshProof: it can't be undone.
func TestErasingTakesAFreshProof(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	erasures := members.NewErasures(members.NewStore(db.App, w.Clock, []byte("key of a test")))
	asked, err := erasures.Ask(approvaltest.As(w.Colleague),
		members.Erasure{Member: 1, Label: w.Label.ID, Reason: "x", RequestedBy: actors.User(w.Colleague.ID)})
	must(t, err)
	third := signedIn(t, db, w.Third)
	approve := func() error {
		_, err := erasures.Update(third, asked.ID, func(e *members.Erasure) error {
			return e.Approve(actors.User(w.Third.ID), w.Clock.Now())
		})
		return err
	}
	if err := approve(); !proofAsked(err) {
		t.Errorf("without a proof: %v", err)
	}
	pgtest.Prove(t, db.App, int64(w.Third.ID), "password", 0)
	must(t, approve())
}

// TestAProofIsOfNow: one of tomorrow, by a clock that runs ahead, proves nothing.
func TestAProofIsOfNow(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	third := signedIn(t, db, w.Third)
	for ago, holds := range map[time.Duration]bool{-24 * time.Hour: false, -2 * time.Minute: false, 0: true, 11 * time.Minute: false} {
		pgtest.Prove(t, db.App, int64(w.Third.ID), "password", ago)
		var fresh *string
		must(t, postgres.InTx(third, db.App, func(tx *sqlx.Tx) error { return tx.Get(&fresh, `SELECT fresh_proof()`) }))
		if (fresh != nil) != holds {
			t.Errorf("a proof of %v ago holds: %v", ago, fresh != nil)
		}
	}
}

// TestAnAuthenticatorStaysConfirmed: else a password would be proof enough again.
func TestAnAuthenticatorStaysConfirmed(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	third := signedIn(t, db, w.Third)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO second_factors (user_id, secret_sealed, confirmed_at, created_at) VALUES ($1, 'x', now(), now())`, w.Third.ID)
	})
	for _, sql := range []string{
		`UPDATE second_factors SET confirmed_at = NULL WHERE user_id = $1`,
		`UPDATE second_factors SET confirmed_at = confirmed_at + interval '1 day' WHERE user_id = $1`,
	} {
		err := postgres.InTx(third, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(sql, w.Third.ID)
			return err
		})
		if !proofAsked(postgres.Fault(err, "thing.user", "id", w.Third.ID)) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestATokenEndsWithinAYear also for who says that it was made in ten years.
func TestATokenEndsWithinAYear(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	at, hash := time.Now().AddDate(10, 0, 0).Truncate(time.Microsecond), make([]byte, 32)
	err := postgres.InTx(approvaltest.As(w.Third), db.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO api_tokens (user_id, name, scopes, token_hash, created_at, expires_at, lapses_at, mac)
			VALUES ($1, 'x', 'read', $2, $3, $3, $3, $4)`, w.Third.ID, hash, at,
			pgtest.Key().Mint("api_tokens", int64(w.Third.ID), hash, "read", at))
		return err
	})
	if err == nil {
		t.Error("a token lives for ten years")
	}
}
