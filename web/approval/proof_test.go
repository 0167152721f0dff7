package approval_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"keur/approval"
	"keur/web/webtest"
)

// proven fills in the page that asks for a proof and sends it as a browser
// does, to where it leads.
func proven(s *webtest.Browser, page webtest.Response, password string) webtest.Response {
	s.Helper()
	fields, action := url.Values{"proof-password": {password}}, ""
	doc, err := html.Parse(strings.NewReader(page.Body))
	if err != nil {
		s.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data == "form" && strings.HasPrefix(webtest.Attribute(n, "action"), "/proof") {
			action = webtest.Attribute(n, "action")
		}
		if n.Data == "input" && webtest.Attribute(n, "type") == "hidden" {
			fields.Add(webtest.Attribute(n, "name"), webtest.Attribute(n, "value"))
		}
	}
	answer := s.Post(action, fields)
	if answer.Status == http.StatusTemporaryRedirect {
		return s.Post(answer.Header.Get("Location"), fields)
	}
	return answer
}

// Who decides is asked for a proof, once, and what they pressed is then done.
func TestDecidingAsksForAProof(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	path, digest := fmt.Sprintf("/approvals/%d", review), round.Digest.String()
	s := webtest.Unproven(d, "approver")
	s.See(t, path, len(round.Faces))
	typed := url.Values{"digest": {digest}, "reason": {`De <prijs> "ontbreekt".`}}
	page := s.Post(path+"/changes", typed)
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "Confirm that it is you") {
		t.Fatalf("nobody asks: %d %s", page.Status, page.Body)
	}
	if wrong := proven(s, page, "not this one"); wrong.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(wrong.Body, "not your password") || !strings.Contains(wrong.Body, "ontbreekt") {
		t.Errorf("a wrong password: %d %s", wrong.Status, wrong.Body)
	}
	if state := d.Read(round.MailingID).State; state != "in_review" {
		t.Errorf("the mailing is %s", state)
	}
	if done := proven(s, page, webtest.Password); done.Status != http.StatusSeeOther {
		t.Fatalf("with a proof: %d %s", done.Status, done.Body)
	}
	decided, err := d.Approval.Round(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range decided.Reviews {
		if v.ID == review && (v.Verdict != approval.ChangesRequested || v.Reason != typed.Get("reason") || *v.ProvenBy != "password") {
			t.Errorf("decided %s, %q, proven by %v", v.Verdict, v.Reason, *v.ProvenBy)
		}
	}
	again, second := d.Submitted(d.Brief(t, "2026-11-24T12:00"))
	path = fmt.Sprintf("/approvals/%d", second)
	s.See(t, path, len(again.Faces))
	if r := s.Post(path+"/approve", url.Values{"digest": {again.Digest.String()}}); r.Status != http.StatusSeeOther {
		t.Errorf("asked again: %d", r.Status)
	}
	if r := d.As("").Post("/proof?at=%2F%2Fevil.example", nil); r.Header.Get("Location") == "//evil.example" {
		t.Error("a proof leads to another site")
	}
	if r := s.Post("/proof?at=%2F%2Fevil.example", url.Values{"proof-password": {webtest.Password}}); r.Header.Get("Location") != "/" {
		t.Errorf("a proof leads to %s", r.Header.Get("Location"))
	}
}

// By keyboard: a, the password, Enter.
func TestAProofByKeyboard(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	w := webtest.BrowseUnproven(d, "approver", webtest.Phone)
	w.Open(fmt.Sprintf("/approvals/%d", review))
	w.Scroll()
	w.Do(chromedp.KeyEvent("a"), chromedp.WaitVisible(webtest.CSS("#proof-password")))
	w.Whole("proof")
	w.Accessible("proof")
	w.Shoot("proof-en-phone")
	w.Do(chromedp.KeyEvent(webtest.Password+"\r"), chromedp.WaitVisible(webtest.CSS(".notice.good")))
	if m := d.Read(round.MailingID); m.State != "approved" {
		t.Errorf("the mailing is %s", m.State)
	}
}
