package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval"
	"keur/mailings"
)

func TestMailingIsSubmittedRemindedAndWithdrawn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, r := d.Draft(t, d.Brief(t, testSlot))
	path := fmt.Sprintf("/mailings/%d", m.ID)
	s := d.as("planner")
	if body := s.get(path + "/approval").body; !strings.Contains(body, "Submit for approval") || !strings.Contains(body, d.Advertiser.Name) {
		t.Fatalf("the page doesn't ask for submission: %s", body)
	}
	form := url.Values{"revision": {itoa(r.ID)}, "points": {"content", "links"}}
	if r := s.post(path+"/submit", form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Sign off") {
		t.Errorf("half a checklist was taken: %d", r.status)
	}
	form["points"] = approval.Checklist()
	if r := s.post(path+"/submit", form); r.status != http.StatusSeeOther {
		t.Fatalf("submitting: %d %s", r.status, r.body)
	}
	round, err := d.Approval.Latest(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	client := fmt.Sprintf("/approvals/%d", d.Step(t, round, approval.Client))
	if body := s.get(path + "/approval").body; !strings.Contains(body, d.Contact.Name) || !strings.Contains(body, "link mailed") {
		t.Error("the page doesn't say whom it waits for")
	}
	if r := s.post(client+"/links", url.Values{"contact": {itoa(d.Contact.ID)}}); r.status != http.StatusSeeOther {
		t.Errorf("mailing the link again: %d", r.status)
	}
	if r := s.post(client+"/remind", nil); r.status != http.StatusSeeOther {
		t.Errorf("reminding: %d %s", r.status, r.body)
	}
	if r := s.post(client+"/remind", nil); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "reminded already") {
		t.Errorf("reminding twice: %d", r.status)
	}
	if r := d.as("approver").post(client+"/waive", url.Values{"reason": {"belt niet terug"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "policy") {
		t.Errorf("waiving against the policy: %d", r.status)
	}
	if r := s.post(path+"/withdraw", url.Values{"reason": {"prijs veranderd"}}); r.status != http.StatusSeeOther || d.read(m.ID).State != mailings.Draft {
		t.Errorf("withdrawing: %d, it is %s", r.status, d.read(m.ID).State)
	}
}

func TestCertificatesAreHandedOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, round := d.Approved(t, d.Brief(t, testSlot))
	s := d.as("viewer")
	path := fmt.Sprintf("/mailings/%d/certificates/%d", m.ID, round.ID)
	if r := s.get(path); r.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.body, "%PDF") {
		t.Errorf("the PDF is %d %s", r.status, r.header.Get("Content-Type"))
	}
	if r := s.get(path + "?format=json"); !strings.Contains(r.body, round.Digest.String()) {
		t.Errorf("the JSON is %d %s", r.status, r.body)
	}
	other, _ := d.Draft(t, d.Brief(t, testSlot))
	if r := s.get(fmt.Sprintf("/mailings/%d/certificates/%d", other.ID, round.ID)); r.status != http.StatusNotFound {
		t.Errorf("another mailing's certificate: %d", r.status)
	}
}

func TestLookAtMailingApproval(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	ready, _ := d.Draft(t, d.Brief(t, testSlot))
	m, r := d.Draft(t, d.Brief(t, testSlot))
	d.Submit(t, m, r)
	d.look("planner", "mailing-approval-ready", fmt.Sprintf("/mailings/%d/approval", ready.ID))
	d.look("planner", "mailing-approval-open", fmt.Sprintf("/mailings/%d/approval", m.ID))
}
