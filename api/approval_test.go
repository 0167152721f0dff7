package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/labels"
	"keur/mailings"
)

// brief is a solo mailing about the campaign, for everyone.
func (d *desk) brief(campaign int64, basedOn mailings.RevisionID) map[string]any {
	return map[string]any{
		"based_on": basedOn,
		"subjects": []any{map[string]any{"key": "a", "weight": 1, "text": "Zon voor {{member.first_name | default \"jou\"}}"}},
		"template": map[string]any{"format": "html", "source": `<html><body>{{placements}}
			<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`},
		"placements": []any{map[string]any{
			"key": "p1", "campaign_id": campaign, "heading": "Reisbureau", "text": "Naar de zon.", "button": "Kijk", "url": "https://reis.example/zon",
		}},
		"audience": map[string]any{"segments": []any{map[string]any{"name": "iedereen", "rule": map[string]any{"all": []any{}}}}},
		"schedule": map[string]any{"kind": "once", "at": time.Now().AddDate(0, 0, 7).Format("2006-01-02") + "T10:00"},
	}
}

// TestAMailingPassesThreePartiesOverTheAPI goes the whole way, and tries at
// each turn to get around it.
func TestAMailingPassesThreePartiesOverTheAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	f := d.fill()
	d.addUser("author", accounts.User{Roles: map[labels.ID][]accounts.Role{d.label.ID: {accounts.Planner, accounts.Approver}}})
	var m mailings.Mailing
	d.want(http.StatusCreated, d.call("author", "POST", f.label+"/mailings", `{"name":"Zomer","kind":"solo"}`), &m)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	var r revised
	d.want(http.StatusCreated, d.call("author", "POST", path+"/revisions", d.brief(f.campaignID, 0)), &r)
	for _, finding := range r.Findings {
		if finding.Level == "block" {
			t.Fatalf("%+v", r.Findings)
		}
	}
	var seen preview
	d.want(http.StatusOK, d.call("viewer", "GET", fmt.Sprintf("/revisions/%d/preview", r.ID), nil), &seen)
	if seen.Subject != "Zon voor jou" || !strings.Contains(seen.HTML, "Reisbureau") || !strings.Contains(seen.Raw, "List-Unsubscribe") {
		t.Errorf("preview: %+v", seen)
	}
	d.want(http.StatusOK, d.call("planner", "GET", fmt.Sprintf("/revisions/%d/preview/1", r.ID), nil), nil)
	d.want(http.StatusForbidden, d.call("viewer", "GET", fmt.Sprintf("/revisions/%d/preview/1", r.ID), nil), nil)

	var round approval.Round
	d.want(http.StatusOK, d.call("author", "POST", path+"/submit", map[string]any{"revision_id": r.ID, "checklist": []string{"content", "links", "audience", "slot", "terms"}}), &round)
	client, colleague := round.Reviews[1], round.Reviews[2]
	approve := func(user string, review approval.Review, digest mailings.Digest) reply {
		return d.call(user, "POST", fmt.Sprintf("/reviews/%d/approve", review.ID), map[string]any{"digest": digest})
	}
	d.want(http.StatusForbidden, approve("planner", colleague, r.Digest), nil) // not an approver
	d.want(http.StatusConflict, approve("approver", colleague, r.Digest), nil) // not its turn

	var contact struct {
		ID int64 `json:"id"`
	}
	d.want(http.StatusCreated, d.call("planner", "POST", f.advertiser+"/contacts", `{"name":"Anna","email":"anna@reis.example","may_approve":true}`), &contact)
	var link issued
	d.want(http.StatusCreated, d.call("author", "POST", fmt.Sprintf("/reviews/%d/links", client.ID), map[string]any{"contact_id": contact.ID}), &link)
	if !strings.HasPrefix(link.URL, d.label.PublicURL+"/a/") {
		t.Errorf("the link is %s", link.URL)
	}
	if _, err := d.deps.Approval.DecideByLink(t.Context(), link.Token, r.Digest, true, ""); err != nil {
		t.Fatal(err)
	}
	d.want(http.StatusForbidden, approve("author", colleague, r.Digest), nil)            // one's own work
	d.want(http.StatusConflict, approve("approver", colleague, mailings.Digest{1}), nil) // not what was seen
	d.want(http.StatusOK, approve("approver", colleague, r.Digest), &round)
	if round.State != approval.RoundApproved {
		t.Errorf("the round is %s", round.State)
	}
	d.checkApproved(path, round, r, f)
}

// checkApproved looks at what an approved mailing offers, and lets an edit undo it.
func (d *desk) checkApproved(path string, round approval.Round, r revised, f filled) {
	d.t.Helper()
	var m mailings.Mailing
	d.want(http.StatusOK, d.call("viewer", "GET", path, nil), &m)
	if m.State != mailings.Approved {
		d.t.Errorf("the mailing is %s", m.State)
	}
	certificate := fmt.Sprintf("/rounds/%d/certificate", round.ID)
	d.want(http.StatusOK, d.call("viewer", "GET", certificate, nil), nil)
	if pdf := d.want(http.StatusOK, d.call("viewer", "GET", certificate+".pdf", nil), nil); !strings.HasPrefix(pdf.body, "%PDF") {
		d.t.Error("the certificate is no PDF")
	}
	var trail verified
	d.want(http.StatusOK, d.call("admin", "POST", "/audit/verify", nil), &trail)
	if trail.Entries == 0 {
		d.t.Error("the trail is empty")
	}
	d.checkSends(path, f)
	d.want(http.StatusConflict, d.call("planner", "POST", path+"/revisions", d.brief(f.campaignID, 0)), nil) // made on nothing
	d.want(http.StatusCreated, d.call("planner", "POST", path+"/revisions", d.brief(f.campaignID, r.ID)), nil)
	d.want(http.StatusOK, d.call("viewer", "GET", path, nil), &m)
	if m.State != mailings.Draft {
		d.t.Errorf("after an edit the mailing is %s", m.State)
	}
}

// checkSends lets the scheduler plan what was approved, and handles its send.
func (d *desk) checkSends(path string, f filled) {
	d.t.Helper()
	if err := d.deps.Scheduler.Tick(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	var sends page[mailings.Send]
	d.want(http.StatusOK, d.call("viewer", "GET", path+"/sends", nil), &sends)
	if len(sends.Items) != 1 || sends.Items[0].State != mailings.Planned {
		d.t.Fatalf("%+v", sends)
	}
	send := fmt.Sprintf("/sends/%d", sends.Items[0].ID)
	d.want(http.StatusOK, d.call("viewer", "GET", f.label+"/sends?state=planned", nil), &sends)
	if len(sends.Items) != 1 {
		d.t.Errorf("the label's planned sends are %+v", sends)
	}
	d.want(http.StatusNotFound, d.call("stranger", "GET", send, nil), nil)
	d.want(http.StatusForbidden, d.call("viewer", "POST", send+"/pause", nil), nil)
	d.want(http.StatusConflict, d.call("planner", "POST", send+"/pause", nil), nil)    // it hasn't begun
	d.want(http.StatusConflict, d.call("approver", "POST", send+"/release", nil), nil) // nothing holds it
	d.want(http.StatusOK, d.call("planner", "GET", send+"/doubts", nil), nil)
	d.want(http.StatusOK, d.call("viewer", "GET", send+"/progress", nil), nil)
	for _, report := range []string{"/outcomes?by=campaign", "/outcomes.csv?by=send", "/breakdown?by=hour&from=2026-01-01T00:00:00Z", "/breakdown.csv"} {
		d.want(http.StatusOK, d.call("viewer", "GET", f.label+report, nil), nil)
	}
}
