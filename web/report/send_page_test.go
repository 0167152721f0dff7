package report_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

func TestLookAtOutcome(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 60)
	send := d.Sent(webtest.Postman{Loses: "lid7@"})
	d.Look("approver", "send", "/sends/"+webtest.Itoa(send.ID))
	d.Look("planner", "mailing_outcome", "/mailings/"+webtest.Itoa(send.MailingID)+"/outcome")
	d.Look("finance", "reports", "/reports?label="+d.Label.Code)
}

func TestDoubtsAreResolvedByAPerson(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 5)
	send := d.Sent(webtest.Postman{Loses: "lid3@"})
	path := "/sends/" + webtest.Itoa(send.ID)
	planner := d.As("planner")
	if page := planner.Get(path).Body; !strings.Contains(page, "One delivery in doubt") || strings.Contains(page, "@post.example") {
		t.Error("the page hides the doubt, or shows an address")
	}
	if page := d.As("viewer").Get(path); page.Status != http.StatusOK || strings.Contains(page.Body, "/doubts/") {
		t.Errorf("a viewer is offered to resolve a doubt: %d", page.Status)
	}
	if r := planner.Post(path+"/doubts/3", url.Values{"how": {"leave"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := planner.Get(path).Body; strings.Contains(page, "/doubts/") {
		t.Error("the doubt is still there")
	}
}
