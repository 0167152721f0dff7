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

// psql runs a statement as the application's login, in the name of actor.
func psql(db pgtest.DB, actor, sql string, args ...any) error {
	ctx := pgtest.Acting(context.Background(), actor)
	return postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, sql, args...)
		return err
	})
}

// What the audit trail says of who acts and what a row says of it are one.
func TestPsqlCannotActInAnothersName(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	round = w.ApproveClient(t, round)
	colleague := w.Step(t, round, approval.Colleague)
	const approve = `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`
	for name, try := range map[string]struct {
		actor, sql string
		args       []any
	}{
		"another user's approval":     {w.Maker.ID.Actor(), approve, []any{colleague, w.Colleague.ID}},
		"an approval by a contact":    {w.Contact.ID.Actor(), approve, []any{colleague, w.Colleague.ID}},
		"an approval by the system":   {"system:scheduler", approve, []any{colleague, w.Colleague.ID}},
		"an approval by a bare login": {"", approve, []any{colleague, w.Colleague.ID}},
		"another user's revision":     {w.Maker.ID.Actor(), `INSERT INTO revisions (mailing_id, number, content, author_id) VALUES ($1, 9, '{}', $2)`, []any{m.ID, w.Third.ID}},
		"another user's link": {w.Maker.ID.Actor(), `INSERT INTO approval_links (review_id, contact_id, token_hash, created_by, expires_at, lapses_at, mac) VALUES ($1, $2, 'x', $3, $4, $4, $5)`, []any{
			colleague, w.Contact.ID, w.Third.ID, approvaltest.Start,
			pgtest.Key().Mint("approval_links", int64(colleague), int64(w.Contact.ID), []byte("x"), approvaltest.Start)}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := psql(db, try.actor, try.sql, try.args...); err == nil ||
				!strings.Contains(err.Error(), "this would be put down as done by") {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := psql(db, w.Third.ID.Actor(), `UPDATE mailings SET created_by = 'user:99'`); err != nil {
		t.Fatal(err)
	}
	if m, err := w.Mailings.Get(t.Context(), m.ID); err != nil || m.CreatedBy != w.Maker.ID.Actor() {
		t.Errorf("the mailing is put down as made by %s, %v", m.CreatedBy, err)
	}
}

// A release is for one reason: the one before doesn't carry the next.
func TestPsqlCannotReleaseWithYesterdaysRelease(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	db.App.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`,
		m.ID, round.RevisionID, w.Label.ID)
	for _, step := range []struct {
		actor, sql string
		passes     bool
	}{
		{"system:scheduler", `UPDATE sends SET state = 'held'`, true},
		{w.Third.ID.Actor(), `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Third), true},
		{"system:scheduler", `UPDATE sends SET state = 'held'`, true},
		{"system:scheduler", `UPDATE sends SET state = 'preflight'`, false},
		{w.Maker.ID.Actor(), `UPDATE sends SET state = 'preflight'`, false},
	} {
		if err := psql(db, step.actor, step.sql); (err == nil) != step.passes {
			t.Fatalf("%s by %s: %v", step.sql, step.actor, err)
		}
	}
}

func id(u accounts.User) string { return strings.TrimPrefix(u.ID.Actor(), "user:") }
