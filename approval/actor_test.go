package approval_test

import (
	"context"
	"fmt"
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
	w.LookAt(approvaltest.As(w.Third), t, round)
	db.App.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`,
		m.ID, round.RevisionID, w.Label.ID)
	for _, step := range []struct {
		actor, sql string
		passes     bool
	}{
		{"system:scheduler", `UPDATE sends SET state = 'held', held_reason = '{"key": "hold.mail"}'`, true},
		{w.Third.ID.Actor(), `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Third), true},
		{"system:scheduler", `UPDATE sends SET state = 'held', held_reason = '{"key": "hold.mail"}'`, true},
		{"system:scheduler", `UPDATE sends SET state = 'preflight'`, false},
		{w.Maker.ID.Actor(), `UPDATE sends SET state = 'preflight'`, false},
	} {
		if err := psql(db, step.actor, step.sql); (err == nil) != step.passes {
			t.Fatalf("%s by %s: %v", step.sql, step.actor, err)
		}
	}
}

func id(u accounts.User) string { return strings.TrimPrefix(u.ID.Actor(), "user:") }

// A link opens the review that it was made for, and no other of the same contact.
func TestALinkDecidesItsOwnReviewAlone(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	first, second := approval.ReviewID(0), approval.ReviewID(0)
	for _, review := range []*approval.ReviewID{&first, &second} {
		m, r := w.Draft(t, w.Brief(t, slot))
		*review = w.Step(t, w.Submit(t, m, r), approval.Client)
	}
	var token string
	for _, review := range []approval.ReviewID{second, first} {
		if err := postgres.InTx(approvaltest.As(w.Maker), db.App, func(tx *sqlx.Tx) error {
			token = pgtest.Link(t, tx, int64(review), int64(w.Contact.ID), w.Clock.Now().Add(time.Hour))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := postgres.WithCredential(t.Context(), w.Contact.ID.Actor(), postgres.ByLink, token)
	decide := func(review approval.ReviewID) error {
		return postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`UPDATE approval_reviews SET verdict = 'changes_requested', reason = 'no', contact_id = $2, decided_at = $3 WHERE id = $1`,
				review, w.Contact.ID, w.Clock.Now())
			return err
		})
	}
	if err := decide(second); err == nil || !strings.Contains(err.Error(), "who was sent a link") {
		t.Errorf("by the link to another review: %v", err)
	}
	if err := decide(first); err != nil {
		t.Errorf("by its own link: %v", err)
	}
}

// The trail says who acted when a row changed, and when that was, and not who
// acts, or when it is, at commit.
func TestTheTrailIsOfTheMoment(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	tx := db.App.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`UPDATE users SET locale = 'de' WHERE id = $1`, w.Third.ID)
	now := fmt.Sprint(time.Now().Unix())
	tx.MustExec(`SELECT act('system:late', 'process', $1)`, fmt.Sprintf("%s %x", now, pgtest.Key().MAC("act", "system:late", now)))
	// Who else writes to the trail isn't held up, however long this takes.
	db.Owner.MustExec(`SET lock_timeout = '2s'`)
	db.Owner.MustExec(`UPDATE users SET locale = 'en' WHERE id = $1`, w.Maker.ID)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var entries []struct {
		Actor string
		At    time.Time
	}
	if err := db.Owner.Select(&entries, `SELECT actor, at FROM audit_log ORDER BY seq DESC LIMIT 2`); err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	if entries[0].Actor != "database:keur_app_login" || entries[0].At.After(entries[1].At) {
		t.Errorf("the trail has %+v", entries)
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*) FROM audit_pending`); n != 0 {
		t.Errorf("%d entries wait on", n)
	}
}
