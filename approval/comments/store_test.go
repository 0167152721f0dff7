package comments_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/fault"
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

func TestCommentsStandInThreads(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 0)
	m, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	x, y := 12.5, 80.0
	pinned, err := w.Approval.Comments.Add(approvaltest.As(w.Colleague), comments.Comment{
		RevisionID: r.ID, Element: "body>p:nth-child(1)", X: &x, Y: &y, Body: "Dit kan korter."})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.Approval.Comments.Add(approvaltest.As(w.Maker), comments.Comment{RevisionID: r.ID,
		AnswersID: &pinned, X: &x, Body: "Doe ik."})
	if err == nil {
		t.Error("an answer was pinned by half")
	}
	if answer, err = w.Approval.Comments.Add(approvaltest.As(w.Maker), comments.Comment{RevisionID: r.ID,
		AnswersID: &pinned, Body: "Doe ik."}); err != nil {
		t.Fatal(err)
	}
	if _, err = w.Approval.Comments.Add(approvaltest.As(w.Third), comments.Comment{RevisionID: r.ID,
		AnswersID: &answer, Body: "Mooi."}); err != nil {
		t.Fatal(err)
	}
	again := w.Edit(t, m, r.ID, w.Brief(t, "2026-11-25T10:00"))
	found, err := w.Approval.Comments.On(t.Context(), again.ID)
	if err != nil || len(found) != 1 || len(found[0].Answers) != 2 {
		t.Fatalf("the next revision shows %+v, %v", found, err)
	}
	if c := found[0]; c.By != "Coen" || c.Number != 1 || *c.X != x || c.Answers[0].By != "Mara" {
		t.Errorf("the thread is %+v", c)
	}
	if err := w.Approval.Comments.Resolve(approvaltest.As(w.Colleague), m.ID, pinned, true); err != nil {
		t.Fatal(err)
	}
	if found, err = w.Approval.Comments.On(t.Context(), r.ID); err != nil || found[0].ResolvedBy != "Coen" {
		t.Errorf("the thread is resolved by %q, %v", found[0].ResolvedBy, err)
	}
	if err := w.Approval.Comments.Resolve(approvaltest.As(w.Maker), m.ID+1, pinned, false); !fault.Is(err, fault.NotFound) {
		t.Errorf("another mailing's thread was reopened: %v", err)
	}
	other, own := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	if _, err := w.Approval.Comments.Add(approvaltest.As(w.Third), comments.Comment{RevisionID: own.ID,
		AnswersID: &pinned, Body: "Hier?"}); !fault.Is(err,
		fault.NotFound) {
		t.Errorf("mailing %d's page answers another mailing's thread: %v", other.ID, err)
	}
	if err := psql(db, w.Third.ID.Actor(), `
		INSERT INTO review_comments (revision_id, answers_id, body) VALUES ($1, $2, 'Hier?')`, own.ID, pinned); err == nil ||
		!strings.Contains(err.Error(), "same mailing") {
		t.Errorf("the login answers another mailing's thread: %v", err)
	}
	if err := psql(db, w.Third.ID.Actor(), `UPDATE review_comments SET body = 'anders' WHERE id = $1`, pinned); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a comment was changed: %v", err)
	}
	if _, err := w.Approval.Comments.Add(approvaltest.As(w.Third), comments.Comment{RevisionID: r.ID, Body: "  "}); !fault.Is(err,
		fault.Invalid) {
		t.Errorf("an empty comment: %v", err)
	}
}
