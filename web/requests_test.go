package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/internal/civil"
	"keur/requests"
)

// askedDesk is one with requests in each state.
func askedDesk(t *testing.T) *testDesk {
	t.Helper()
	d := newDesk(t, 1)
	ctx := approvaltest.As(d.users["planner"])
	approver, today := d.users["approver"].ID, civil.DateOf(d.Clock.Now())
	soon, past := today.AddDays(2), today.AddDays(-1)
	for _, r := range []requests.Request{
		{Kind: requests.Task, Title: "Nieuwe banner voor Zonvakantie, 600 breed", Body: "Met het nieuwe logo.\nGraag met een zomerse foto.", Department: "Vormgeving", Address: "design@publisher.example", DueOn: &soon, AboutKind: "campaign", AboutRef: itoa(d.Campaign.ID)},
		{Kind: requests.Question, Title: "Klopt de commissie van 8%?", AssigneeID: &approver, DueOn: &past},
		{Kind: requests.Fault, Title: "Link in de nieuwsbrief gaf een fout", AssigneeID: &approver},
		{Kind: requests.Idea, Title: "Actie rond Sinterklaas"},
	} {
		if _, err := d.deps.Requests.Create(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	for id, state := range map[requests.ID]requests.State{2: requests.InProgress, 3: requests.Done} {
		if _, err := d.deps.Requests.Update(ctx, id, func(r *requests.Request) error { r.State = state; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.deps.Requests.Comment(ctx, 1, "De foto's staan op de schijf."); err != nil {
		t.Fatal(err)
	}
	return d
}

// answerToken returns the token of the link that was mailed to a department.
func (d *testDesk) answerToken() string {
	d.t.Helper()
	found, err := d.Notices.Claim(d.t.Context(), 50)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, n := range found {
		if _, after, is := strings.Cut(n.Body, "/answer/"); is {
			return strings.TrimSpace(after)
		}
	}
	d.t.Fatal("no department was mailed")
	return ""
}

func TestAskAndAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	if r := s.post("/requests/new", url.Values{"kind": {"task"}, "title": {""}, "body": {"Kept"}, "department": {"Design"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Kept") || !strings.Contains(r.body, "ive the department") {
		t.Errorf("without a title: %d %s", r.status, r.body)
	}
	r := s.post("/requests/new", url.Values{"kind": {"task"}, "title": {"A banner"}, "department": {"Design"}, "address": {"design@p.example"}, "due_on": {"2026-12-01"}})
	if r.header.Get("Location") != "/requests/1" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	token, stranger := d.answerToken(), d.as("")
	if r := stranger.get("/answer/" + token); r.status != http.StatusOK || !strings.Contains(r.body, "A banner") || strings.Contains(r.body, `class="side"`) {
		t.Errorf("the department sees %d %s", r.status, r.body)
	}
	if r := stranger.get("/answer/guessed"); r.status != http.StatusForbidden {
		t.Errorf("a guess: %d", r.status)
	}
	if r := stranger.post("/answer/"+token, url.Values{"body": {""}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty answer: %d", r.status)
	}
	if r := stranger.uploads("/answer/"+token, "banner.png", "png"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a file without a word: %d", r.status)
	}
	if r := stranger.post("/answer/"+token, url.Values{"name": {"Dirk"}, "body": {"Tomorrow"}}); !strings.Contains(r.body, "your answer has arrived") {
		t.Errorf("answered: %d %s", r.status, r.body)
	}
	s.post("/requests/1/comments", url.Values{"body": {"Thanks"}})
	s.post("/requests/1/state", url.Values{"state": {"waiting"}})
	if r := s.uploads("/requests/1/files", "plan.html", "<script>alert(1)</script>"); r.status != http.StatusSeeOther {
		t.Errorf("file: %d %s", r.status, r.body)
	}
	page := s.get("/requests/1").body
	for _, want := range []string{"Dirk", "Tomorrow", "Thanks", "plan.html", "1 December 2026"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	file := s.get("/requests/1/files/1")
	if file.header.Get("Content-Type") != "application/octet-stream" || file.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a file is served as %v", file.header)
	}
	if r := s.post("/requests/1", url.Values{"kind": {"idea"}, "title": {"A poster"}, "assignee": {itoa(d.users["viewer"].ID)}}); r.status != http.StatusSeeOther {
		t.Errorf("change: %d %s", r.status, r.body)
	}
	if r := s.get("/requests?view=list&kind=idea&state=waiting&sort=due&q=poster"); !strings.Contains(r.body, "A poster") || !strings.Contains(r.body, "Test Viewer") {
		t.Errorf("the list: %s", r.body)
	}
	if r := s.get("/requests?format=csv"); !strings.Contains(r.body, "1,idea,A poster,waiting,") {
		t.Errorf("csv: %s", r.body)
	}
}

// What is asked about a thing stands on its page, and what one has to see to on
// today's.
func TestRequestsStandWhereTheyBelong(t *testing.T) {
	t.Parallel()
	d := askedDesk(t)
	image, campaign := d.image.Hash.String(), itoa(d.Campaign.ID)
	s := d.as("approver")
	if page := s.get("/campaigns/" + campaign).body; !strings.Contains(page, "/requests/attached?about=campaign&amp;ref="+campaign) || !strings.Contains(page, "/requests/new?about=creative&amp;ref="+image) || !strings.Contains(page, "/requests/new?about=campaign&amp;ref="+campaign) {
		t.Error("the campaign's page doesn't ask for its requests")
	}
	if form := s.get("/requests/new?about=creative&ref=" + image).body; !strings.Contains(form, `src="/creatives/`+image) {
		t.Errorf("the form doesn't show the image: %s", form)
	}
	r := s.post("/requests/new", url.Values{"kind": {"fault"}, "title": {"The road is too grey"}, "about_kind": {"creative"}, "about_ref": {image}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	part := s.get("/requests/attached?about=campaign&ref=" + campaign).body
	if !strings.Contains(part, "The road is too grey") || !strings.Contains(part, "Nieuwe banner") {
		t.Errorf("attached: %s", part)
	}
	if r := s.post("/requests/new", url.Values{"kind": {"fault"}, "title": {"x"}, "about_kind": {"invoice"}, "about_ref": {"1"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("about nothing that there is: %d", r.status)
	}
	if list := s.get("/requests?view=list&about=campaign&ref=" + campaign).body; !strings.Contains(list, d.Campaign.Name) || strings.Contains(list, "Sinterklaas") {
		t.Errorf("the narrowed list: %s", list)
	}
	if today := s.get("/").body; !strings.Contains(today, "Klopt de commissie") || strings.Contains(today, "Link in de nieuwsbrief") {
		t.Error("today doesn't say what is due, or says what is done")
	}
}

func TestMoveOnTheBoardByKeyboard(t *testing.T) {
	t.Parallel()
	d := askedDesk(t)
	w := d.browse("planner", desktop)
	w.open("/requests")
	w.do(chromedp.Click(css(`[data-request="4"] summary`)), chromedp.Click(css(`[data-request="4"] button[value="done"]`)),
		chromedp.WaitVisible(css(`[data-state="done"] [data-request="4"]`)))
}

func TestLookAtRequests(t *testing.T) {
	t.Parallel()
	d := askedDesk(t)
	d.look("approver", "requests", "/requests")
	d.look("approver", "requests-list", "/requests?view=list")
	d.look("approver", "request", "/requests/1")
	d.look("approver", "request-new", "/requests/new?about=creative&ref="+d.image.Hash.String())
	d.look("", "answer", "/answer/"+d.answerToken())
}
