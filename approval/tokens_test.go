package approval_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// byToken is a context in which the user acts by a new token with the scopes.
func byToken(t *testing.T, w *approvaltest.World, u accounts.User, scopes ...accounts.Scope) (context.Context, accounts.TokenID) {
	t.Helper()
	plain, token, err := accounts.NewTokens(w.Accounts).Create(approvaltest.As(u), u.ID, accounts.Grant{Name: "script", Scopes: scopes})
	must(t, err)
	return postgres.WithCredential(t.Context(), u.ID.Actor(), postgres.ByToken, plain), token.ID
}

// TestATokenDecidesWithItsScopeAlone tries as a program with somebody's token
// and the application's login.
func TestATokenDecidesWithItsScopeAlone(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	w.LookAt(approvaltest.As(w.Third), t, round)
	plans, _ := byToken(t, w, w.Third, accounts.ScopeRead, accounts.ScopePlan, accounts.ScopeSendTest, accounts.ScopeAdmin)
	decides, number := byToken(t, w, w.Third, accounts.ScopeApprove)
	w.LookAt(plans, t, round)
	w.LookAt(decides, t, round)
	step, given := w.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}
	for name, do := range map[string]func() error{
		"a verdict": func() error { _, err := w.Approval.Approve(plans, step, given, w.Third.ID); return err },
		"psql": func() error {
			return postgres.InTx(plans, db.App, func(tx *sqlx.Tx) error {
				_, err := tx.Exec(`UPDATE approval_reviews SET verdict = 'changes_requested', reason = 'x', user_id = $2, decided_at = now() WHERE id = $1`,
					step, w.Third.ID)
				return err
			})
		},
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "lacks the scope approve") {
			t.Errorf("%s: %v", name, err)
		}
	}
	refuse := func(is bool) {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`DELETE FROM approval_policies`)
			tx.MustExec(`INSERT INTO approval_policies (label_id, refuses_tokens) VALUES ($1, $2)`, w.Label.ID, is)
		})
	}
	refuse(true)
	_, err := w.Approval.Approve(decides, step, given, w.Third.ID)
	if err == nil || !strings.Contains(err.Error(), "no verdict by an API token") {
		t.Errorf("where the policy takes none: %v", err)
	}
	refuse(false)
	round, err = w.Approval.Approve(decides, step, given, w.Third.ID)
	must(t, err)
	stands := func() bool {
		return pgtest.Count(t, db.Owner, `SELECT count(*) FROM approval_reviews WHERE token_id = $1 AND round_is_complete(round_id)`, number) == 1
	}
	if round.State != approval.RoundApproved || !stands() {
		t.Errorf("%+v", round)
	}
	refuse(true)
	if stands() {
		t.Error("an approval by token stands under a policy that takes none")
	}
	refuse(false)
	for name, try := range map[string]struct{ from, sql string }{
		"a release":   {"held", `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Third)},
		"giving up":   {"missed", `UPDATE sends SET state = 'cancelled', released_by = ` + id(w.Third)},
		"a new slot":  {"missed", `INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id) SELECT id, slot_local, slot_at, ` + id(w.Third) + ` FROM sends`},
		"resuming":    {"paused", `UPDATE sends SET state = 'sending'`},
		"a lifting":   {"planned", `UPDATE advertisers SET stopped_at = NULL`},
		"an erasure":  {"planned", `UPDATE erasure_requests SET state = 'refused', refused_by = ` + id(w.Third) + `, decided_at = now()`},
		"a vouching":  {"planned", `UPDATE contacts SET vouched_by = 'user:` + id(w.Third) + `'`},
		"a change":    {"planned", `UPDATE change_requests SET state = 'confirmed', decided_at = proposed_at`},
		"a new token": {"planned", `INSERT INTO api_tokens (user_id, name, scopes, token_hash, expires_at, lapses_at) VALUES (1, 'x', 'read', 'x', now(), now())`},
	} {
		t.Run(name, func(t *testing.T) {
			pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`DELETE FROM send_new_slots`)
				tx.MustExec(`DELETE FROM sends`)
				tx.MustExec(`DELETE FROM erasure_requests`)
				tx.MustExec(`DELETE FROM change_requests`)
				tx.MustExec(`UPDATE advertisers SET stopped_at = CASE WHEN $1 THEN now() END`, name == "a lifting")
				tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, paused_by, frozen_at, started_at)
					VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', $4, $5, now(), CASE WHEN $4 = 'paused' THEN now() END)`,
					m.ID, r.ID, w.Label.ID, try.from, w.Colleague.ID)
				tx.MustExec(`INSERT INTO erasure_requests (member_id, label_id, reason, requested_by, requested_at) VALUES (1, $1, 'x', $2, now())`,
					w.Label.ID, w.Colleague.ID)
				tx.MustExec(`INSERT INTO change_requests (kind, subject, payload, rows, proposed_by, proposed_at, expires_at)
					VALUES ('contacts.change', 'x', '{}', '[]', 'user:0', now(), now() + interval '1 day')`)
			})
			err := postgres.InTx(plans, db.App, func(tx *sqlx.Tx) error {
				_, err := tx.Exec(try.sql)
				return err
			})
			want := "lacks the scope approve"
			if name == "a new token" {
				want = "makes no tokens"
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
}
