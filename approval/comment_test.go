package approval_test

import (
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
)

func TestLooksAreRemembered(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	by := approvaltest.As(w.Third)
	if before, err := w.Approval.Faces.Look(by, round.RevisionID, w.Third.ID); err != nil || before != 0 {
		t.Fatalf("the first look follows revision %d, %v", before, err)
	}
	again := w.Edit(t, m, round.RevisionID, w.Brief(t, "2026-11-25T10:00"))
	for range 2 { // a page that is opened again still shows what changed
		if before, err := w.Approval.Faces.Look(by, again.ID, w.Third.ID); err != nil || before != round.RevisionID {
			t.Errorf("the second look follows revision %d, %v", before, err)
		}
	}
	if before, err := w.Approval.ApprovedBefore(t.Context(), again.ID); err != nil || before != round.RevisionID {
		t.Errorf("revision %d was approved before, %v", before, err)
	}
}

func TestTasksAreThoseOneMayDecide(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	tasks := func(f approval.TaskFilter) []approval.Task {
		t.Helper()
		f.Labels = []labels.ID{w.Label.ID}
		page, err := w.Approval.Tasks(t.Context(), f, paging.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	mine := func(u accounts.User) int { return len(tasks(approval.TaskFilter{For: u.ID})) }
	if all := tasks(approval.TaskFilter{}); len(all) != 1 || all[0].Step != approval.Client || all[0].Advertiser != w.Advertiser.Name ||
		mine(w.Third) != 0 {
		t.Errorf("while the client decides there wait %+v", all)
	}
	round = w.ApproveClient(t, round)
	if mine(w.Third) != 1 || mine(w.Maker) != 0 {
		t.Errorf("%d wait for a colleague and %d for the maker", mine(w.Third), mine(w.Maker))
	}
	review, round, err := w.Approval.Review(t.Context(), w.Step(t, round, approval.Colleague))
	if err != nil {
		t.Fatal(err)
	}
	now := w.Clock.Now()
	if err := review.Refuses(&round, w.Maker.ID, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the maker may approve: %v", err)
	}
	if err := review.Refuses(&round, w.Third.ID, now); err != nil || review.Verdict != approval.Pending {
		t.Errorf("a colleague may not approve: %v", err)
	}
	w.LookAt(approvaltest.As(w.Third), t, round)
	if _, err := w.Approval.Approve(approvaltest.As(w.Third), review.ID, approval.Given{Digest: round.Digest}, w.Third.ID); err != nil {
		t.Fatal(err)
	}
	decided := tasks(approval.TaskFilter{Decided: true, Name: "winterzon"})
	if len(decided) != 2 || decided[0].DecidedBy != w.Third.Name || decided[1].DecidedBy != w.Contact.Name {
		t.Errorf("decided are %+v", decided)
	}
}

func TestAnOpenCommentInTheMailBlocksApproval(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	step := w.Step(t, round, approval.Colleague)
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	x, y := 12.5, 80.0
	say := func(c comments.Comment) comments.ID {
		t.Helper()
		c.RevisionID = r.ID
		id, err := w.Approval.Comments.Add(approvaltest.As(w.Third), c)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	approve := func() error {
		_, err := w.Approval.Approve(approvaltest.As(w.Colleague), step, approval.Given{Digest: r.Digest}, w.Colleague.ID)
		return err
	}
	say(comments.Comment{Body: "Mooi geworden."}) // of the mail as a whole, which asks for nothing at a place
	first := say(comments.Comment{Element: "body>p:nth-child(1)", X: &x, Y: &y, Body: "Klopt deze prijs?"})
	second := say(comments.Comment{X: &x, Y: &y, Body: "En deze datum?"})
	if err := approve(); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved over two questions: %v", err)
	}
	say(comments.Comment{AnswersID: &second, Body: "Weet iemand dat?"}) // of who asked, which answers nothing
	answer := comments.Comment{RevisionID: r.ID, AnswersID: &first, Body: "Ja, tot zondag."}
	if _, err := w.Approval.Comments.Add(approvaltest.As(w.Maker), answer); err != nil {
		t.Fatal(err)
	}
	if err := approve(); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved over a question: %v", err)
	}
	// Its maker can't call it resolved, nor who decides.
	for _, by := range []accounts.User{w.Maker, w.Colleague} {
		if err := w.Approval.Comments.Resolve(approvaltest.As(by), m.ID, second, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s resolves it: %v", by.Name, err)
		}
		if err := psql(db, by.ID.Actor(), `UPDATE review_comments SET resolved_at = now() WHERE id = $1`, second); err == nil ||
			!strings.Contains(err.Error(), "who asked for a change") {
			t.Errorf("psql, as %s: %v", by.Name, err)
		}
	}
	// Nor past the program.
	if err := psql(db, w.Colleague.ID.Actor(), `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now()
		WHERE id = $1`, step, w.Colleague.ID); err == nil || !strings.Contains(err.Error(), "waits for an answer") {
		t.Errorf("psql, over a question: %v", err)
	}
	for what, sql := range map[string]string{
		"answers": `INSERT INTO review_comments (revision_id, answers_id, body) SELECT revision_id, id, 'Ja.' FROM review_comments WHERE id = $1`,
		"settles": `UPDATE review_comments SET resolved_at = now() WHERE id = $1`,
	} {
		for _, actor := range []string{"", "system:scheduler"} {
			if err := psql(db, actor, sql, second); err == nil || !strings.Contains(err.Error(), "proof of who you are") {
				t.Errorf("psql %s a question as %q: %v", what, actor, err)
			}
		}
	}
	if err := w.Approval.Comments.Resolve(approvaltest.As(w.Third), m.ID, second, true); err != nil {
		t.Fatal(err)
	}
	if err := approve(); err != nil {
		t.Errorf("all is answered, and still: %v", err)
	}
}
