package request_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// answerToken returns the token of the link that was mailed to a department.
func answerToken(d *webtest.Desk) string {
	d.T.Helper()
	found, err := d.Notices.Claim(pgtest.Acting(d.T.Context(), "system:notices"), 50)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, n := range found {
		if _, after, is := strings.Cut(n.Body, "/answer/"); is {
			return strings.TrimSpace(after)
		}
	}
	d.T.Fatal("no department was mailed")
	return ""
}

func TestAskAndAnswer(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Post(
		"/requests/new", url.Values{"kind": {"task"}, "title": {""}, "body": {"Kept"}, "department": {"Design"}},
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Kept") ||
		!strings.Contains(r.Body, "ive the department") {
		t.Errorf("without a title: %d %s", r.Status, r.Body)
	}
	r := s.Post(
		"/requests/new",
		url.Values{
			"kind": {"task"}, "title": {"A banner"}, "department": {"Design"}, "address": {"design@p.example"},
			"due_on": {"2026-12-01"},
		},
	)
	if r.Header.Get("Location") != "/requests/1" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	token, stranger := answerToken(d), d.As("")
	if r := stranger.Get("/answer/" + token); r.Status != http.StatusOK || !strings.Contains(r.Body, "A banner") ||
		strings.Contains(r.Body, `class="side"`) {
		t.Errorf("the department sees %d %s", r.Status, r.Body)
	}
	if r := stranger.Get("/answer/guessed"); r.Status != http.StatusForbidden {
		t.Errorf("a guess: %d", r.Status)
	}
	if r := stranger.Post("/answer/"+token, url.Values{"body": {""}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("an empty answer: %d", r.Status)
	}
	if r := stranger.Uploads("/answer/"+token, "banner.png", "png"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a file without a word: %d", r.Status)
	}
	if r := stranger.Post("/answer/"+token, url.Values{"name": {"Dirk"}, "body": {"Tomorrow"}}); !strings.Contains(
		r.Body, "your answer has arrived",
	) {
		t.Errorf("answered: %d %s", r.Status, r.Body)
	}
	s.Post("/requests/1/comments", url.Values{"body": {"Thanks"}})
	s.Post("/requests/1/state", url.Values{"state": {"waiting"}})
	if r := s.Uploads("/requests/1/files", "plan.html", "<script>alert(1)</script>"); r.Status != http.StatusSeeOther {
		t.Errorf("file: %d %s", r.Status, r.Body)
	}
	page := s.Get("/requests/1").Body
	for _, want := range []string{"Dirk", "Tomorrow", "Thanks", "plan.html", "1 December 2026"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	file := s.Get("/requests/1/files/1")
	if file.Header.Get("Content-Type") != "application/octet-stream" || file.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a file is served as %v", file.Header)
	}
	if r := s.Post(
		"/requests/1", url.Values{"kind": {"idea"}, "title": {"A poster"}, "assignee": {webtest.Itoa(d.Users["viewer"].ID)}},
	); r.Status != http.StatusSeeOther {
		t.Errorf("change: %d %s", r.Status, r.Body)
	}
	if r := s.Get("/requests?view=list&kind=idea&state=waiting&sort=due&q=poster"); !strings.Contains(r.Body, "A poster") ||
		!strings.Contains(r.Body, "Test Viewer") {
		t.Errorf("the list: %s", r.Body)
	}
	if r := s.Get("/requests?format=data"); !strings.Contains(r.Body, "1,idea,A poster,waiting,") {
		t.Errorf("csv: %s", r.Body)
	}
}

// TestADepartmentSeesWhatItIsAskedFor: the image or the campaign, and until when;
// no member, and no image of another label.
func TestADepartmentSeesWhatItIsAskedFor(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(1)
	planner, stranger := d.As("planner"), d.As("")
	for _, c := range []struct {
		kind, ref string
		shows     string
	}{
		{"creative", d.Image.Hash.String(), "/banner"},
		{"campaign", webtest.Itoa(d.Campaign.ID), "campaign " + d.Campaign.Name},
		{"member", "1", ""},
	} {
		r := planner.Post("/requests/new", url.Values{
			"kind": {"task"}, "title": {"Another colour"}, "department": {"Design"}, "address": {"design@p.example"},
			"due_on": {"2026-12-01"}, "about_kind": {c.kind}, "about_ref": {c.ref},
		})
		if r.Status != http.StatusSeeOther {
			t.Errorf("about %s %s: %d", c.kind, c.ref, r.Status)
			continue
		}
		answer := "/answer/" + answerToken(d)
		page := stranger.Get(answer)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "1 December 2026") || !strings.Contains(page.Body, c.shows) {
			t.Errorf("about %s: %d %s", c.kind, page.Status, page.Body)
		}
		if c.shows == "" && (strings.Contains(page.Body, "About") || strings.Contains(page.Body, "<figure>")) {
			t.Errorf("about %s it says more than it may: %s", c.kind, page.Body)
		}
		banner := stranger.Get(answer + "/banner")
		if want := c.shows == "/banner"; want != (banner.Status == http.StatusOK && banner.Header.Get("Content-Type") == d.Image.Type) {
			t.Errorf("the banner of a request about %s: %d %v", c.kind, banner.Status, banner.Header)
		}
	}
	if guessed := stranger.Get("/answer/guessed/banner"); guessed.Status != http.StatusForbidden {
		t.Errorf("by a guessed link: %d", guessed.Status)
	}
}

// What is asked about a thing stands on its page, and what one has to see to on
// today's.
func TestRequestsStandWhereTheyBelong(t *testing.T) {
	t.Parallel()
	d := webtest.AskedDesk(t)
	image, campaign := d.Image.Hash.String(), webtest.Itoa(d.Campaign.ID)
	s := d.As("approver")
	if page := s.Get(
		"/campaigns/" + campaign,
	).Body; !strings.Contains(page, "/requests/attached?about=campaign&amp;ref="+campaign) ||
		!strings.Contains(page, "/requests/new?about=creative&amp;ref="+image) ||
		!strings.Contains(page, "/requests/new?about=campaign&amp;ref="+campaign) {
		t.Error("the campaign's page doesn't ask for its requests")
	}
	if form := s.Get("/requests/new?about=creative&ref=" + image).Body; !strings.Contains(form, `src="/creatives/`+image) {
		t.Errorf("the form doesn't show the image: %s", form)
	}
	r := s.Post(
		"/requests/new",
		url.Values{"kind": {"fault"}, "title": {"The road is too grey"}, "about_kind": {"creative"}, "about_ref": {image}},
	)
	if r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	part := s.Get("/requests/attached?about=campaign&ref=" + campaign).Body
	if !strings.Contains(part, "The road is too grey") || !strings.Contains(part, "Nieuwe banner") {
		t.Errorf("attached: %s", part)
	}
	if r := s.Post(
		"/requests/new", url.Values{"kind": {"fault"}, "title": {"x"}, "about_kind": {"invoice"}, "about_ref": {"1"}},
	); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("about nothing that there is: %d", r.Status)
	}
	if list := s.Get("/requests?view=list&about=campaign&ref=" + campaign).Body; !strings.Contains(list, d.Campaign.Name) ||
		strings.Contains(list, "Sinterklaas") {
		t.Errorf("the narrowed list: %s", list)
	}
	if today := s.Get("/").Body; !strings.Contains(today, "Klopt de commissie") || strings.Contains(today, "Link in de nieuwsbrief") {
		t.Error("today doesn't say what is due, or says what is done")
	}
}

func TestMoveOnTheBoardByKeyboard(t *testing.T) {
	t.Parallel()
	d := webtest.AskedDesk(t)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/requests")
	w.Do(webtest.Click(`[data-request="4"] summary`), webtest.Click(`[data-request="4"] button[value="done"]`),
		chromedp.WaitVisible(webtest.CSS(`[data-state="done"] [data-request="4"]`)))
}

func TestLookAtRequests(t *testing.T) {
	t.Parallel()
	d := webtest.AskedDesk(t)
	d.Look("approver", "requests", "/requests")
	d.Look("approver", "requests-list", "/requests?view=list")
	d.Look("approver", "request", "/requests/1")
	d.Look("approver", "request-new", "/requests/new?about=creative&ref="+d.Image.Hash.String())
	d.Look("", "answer", "/answer/"+answerToken(d))
}
