package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/paging"
	"keur/mailings"
)

func TestTwoEditorsDontOverwriteEachOther(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, first := o.draft("Mara")
	// All made on the first revision, all at once: one is in time.
	const editors = 6
	answers := make([]*httptest.ResponseRecorder, editors)
	var crowd sync.WaitGroup
	for i := range editors {
		b := o.Brief(t, slot)
		b.Subjects[0].Text = fmt.Sprintf("Onderwerp %d", i)
		r := o.request([]string{"Mara", "Coen"}[i%2], "POST", path+"/revisions", edition(first.ID, b))
		answers[i] = httptest.NewRecorder()
		crowd.Go(func() { o.handler.ServeHTTP(answers[i], r) })
	}
	crowd.Wait()
	saved := 0
	for _, w := range answers {
		switch got := (reply{w.Code, w.Header(), w.Body.String()}); got.status {
		case http.StatusCreated:
			saved++
		case http.StatusConflict:
			if says := problemOf(t, got); !strings.Contains(says, "someone edited this mailing") {
				t.Errorf("a late editor is told %q", says)
			}
		default:
			t.Errorf("an editor is answered %d %s", got.status, got.body)
		}
	}
	if saved != 1 {
		t.Errorf("%d of %d edits on one revision were saved", saved, editors)
	}
	// Who reads it again may go on.
	var m mailings.Mailing
	o.want(http.StatusOK, o.call("Coen", "GET", path, nil), &m)
	o.want(http.StatusCreated, o.call("Coen", "POST", path+"/revisions", edition(*m.RevisionID, o.Brief(t, slot))), nil)
}

func TestIfMatchIsNotForged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, _ := o.draft("Mara")
	other, _ := o.draft("Mara")
	mine := o.want(http.StatusOK, o.call("Mara", "GET", path, nil), nil).header.Get("ETag")
	theirs := o.want(http.StatusOK, o.call("Mara", "GET", other, nil), nil).header.Get("ETag")
	const renamed = `{"name":"Zomerzon"}`
	o.want(http.StatusPreconditionRequired, o.call("Mara", "PUT", path, renamed), nil)
	for _, forged := range []string{`"x"`, `x`, theirs, "W/" + mine, strings.ToUpper(mine), strings.Trim(mine, `"`), `""`, `"*"`, ",",
		`"` + strings.Repeat("A", 5000) + `"`} {
		got := o.want(http.StatusPreconditionFailed, o.call("Mara", "PUT", path, renamed, "If-Match", forged), nil)
		problemOf(t, got)
	}
	o.want(http.StatusOK, o.call("Mara", "PUT", path, renamed, "If-Match", `"x", `+mine), nil)
	o.want(http.StatusPreconditionFailed, o.call("Coen", "PUT", path, renamed, "If-Match", mine), nil) // what Mara had read is past
	o.want(http.StatusOK, o.call("Coen", "PUT", path, renamed, "If-Match", "*"), nil)
}

func TestNobodyApprovesTheirOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	// Coen began it, Mara wrote the revision that is submitted.
	path, first := o.draft("Coen")
	var r revised
	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/revisions", edition(first.ID, o.Brief(t, slot))), &r)
	round := o.submit("Mara", path, r)
	client := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Client))
	o.want(http.StatusForbidden, o.call("Tess", "POST", client+"/approve", map[string]any{"digest": round.Digest}), nil) // by link only
	o.want(http.StatusForbidden, o.call("Tess", "POST", client+"/waive", `{"reason":"haast"}`), nil)                     // the policy forbids it
	o.askClient(round)
	got := o.want(http.StatusForbidden, o.approve("Coen", round), nil)
	if says := problemOf(t, got); !strings.Contains(says, "you worked on this mailing") {
		t.Errorf("Coen is told %q", says)
	}
	o.want(http.StatusForbidden, o.approve("Mara", round), nil)  // no approver
	o.want(http.StatusForbidden, o.approve("admin", round), nil) // not by being an admin either
	o.want(http.StatusOK, o.approve("Tess", round), &round)
	if round.State != approval.RoundApproved {
		t.Errorf("the round is %s", round.State)
	}
}

func TestAPolicyIsChangedOnItsVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	address := fmt.Sprintf("/labels/%d/policies", o.Label.ID)
	var set paging.Page[policies.Policy]
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &set)
	p := set.Items[0]
	p.ClientWaivable = true
	o.want(http.StatusForbidden, o.call("Tess", "PUT", address, p), nil)
	o.want(http.StatusOK, o.call("admin", "PUT", address, p), nil)
	o.confirm()
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &set)
	p = set.Items[0]
	p.DriftPercent = 5
	o.want(http.StatusOK, o.call("admin", "PUT", address, p), nil)
	o.confirm()
	o.want(http.StatusConflict, o.call("admin", "PUT", address, p), nil) // made on the version before
	// An advertiser's own ends, and the label's stays.
	own := policies.Policy{AdvertiserID: &o.Advertiser.ID, DriftPercent: 9, ClientHours: 24, ColleagueHours: 24, RemindHours: 6}
	o.want(http.StatusOK, o.call("admin", "PUT", address, own), nil)
	o.confirm()
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &set)
	own = set.Items[1]
	o.want(http.StatusConflict, o.call("admin", "DELETE", fmt.Sprintf("%s/%d?version=9", address, o.Advertiser.ID), nil), nil)
	o.want(http.StatusAccepted, o.call("admin", "DELETE", fmt.Sprintf("%s/%d?version=%d", address, o.Advertiser.ID, own.Version), nil),
		nil)
	o.confirm()
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &set)
	if len(set.Items) != 1 || set.Items[0].AdvertiserID != nil {
		t.Errorf("left are %+v", set.Items)
	}
	// A round goes by the policy that it was submitted under.
	path, r := o.draft("Mara")
	round := o.submit("Mara", path, r)
	waive := fmt.Sprintf("/reviews/%d/waive", o.Step(t, round, approval.Client))
	o.want(http.StatusForbidden, o.call("Mara", "POST", waive, `{"reason":"haast"}`), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Tess", "POST", waive, `{"reason":""}`), nil)
	o.want(http.StatusConflict, o.call("Tess", "POST", waive, `{"reason":"de klant belde"}`), nil) // and hasn't looked
	o.look("Tess", path)
	o.want(http.StatusOK, o.call("Tess", "POST", waive, `{"reason":"de klant belde"}`), nil)
	o.want(http.StatusOK, o.approve("Coen", round), nil)
}

func TestALinkIsTakenBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, r := o.draft("Mara")
	round := o.submit("Mara", path, r)
	links := fmt.Sprintf("/reviews/%d/links", o.Step(t, round, approval.Client))
	o.ClientToken(t) // of the invitation, which came with the submission
	var made approval.Link
	o.want(http.StatusCreated, o.call("Mara", "POST", links, map[string]any{"contact_id": o.Contact.ID}), &made)
	token := o.ClientToken(t)
	listed := o.want(http.StatusOK, o.call("Mara", "GET", links, nil), nil)
	if strings.Contains(listed.body, token) {
		t.Error("the token is shown")
	}
	// The other review's address doesn't lead to it.
	o.want(http.StatusNotFound, o.call("Mara", "DELETE", fmt.Sprintf("/reviews/%d/links/%d", o.Step(t, round, approval.Colleague),
		made.ID), nil), nil)
	o.want(http.StatusNoContent, o.call("Mara", "DELETE", fmt.Sprintf("%s/%d", links, made.ID), nil), nil)
	if _, err := o.deps.Approval.Links.Open(t.Context(), approvaltest.Link(token)); err == nil {
		t.Error("it still opens")
	}
}
