package comments_test

import (
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/fault"
)

// A change that is asked for by pin stays open on the next revision until its maker
// says, as the mailing is put up again, what became of it.
func TestChangesAreAnsweredWhenPutUpAgain(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 3)
	m, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	ask := func(c comments.Comment) comments.ID {
		t.Helper()
		c.RevisionID = r.ID
		id, err := w.Approval.Comments.Add(approvaltest.As(w.Third), c)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	x, y := 50.0, 50.0
	shorter := ask(comments.Comment{Field: "subject", Body: "Dit kan korter."})
	price := ask(comments.Comment{X: &x, Y: &y, Field: comments.OfPlacement("p1"), Body: "Klopt deze prijs?"})
	ask(comments.Comment{Body: "Mooi geworden."}) // asks for nothing
	// An answer in between says nothing of whether it was done.
	said := comments.Comment{RevisionID: r.ID, AnswersID: &price, Body: "Ik zoek het uit."}
	if _, err := w.Approval.Comments.Add(approvaltest.As(w.Maker), said); err != nil {
		t.Fatal(err)
	}
	by, step := approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague)
	w.LookAt(by, t, round)
	given := approval.Given{Digest: r.Digest, Reason: "Zie de spelden."}
	if _, err := w.Approval.Approve(by, step, given, w.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved over a pin at a field: %v", err)
	}
	if _, err := w.Approval.RequestChanges(by, step, given, w.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	fine := ask(comments.Comment{Field: "sender", Body: "Wie is dit?"})
	if err := w.Approval.Comments.Resolve(approvaltest.As(w.Third), m.ID, fine, true); err != nil {
		t.Fatal(err)
	}
	again := w.Edit(t, m, r.ID, w.Brief(t, "2026-11-25T10:00"))
	if due, err := w.Approval.Comments.Due(t.Context(), again.ID); err != nil || len(due) != 2 ||
		due[0].ID != shorter || due[1].ID != price {
		t.Fatalf("the next revision waits for %+v, %v", due, err)
	}
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	put := func(replies map[comments.ID]comments.Reply) error {
		_, err := w.Approval.Put(approvaltest.As(w.Maker), m.ID, approval.Submission{
			Revision: again.ID, Ticks: approvaltest.Ticks, Replies: replies,
		}, w.Maker.ID)
		return err
	}
	if err := put(nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("put up without a word: %v", err)
	}
	for what, wrong := range map[string]map[comments.ID]comments.Reply{
		"of one":          {shorter: {Outcome: comments.Done}},
		"without a why":   {shorter: {Outcome: comments.Done}, price: {Outcome: comments.Declined, Body: " "}},
		"with one unseen": {shorter: {Outcome: comments.Done}, price: {Outcome: comments.Declined, Body: "\u200b\u2060\u202e"}},
		"with no answer":  {shorter: {Outcome: comments.Done}, price: {Body: "Hm."}},
	} {
		err := put(wrong)
		if problem, ok := err.(*fault.Error); !ok || len(problem.Details) != 1 || problem.Details[0].Path != price.Path() {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Nor past the program, which nobody's pin is answered by.
	if err := psql(db, w.Maker.ID.Actor(), `
		INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, face_set_id)
		SELECT mailing_id, $2, (SELECT digest FROM revisions WHERE id = $2), audience, waterfall, drift_percent, false, submitted_by, face_set_id
		  FROM approval_rounds WHERE id = $1`, round.ID, again.ID); err == nil || !strings.Contains(err.Error(), "say of each at the desk whether it was done") {
		t.Errorf("psql, over two changes: %v", err)
	}
	for what, c := range map[string]struct{ actor, sql, want string }{
		"who looks only":     {"user:9999", `INSERT INTO review_comments (revision_id, answers_id, outcome, body) VALUES ($1, $2, 'done', '')`, "only who plans or approves"},
		"a scheduler":        {"system:scheduler", `INSERT INTO review_comments (revision_id, answers_id, outcome, body) VALUES ($1, $2, 'done', '')`, "proof of who you are"},
		"without a why":      {w.Maker.ID.Actor(), `INSERT INTO review_comments (revision_id, answers_id, outcome, body) VALUES ($1, $2, 'declined', '')`, "check constraint"},
		"with one unseen":    {w.Maker.ID.Actor(), `INSERT INTO review_comments (revision_id, answers_id, outcome, body) VALUES ($1, $2, 'declined', E'\u200B')`, "check constraint"},
		"over what was said": {w.Maker.ID.Actor(), `UPDATE review_comments SET outcome = 'done' WHERE revision_id = $1 AND answers_id = $2`, "permission denied"},
	} {
		if err := psql(db, c.actor, c.sql, again.ID, price); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("psql, %s: %v", what, err)
		}
	}
	if err := put(map[comments.ID]comments.Reply{
		shorter: {Outcome: comments.Done}, 4711: {Outcome: comments.Done},
		price: {Outcome: comments.Declined, Body: " De prijs\u202e klopt.\r\n"},
	}); err != nil {
		t.Fatal(err)
	}
	found, err := w.Approval.Comments.On(t.Context(), again.ID)
	if err != nil || len(found) != 4 || found[0].Reply() == nil || found[0].Reply().Outcome != comments.Done ||
		found[1].Reply().Body != "De prijs klopt." || found[1].Reply().RevisionID != again.ID || found[2].Reply() != nil {
		t.Errorf("answered is %+v, %v", found, err)
	}
	if before, err := w.Approval.Comments.On(t.Context(), r.ID); err != nil || len(before[0].Answers) != 0 {
		t.Errorf("the revision before shows %+v, %v", before, err)
	}
	if due, err := w.Approval.Comments.Due(t.Context(), again.ID); err != nil || len(due) != 0 {
		t.Errorf("answered, there wait %+v, %v", due, err)
	}
}
