package approval_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/webtest"
)

func TestInboxShowsWhatOneMayDecide(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	brief := d.Brief(t, webtest.TestSlot)
	brief.Placements[0].Gmail, brief.Placements[0].GmailOffer = true, "20% off"
	_, review := d.Submitted(brief)
	if r := d.As("approver").Get(fmt.Sprintf("/approvals/%d", review)); !strings.Contains(r.Body, "<strong>20% off</strong>") {
		t.Errorf("the approver isn't shown what Gmail's list may: %d", r.Status)
	}
	row := fmt.Sprintf(`href="/approvals/%d"`, review)
	for name, want := range map[string]bool{"approver": true, "planner": false, "viewer": false, "admin": false} {
		if got := strings.Contains(d.As(name).Get("/approvals").Body, row); got != want {
			t.Errorf("it waits for the %s: %v", name, got)
		}
	}
	if body := d.As("viewer").Get("/approvals?tab=open").Body; !strings.Contains(body, row) {
		t.Error("a viewer doesn't see what is open")
	}
	if body := d.As("viewer").Get("/approvals?tab=open&format=data").Body; !strings.Contains(body, ",nl,colleague,,<20,") {
		t.Errorf("who only looks has the table %s", body)
	}
	if body := d.As("planner").Get("/approvals?tab=open&format=data").Body; !strings.Contains(body, ",nl,colleague,,3,") {
		t.Errorf("the table is %s", body)
	}
	if body := d.As("viewer").Get("/approvals?tab=decided").Body; !strings.Contains(body, "Anna") {
		t.Error("what the client decided isn't told")
	}
}

// Approvers see of links what Check said and the slot will go by.
func TestApproversSeeWhatWasFoundAboutLinks(t *testing.T) {
	t.Parallel()
	for found, want := range map[*fault.Error]string{
		nil: "Nothing found",
		fault.New(fault.Unavailable, "links.refused", "code", 403, "text", "Forbidden"): "could not be checked: it refuses to be " +
			"checked (403 Forbidden)",
		fault.New(fault.Unavailable, "links.no_answer", "seconds", 5): "t answer now: no answer within 5 seconds",
	} {
		d := webtest.New(t, 1)
		d.Follow = func(_ context.Context, url, _ string) (string, error) {
			if found == nil {
				return url, nil
			}
			return url, found
		}
		_, review := d.Submitted(d.Brief(t, webtest.TestSlot))
		if page := d.As("approver").Get(fmt.Sprintf("/approvals/%d", review)).Body; !strings.Contains(page, want) {
			t.Errorf("an approver isn't told that %q", want)
		}
	}
}

