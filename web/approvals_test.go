package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/mailings"
)

const testSlot = "2026-11-24T10:00"

// submitted takes a mailing to where its colleague decides, and returns that review.
func (d *testDesk) submitted(b mailings.Brief) (approval.Round, approval.ReviewID) {
	d.t.Helper()
	m, r := d.Draft(d.t, b)
	round := d.ApproveClient(d.t, d.Submit(d.t, m, r))
	return round, d.Step(d.t, round, approval.Colleague)
}

// furnishApprovals makes a review with a comment, for paths that name one.
func (d *testDesk) furnishApprovals() {
	d.t.Helper()
	m, r := d.Draft(d.t, d.Brief(d.t, testSlot))
	d.review = d.Step(d.t, d.Submit(d.t, m, r), approval.Colleague)
	var err error
	if d.comment, err = d.Approval.Comment(approvaltest.As(d.Maker), approval.Comment{RevisionID: r.ID, Body: "Klopt dit?"}); err != nil {
		d.t.Fatal(err)
	}
}

func TestInboxShowsWhatOneMayDecide(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	_, review := d.submitted(d.Brief(t, testSlot))
	row := fmt.Sprintf(`href="/approvals/%d"`, review)
	for name, want := range map[string]bool{"approver": true, "planner": false, "viewer": false, "admin": false} {
		if got := strings.Contains(d.as(name).get("/approvals").body, row); got != want {
			t.Errorf("it waits for the %s: %v", name, got)
		}
	}
	if body := d.as("viewer").get("/approvals?tab=open").body; !strings.Contains(body, row) {
		t.Error("a viewer doesn't see what is open")
	}
	if body := d.as("viewer").get("/approvals?tab=open&format=csv").body; !strings.Contains(body, ",nl,colleague,,3,") {
		t.Errorf("the table is %s", body)
	}
	if body := d.as("viewer").get("/approvals?tab=decided").body; !strings.Contains(body, "Anna") {
		t.Error("what the client decided isn't told")
	}
}

