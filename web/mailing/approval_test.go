package mailing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/webtest"
)

func TestMailingIsSubmittedRemindedAndWithdrawn(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/mailings/%d", m.ID)
	s := d.As("planner")
	if body := s.Get(path + "/approval").Body; !strings.Contains(body, "Submit for approval") ||
		!strings.Contains(body, d.Advertiser.Name) {
		t.Fatalf("the page doesn't ask for submission: %s", body)
	}
	form := url.Values{"revision": {webtest.Itoa(r.ID)}, "points": {"content", "links"}}
	if r := s.Post(path+"/submit", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Sign off") {
		t.Errorf("half a checklist was taken: %d", r.Status)
	} else if n := strings.Count(r.Body, " required checked>"); n != 2 || !strings.Contains(r.Body, `value="links" required checked>`) {
		t.Errorf("%d of the 2 ticks are left", n)
	}
	form["points"] = approval.Checklist()
	if r := s.Post(path+"/submit", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "you have not seen 1") {
		t.Errorf("submitted unseen: %d", r.Status)
	}
	s.See(t, path, 1)
	if r := s.Post(path+"/submit", form); r.Status != http.StatusSeeOther {
		t.Fatalf("submitting: %d %s", r.Status, r.Body)
	}
	round, err := d.Approval.Latest(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	client := fmt.Sprintf("/approvals/%d", d.Step(t, round, approval.Client))
	if body := s.Get(path + "/approval").Body; !strings.Contains(body, d.Contact.Name) || !strings.Contains(body, "link mailed") {
		t.Error("the page doesn't say whom it waits for")
	}
	if r := s.Post(client+"/links", url.Values{"contact": {webtest.Itoa(d.Contact.ID)}}); r.Status != http.StatusSeeOther {
		t.Errorf("mailing the link again: %d", r.Status)
	}
	if r := s.Post(client+"/remind", nil); r.Status != http.StatusSeeOther {
		t.Errorf("reminding: %d %s", r.Status, r.Body)
	}
	if r := s.Post(client+"/remind", nil); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "reminded already") {
		t.Errorf("reminding twice: %d", r.Status)
	}
	if r := d.As("approver").
		Post(client+"/waive", url.Values{"reason": {"belt niet terug"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "policy") {
		t.Errorf("waiving against the policy: %d", r.Status)
	}
	if r := s.Post(path+"/withdraw", url.Values{"reason": {"prijs veranderd"}}); r.Status != http.StatusSeeOther ||
		d.Read(m.ID).State != mailings.Draft {
		t.Errorf("withdrawing: %d, it is %s", r.Status, d.Read(m.ID).State)
	}
	if body := s.Get(path + "/approval").Body; !strings.Contains(body, "<q>prijs veranderd</q>") {
		t.Errorf("what somebody wrote isn't quoted: %s", body)
	}
	for state, says := range map[string]string{
		"withdrawn": "The approval was withdrawn. Reason: the mailing is draft again.",
		"ended":     "This approval has ended. Reason: the mailing is draft again.",
		"expired":   "The approval expired: not everyone decided in time.",
	} {
		pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE approval_rounds SET state = $1, close_reason = '{"key": "approval.mailing_is_again", "args": {"state": "draft"}}'`, state)
		})
		if body := s.Get(path + "/approval").Body; !strings.Contains(body, says) || strings.Contains(body, "<q>") {
			t.Errorf("%s by the program, it says %s", state, body)
		}
	}
}

func TestLookAtMailingApproval(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	ready, asked := d.Draft(t, d.Brief(t, webtest.TestSlot))
	if _, err := d.Approval.Comments.Add(approvaltest.As(d.Colleague), comments.Comment{
		RevisionID: asked.ID, Field: comments.OfPlacement("zon"), Body: "Noem ook het ontbijt.",
	}); err != nil {
		t.Fatal(err)
	}
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.Submit(t, m, r)
	b := d.Brief(t, webtest.TestSlot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	standing, _ := d.Approved(t, b)
	renewed, round := d.Approved(t, b)
	d.Submit(t, renewed, mailings.Revision{ID: round.RevisionID})
	d.Look("planner", "mailing-approval-standing", fmt.Sprintf("/mailings/%d/approval", standing.ID))
	d.Look("planner", "mailing-approval-renewed", fmt.Sprintf("/mailings/%d/approval", renewed.ID))
	d.Look("planner", "mailing-approval-ready", fmt.Sprintf("/mailings/%d/approval", ready.ID))
	d.Look("planner", "mailing-approval-open", fmt.Sprintf("/mailings/%d/approval", m.ID))
}

// TestWhatRecursIsRenewedAtTheDesk: beside its approval, which is shown, and the
// renewal alone is taken back.
func TestWhatRecursIsRenewedAtTheDesk(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	b := d.Brief(t, webtest.TestSlot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	m, round := d.Approved(t, b)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	s := d.As("planner")
	if body := s.Get(path + "/approval").Body; !strings.Contains(body, "Renew the approval") {
		t.Fatalf("the page offers no renewal: %s", body)
	}
	s.See(t, path, 1)
	form := url.Values{"revision": {webtest.Itoa(round.RevisionID)}, "points": approval.Checklist()}
	if r := s.Post(path+"/submit", form); r.Status != http.StatusSeeOther {
		t.Fatalf("renewing: %d %s", r.Status, r.Body)
	}
	body := s.Get(path + "/approval").Body
	if !strings.Contains(body, "Its approval stands up to") || strings.Contains(body, "Renew the approval") ||
		!strings.Contains(body, fmt.Sprintf("/certificates/%d", round.ID)) {
		t.Errorf("the page doesn't show both: %s", body)
	}
	back := url.Values{"renewal": {"yes"}}
	if r := s.Post(path+"/withdraw", back); r.Status != http.StatusSeeOther || d.Read(m.ID).State != mailings.Approved {
		t.Errorf("taking the renewal back: %d, it is %s", r.Status, d.Read(m.ID).State)
	}
	if r := s.Post(path+"/withdraw", back); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("taking it back twice: %d", r.Status)
	}
}

// TestThePageForeseesWhoIsAskedAgain: before a newsletter of which one part changed is
// put up again, its page says whose approval counts on, and who is asked again and why.
func TestThePageForeseesWhoIsAskedAgain(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	s, _ := d.World.Newsletter(t, webtest.TestSlot)
	s.Brief.Placements[1].Text = "Nu vanaf € 199.\nAlleen deze week."
	m, _ := s.Save(t)
	path := webtest.MailingPath(m.ID) + "/approval"
	if body := d.As("planner").Get(path).Body; !strings.Contains(body, "whose earlier approval still counts") {
		t.Error("the page doesn't say that it finds out")
	}
	body := d.As("planner").Get(webtest.MailingPath(m.ID) + "/asked").Body
	for _, want := range []string{"approved before", "Approved as revision 1:", "Asked again, as their part changed"} {
		if strings.Count(body, want) != 1 {
			t.Errorf("the page says %d times %q", strings.Count(body, want), want)
		}
	}
	if r := d.As("approver").Get(webtest.MailingPath(m.ID) + "/asked"); r.Status != http.StatusForbidden {
		t.Errorf("who can't put it up reads what would become of it: %d", r.Status)
	}
	d.Look("planner", "foreseen", path)
}