func TestApprovalNamesTheDigestThatWasSeen(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/approvals/%d", review)
	s := d.As("approver")
	page := s.Get(path)
	if !strings.Contains(page.Body, round.Digest.String()) || !strings.Contains(page.Body, "3 members get this mailing") {
		t.Fatalf("the page doesn't say what is approved: %s", page.Body)
	}
	other := strings.Repeat("0", 64)
	if r := s.Post(path+"/approve", url.Values{"digest": {other}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "changed since it was submitted") {
		t.Errorf("another digest was approved: %d", r.Status)
	}
	if r := s.Post(
		path+"/changes", url.Values{"digest": {round.Digest.String()}, "reason": {" "}},
	); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Say what should change") {
		t.Errorf("changes without a reason: %d", r.Status)
	}
	if r := s.Post(path+"/approve", url.Values{"digest": {round.Digest.String()}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "you have not seen 1") {
		t.Errorf("approved unseen: %d", r.Status)
	}
	s.See(t, path, len(round.Faces))
	if r := s.Post(path+"/approve", url.Values{"digest": {round.Digest.String()}}); r.Header.Get("Location") != fmt.Sprintf(
		"/approvals?done=%d", review,
	) {
		t.Errorf("approving led to %q: %s", r.Header.Get("Location"), r.Body)
	}
	if body := s.Get(fmt.Sprintf("/approvals?done=%d", review)).Body; !strings.Contains(body, "Everyone has now") {
		t.Error("the inbox doesn't tell what the approval did")
	}
}

func TestWhoMayNotDecideIsToldWhy(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	round := d.Submit(t, m, r)
	client, colleague := d.Step(t, round, approval.Client), d.Step(t, round, approval.Colleague)
	for _, c := range []struct {
		name   string
		review approval.ReviewID
		want   string
	}{
		{"approver", client, "Only the client approves this step"},
		{"approver", colleague, "still open"},
		{"planner", colleague, "Only an approver of this label"},
	} {
		if body := d.As(c.name).
			Get(fmt.Sprintf("/approvals/%d", c.review)).
			Body; !strings.Contains(body, c.want) ||
			strings.Contains(body, fmt.Sprintf("/approvals/%d/approve", c.review)) {
			t.Errorf("the %s isn't told %q", c.name, c.want)
		}
	}
	path := fmt.Sprintf("/approvals/%d/approve", client)
	if r := d.As("approver").
		Post(path, url.Values{"digest": {round.Digest.String()}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Only the client") {
		t.Errorf("a user approved as the client: %d", r.Status)
	}
}

// TestANewApproverIsToldFromWhen: instead of the buttons; on the person's page an
// admin lets them count.
func TestANewApproverIsToldFromWhen(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	_, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	approver := d.Users["approver"]
	d.World.Sent(t, d.Owner)
	d.LetIn(t, d.Owner, approver)
	path := fmt.Sprintf("/approvals/%d", review)
	const says = "Your role is new: it counts for what is submitted from 24 November"
	if page := d.As("approver").Get(path).Body; !strings.Contains(page, says) ||
		strings.Contains(page, path+"/approve") {
		t.Errorf("the approver isn't told that the role is new: %s", page)
	}
	admin, person := d.As("admin"), "/settings/people/"+webtest.Itoa(approver.ID)
	if page := admin.Get(person).Body; !strings.Contains(page, "decides about what is submitted from Tuesday 24 November, 09:00") {
		t.Errorf("their page doesn't say so: %s", page)
	}
	if r := admin.Post(person+"/lift", nil); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := admin.Get(person).Body; strings.Contains(page, "Newly an approver") || !strings.Contains(page, "counts at once") {
		t.Error("lifted, their page doesn't say so")
	}
	if page := d.As("approver").Get(path).Body; strings.Contains(page, "Your role is new") || !strings.Contains(page, path+"/approve") {
		t.Error("lifted, the approver can't decide")
	}
}

func TestApproveByKeyboard(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	_, first := d.Submitted(d.Brief(t, webtest.TestSlot))
	second, _ := d.Draft(t, d.Brief(t, "2026-11-24T12:00"))
	d.ApproveClient(t, d.Submit(t, second, mailings.Revision{ID: *d.Read(second.ID).RevisionID}))
	w := d.Browse("approver", webtest.Desktop)
	w.Open("/approvals")
	w.Do(chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(webtest.CSS("[data-arm]")))
	if got := webtest.See(w, chromedp.Location()); !strings.HasSuffix(got, fmt.Sprintf("/approvals/%d", first)) {
		t.Fatalf("j and Enter led to %s", got)
	}
	w.Scroll()
	// Nothing is pressed that stands behind a dialog.
	w.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-arm]").addEventListener("click", (event) => {
		if (!document.querySelector("dialog:modal")) return;
		event.preventDefault();
		window.behind = true;
	})`), chromedp.KeyEvent("?"), chromedp.WaitVisible(webtest.CSS("#keys")), chromedp.KeyEvent("a"))
	if webtest.See(w, chromedp.Evaluate[bool](`window.behind === true`)) {
		t.Error("a approves behind the list of keys")
	}
	w.Do(chromedp.KeyEvent("\u001b"), chromedp.WaitNotVisible(webtest.CSS("#keys")))
	w.Do(chromedp.KeyEvent("a"), chromedp.WaitVisible(webtest.CSS(".notice.good")), chromedp.WaitVisible(webtest.CSS("[data-key=r]")))
	w.Do(chromedp.KeyEvent("r"), chromedp.WaitVisible(webtest.CSS("#reason")), chromedp.KeyEvent("De prijs ontbreekt."),
		webtest.Send("#reason"), chromedp.WaitVisible(webtest.CSS(".notice.care")))
	if m := d.Read(second.ID); m.State != mailings.ChangesRequested {
		t.Errorf("the second mailing is %s", m.State)
	}
}

// The key that approved one mailing doesn't approve the next, which its presser
// hasn't looked at on this page, though they saw it before.
func TestTheKeyWaitsForTheMail(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	_, first := d.Submitted(d.Brief(t, webtest.TestSlot))
	other, _ := d.Draft(t, d.Brief(t, "2026-11-24T12:00"))
	round := d.ApproveClient(t, d.Submit(t, other, mailings.Revision{ID: *d.Read(other.ID).RevisionID}))
	second := d.Step(t, round, approval.Colleague)
	d.LookAt(approvaltest.As(d.Users["approver"]), t, round)
	w := d.Browse("approver", webtest.Laptop)
	w.Open(fmt.Sprintf("/approvals/%d", first))
	w.Do(chromedp.WaitVisible(webtest.CSS("[data-arm-hint]")), chromedp.KeyEvent("a"))
	w.Scroll()
	w.Do(chromedp.KeyEvent("a"), chromedp.WaitVisible(webtest.CSS(".notice.good")), chromedp.WaitVisible(webtest.CSS("[data-arm-hint]")),
		chromedp.KeyEvent("a"))
	if got := webtest.See(w, chromedp.Location()); !strings.Contains(got, fmt.Sprintf("/approvals/%d", second)) {
		t.Errorf("the second press led to %s", got)
	}
	if v, _, err := d.Approval.Review(t.Context(), second); err != nil || v.Verdict != approval.Pending {
		t.Errorf("the second press decided %+v %v", v.Verdict, err)
	}
	w.Scroll()
	w.Do(chromedp.KeyEvent("a"), chromedp.WaitNotPresent(webtest.CSS("[data-arm]")))
	if v, _, err := d.Approval.Review(t.Context(), second); err != nil || v.Verdict != approval.Approved {
		t.Errorf("looked at, it is %+v %v", v.Verdict, err)
	}
}

// A question that is pinned in the mail is said where one decides, until it is
// answered.
func TestAQuestionInTheMailWaits(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	x, y := 50.0, 50.0
	id, err := d.Approval.Comments.Add(approvaltest.As(d.Users["approver"]),
		comments.Comment{RevisionID: round.RevisionID, X: &x, Y: &y, Body: "Klopt deze prijs?"})
	if err != nil {
		t.Fatal(err)
	}
	approver, path := d.As("approver"), fmt.Sprintf("/approvals/%d", review)
	approver.See(t, path, len(round.Faces))
	if page := approver.Get(path).Body; !strings.Contains(page, "1 comment in the mail waits for an answer") {
		t.Error("the page doesn't say what it waits for")
	}
	webtest.Prove(d, "approver")
	if r := approver.Post(path+"/approve", url.Values{"digest": {round.Digest.String()}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "answer or resolve it first") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	d.As("planner").Post(path+"/comments", url.Values{"answers": {fmt.Sprint(id)}, "body": {"Ja, tot zondag."}})
	if r := approver.Post(path+"/approve", url.Values{"digest": {round.Digest.String()}}); r.Status != http.StatusSeeOther {
		t.Errorf("answered, and still: %d %s", r.Status, r.Body)
	}
}

func TestCommentIsPinnedInTheMail(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	w := d.Browse("approver", webtest.Desktop)
	w.Open(fmt.Sprintf("/approvals/%d", review))
	w.Do(
		chromedp.WaitVisible(webtest.CSS("[data-pin]")), chromedp.KeyEvent("c"), chromedp.KeyEvent("\r"),
		webtest.Type("#body", "Dit kan korter."), webtest.Send("#body"),
		chromedp.WaitVisible(webtest.CSS(".pins button")),
	)
	found, err := d.Approval.Comments.On(t.Context(), round.RevisionID)
	if err != nil || len(found) != 1 || found[0].X == nil || found[0].By != d.Users["approver"].Name {
		t.Errorf("pinned was %+v, %v", found, err)
	}
	w.Shoot("approval-pinned")
}

// busyDesk is one whose inbox has something of everything.
func busyDesk(t *testing.T) (*webtest.Desk, approval.ReviewID) {
	t.Helper()
	d := webtest.New(t, 40)
	m, round := d.Approved(t, d.Brief(t, webtest.TestSlot))
	if _, err := d.Approval.Faces.Look(approvaltest.As(d.Users["approver"]), round.RevisionID, d.Users["approver"].ID); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, "2026-11-25T10:00")
	b.Subjects[0].Text, b.Placements[0].Heading, b.Preheader = "De winterzon in, nu met ontbijt",
		"Winterzon met ontbijt van Zonvakantie", "Alleen deze week"
	asked, err := d.Approval.Comments.Add(approvaltest.As(d.Users["approver"]),
		comments.Comment{RevisionID: round.RevisionID, Field: "subject", Body: "Noem het ontbijt."})
	if err != nil {
		t.Fatal(err)
	}
	r := d.Edit(t, m, round.RevisionID, b)
	d.World.Look(approvaltest.As(d.Maker), t, m.ID)
	if round, err = d.Approval.Put(approvaltest.As(d.Maker), m.ID, approval.Submission{
		Revision: r.ID, Ticks: approvaltest.Ticks, Replies: map[comments.ID]comments.Reply{asked: {Outcome: comments.Done}},
	}, d.Maker.ID); err != nil {
		t.Fatal(err)
	}
	round = d.ApproveClient(t, round)
	x, y := 50.0, 50.0
	id, err := d.Approval.Comments.Add(
		approvaltest.As(d.Colleague),
		comments.Comment{RevisionID: r.ID, Element: "body>p:nth-child(1)", X: &x, Y: &y, Body: "Noem ook het ontbijt in de eerste zin."},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Approval.Comments.Add(
		approvaltest.As(d.Maker), comments.Comment{RevisionID: r.ID, AnswersID: &id, Body: "Goed idee, komt in de volgende versie."},
	); err != nil {
		t.Fatal(err)
	}
	d.Submitted(d.Brief(t, "2026-11-26T09:30"))
	return d, d.Step(t, round, approval.Colleague)
}

func TestLookAtApprovals(t *testing.T) {
	t.Parallel()
	d, review := busyDesk(t)
	d.Look("approver", "approvals", "/approvals")
	d.Look("approver", "approval", fmt.Sprintf("/approvals/%d", review))
	d.Look("viewer", "approvals-empty", "/approvals")
}