func TestApprovalNamesTheDigestThatWasSeen(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	round, review := d.submitted(d.Brief(t, testSlot))
	path := fmt.Sprintf("/approvals/%d", review)
	s := d.as("approver")
	page := s.get(path)
	if !strings.Contains(page.body, round.Digest.String()) || !strings.Contains(page.body, "3 members get this mailing") {
		t.Fatalf("the page doesn't say what is approved: %s", page.body)
	}
	other := strings.Repeat("0", 64)
	if r := s.post(path+"/approve", url.Values{"digest": {other}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "changed since it was submitted") {
		t.Errorf("another digest was approved: %d", r.status)
	}
	if r := s.post(path+"/changes", url.Values{"digest": {round.Digest.String()}, "reason": {" "}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Say what should change") {
		t.Errorf("changes without a reason: %d", r.status)
	}
	if r := s.post(path+"/approve", url.Values{"digest": {round.Digest.String()}}); r.header.Get("Location") != fmt.Sprintf("/approvals?done=%d", review) {
		t.Errorf("approving led to %q: %s", r.header.Get("Location"), r.body)
	}
	if body := s.get(fmt.Sprintf("/approvals?done=%d", review)).body; !strings.Contains(body, "Everyone has now") {
		t.Error("the inbox doesn't tell what the approval did")
	}
}

func TestWhoMayNotDecideIsToldWhy(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, r := d.Draft(t, d.Brief(t, testSlot))
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
		if body := d.as(c.name).get(fmt.Sprintf("/approvals/%d", c.review)).body; !strings.Contains(body, c.want) || strings.Contains(body, `data-key="a"`) {
			t.Errorf("the %s isn't told %q", c.name, c.want)
		}
	}
	path := fmt.Sprintf("/approvals/%d/approve", client)
	if r := d.as("approver").post(path, url.Values{"digest": {round.Digest.String()}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Only the client") {
		t.Errorf("a user approved as the client: %d", r.status)
	}
}

func TestApproveByKeyboard(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	_, first := d.submitted(d.Brief(t, testSlot))
	second, _ := d.Draft(t, d.Brief(t, "2026-11-24T12:00"))
	d.ApproveClient(t, d.Submit(t, second, mailings.Revision{ID: *d.read(second.ID).RevisionID}))
	w := d.browse("approver", desktop)
	w.open("/approvals")
	w.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(css("[data-key=a]")))
	if got := see(w, chromedp.Location()); !strings.HasSuffix(got, fmt.Sprintf("/approvals/%d", first)) {
		t.Fatalf("j and Enter led to %s", got)
	}
	w.do(chromedp.KeyEvent("a"), chromedp.WaitVisible(css(".notice.good")), chromedp.WaitVisible(css("[data-key=r]")))
	w.do(chromedp.KeyEvent("r"), chromedp.WaitVisible(css("#reason")), chromedp.KeyEvent("De prijs ontbreekt."),
		chromedp.Submit(css("#reason")), chromedp.WaitVisible(css(".notice.care")))
	if m := d.read(second.ID); m.State != mailings.ChangesRequested {
		t.Errorf("the second mailing is %s", m.State)
	}
}

func (d *testDesk) read(id mailings.ID) mailings.Mailing {
	d.t.Helper()
	m, err := d.Mailings.Get(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func TestCommentIsPinnedInTheMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	round, review := d.submitted(d.Brief(t, testSlot))
	w := d.browse("approver", desktop)
	w.open(fmt.Sprintf("/approvals/%d", review))
	w.do(chromedp.WaitVisible(css("[data-pin]")), chromedp.KeyEvent("c"), chromedp.KeyEvent("\r"),
		chromedp.SendKeys(css("#body"), "Dit kan korter."), chromedp.Submit(css("#body")), chromedp.WaitVisible(css(".pins button")))
	found, err := d.Approval.Comments(t.Context(), round.RevisionID)
	if err != nil || len(found) != 1 || found[0].X == nil || found[0].By != d.users["approver"].Name {
		t.Errorf("pinned was %+v, %v", found, err)
	}
	w.shoot("approval-pinned")
}

// busyDesk is one whose inbox has something of everything.
func busyDesk(t *testing.T) (*testDesk, approval.ReviewID) {
	t.Helper()
	d := newDesk(t, 40)
	m, round := d.Approved(t, d.Brief(t, testSlot))
	if _, err := d.Approval.Look(approvaltest.As(d.users["approver"]), round.RevisionID, d.users["approver"].ID); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, "2026-11-25T10:00")
	b.Subjects[0].Text, b.Placements[0].Heading, b.Preheader = "De winterzon in, nu met ontbijt", "Winterzon met ontbijt van Zonvakantie", "Alleen deze week"
	r := d.Edit(t, m, round.RevisionID, b)
	round = d.ApproveClient(t, d.Submit(t, m, r))
	x, y := 50.0, 50.0
	id, err := d.Approval.Comment(approvaltest.As(d.Colleague), approval.Comment{RevisionID: r.ID, Element: "body>p:nth-child(1)", X: &x, Y: &y, Body: "Noem ook het ontbijt in de eerste zin."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Approval.Comment(approvaltest.As(d.Maker), approval.Comment{AnswersID: &id, Body: "Goed idee, komt in de volgende versie."}); err != nil {
		t.Fatal(err)
	}
	d.submitted(d.Brief(t, "2026-11-26T09:30"))
	return d, d.Step(t, round, approval.Colleague)
}

func TestLookAtApprovals(t *testing.T) {
	t.Parallel()
	d, review := busyDesk(t)
	d.look("approver", "approvals", "/approvals")
	d.look("approver", "approval", fmt.Sprintf("/approvals/%d", review))
	d.look("viewer", "approvals-empty", "/approvals")
}
