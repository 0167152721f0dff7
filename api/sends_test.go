package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
)

// TestTheWholeLine takes a mailing over the API from nothing to its outcomes.
func TestTheWholeLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	path, r := o.draft("Mara")
	if len(r.Findings) != 0 {
		t.Errorf("lint says %+v", r.Findings)
	}
	round := o.submit("Mara", path, r)
	var inbox paging.Page[approval.Review]
	o.want(http.StatusOK, o.call("Coen", "GET", "/reviews?step=client", nil), &inbox)
	if len(inbox.Items) != 1 {
		t.Errorf("the client's turn: %+v", inbox.Items)
	}
	o.askClient(round)
	o.want(http.StatusOK, o.approve("Coen", round), &round)

	if send := o.tick(path, slotAt.Add(-time.Hour)); send.State != mailings.Planned || !send.SlotAt.Equal(slotAt) {
		t.Fatalf("an hour before, the send is %s for %s", send.State, send.SlotAt)
	}
	o.want(http.StatusOK, o.call("Mara", "GET", fmt.Sprintf("/labels/%d/sends?state=planned", o.Label.ID), nil), nil)
	o.tick(path, slotAt.Add(-30*time.Second))
	send := o.tick(path, slotAt)
	if send.State != mailings.Sending || *send.Audience != 5 || send.Waterfall == nil {
		t.Fatalf("at its slot the send is %+v", send)
	}
	o.work(postman{map[string]delivery.Reply{
		"lid1@post.example": {Outcome: delivery.OutcomeLost},
		"lid2@post.example": {Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1"},
	}})
	p := o.await(send, map[delivery.State]int{delivery.Sent: 3, delivery.Bounced: 1, delivery.InDoubt: 1})
	if p.Left != 0 || p.Health.HardBounces != 1 || !p.Alarm.IsZero() {
		t.Errorf("its progress is %+v", p)
	}
	o.resolveTheDoubt(send)
	o.await(send, map[delivery.State]int{delivery.Sent: 3, delivery.Bounced: 1, delivery.Failed: 1})
	if send = o.tick(path, slotAt.Add(time.Minute)); send.State != mailings.Finished {
		t.Errorf("when all is done the send is %s", send.State)
	}
	o.checkOutcomes(send)
}

// resolveTheDoubt leaves the one delivery in doubt.
func (o *office) resolveTheDoubt(send mailings.Send) {
	o.t.Helper()
	address := fmt.Sprintf("/sends/%d/doubts", send.ID)
	var doubts paging.Page[delivery.Doubt]
	o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &doubts)
	if len(doubts.Items) != 1 || doubts.Items[0].MessageID == "" {
		o.t.Fatalf("in doubt: %+v", doubts.Items)
	}
	resolve := fmt.Sprintf("%s/%d/resolve", address, doubts.Items[0].Member)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", resolve, `{"how":"hope"}`), nil)
	o.want(http.StatusNoContent, o.call("Mara", "POST", resolve, `{"how":"leave"}`), nil)
	o.want(http.StatusConflict, o.call("Mara", "POST", resolve, `{"how":"resend"}`), nil)
}

// checkOutcomes reads what came of the send, as JSON and as CSV.
func (o *office) checkOutcomes(send mailings.Send) {
	o.t.Helper()
	label := fmt.Sprintf("/labels/%d", o.Label.ID)
	for _, by := range []string{"send", "mailing", "placement", "campaign", "advertiser", "label", "day"} {
		var found paging.Page[reports.Outcome]
		o.want(http.StatusOK, o.call("Mara", "GET", fmt.Sprintf("%s/outcomes?by=%s&send=%d", label, by, send.ID), nil), &found)
		if len(found.Items) != 1 || found.Items[0].Sent != 4 || found.Items[0].Delivered != 3 {
			o.t.Errorf("by %s: %+v", by, found.Items)
		}
	}
	o.addUser("stranger", accounts.User{Roles: map[labels.ID][]accounts.Role{o.addLabel("de").ID: {accounts.Viewer}}})
	for user, lines := range map[string]int{"Mara": 1, "admin": 1, "stranger": 0} {
		var found paging.Page[reports.Outcome]
		o.want(http.StatusOK, o.call(user, "GET", "/outcomes?by=label", nil), &found)
		if len(found.Items) != lines {
			o.t.Errorf("over all labels %s sees %+v", user, found.Items)
		}
	}
	var domains paging.Page[reports.Part]
	o.want(http.StatusOK, o.call("Mara", "GET", label+"/breakdown?by=domain", nil), &domains)
	if len(domains.Items) != 1 || domains.Items[0].Key != "post.example" || domains.Items[0].Bounced != 1 {
		o.t.Errorf("by domain: %+v", domains.Items)
	}
	for _, name := range []string{"outcomes", "breakdown"} {
		got := o.want(http.StatusOK, o.call("Mara", "GET", fmt.Sprintf("%s/%s.csv?send=%d", label, name, send.ID), nil), nil)
		lines, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		if err != nil || len(lines) < 2 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") ||
			!strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
			o.t.Errorf("%s.csv: %q, %v, %v", name, got.body, got.header, err)
		}
	}
}

func TestASendIsStoppedAndGoesOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	path, _ := o.approved()
	o.tick(path, slotAt.Add(-30*time.Second))
	send := o.tick(path, slotAt)
	do := func(user, what string, body any, status int) (after mailings.Send) {
		t.Helper()
		into := any(&after)
		if status != http.StatusOK {
			into = nil
		}
		o.want(status, o.call(user, "POST", fmt.Sprintf("/sends/%d/%s", send.ID, what), body), into)
		return after
	}
	paused := do("Mara", "pause", nil, http.StatusOK)
	if paused.State != mailings.Paused || paused.PausedAt == nil {
		t.Fatalf("paused, the send is %s at %v", paused.State, paused.PausedAt)
	}
	do("Mara", "pause", nil, http.StatusConflict)
	do("Coen", "release", `{"held_reason":""}`, http.StatusConflict) // it isn't held
	do("Tess", "resume", `{"paused_at":"2026-01-01T00:00:00Z"}`, http.StatusConflict)
	seen := map[string]any{"paused_at": paused.PausedAt}
	do("Tess", "resume", seen, http.StatusConflict) // what she never looked at
	o.look("Tess", path)
	if s := do("Tess", "resume", seen, http.StatusOK); s.State != mailings.Sending {
		t.Errorf("resumed, the send is %s", s.State)
	}
	if s := do("Mara", "cancel", nil, http.StatusOK); s.State != mailings.SendCancelled {
		t.Errorf("cancelled, the send is %s", s.State)
	}
	do("Mara", "resume", seen, http.StatusConflict)
}

func TestAHeldSendTakesAColleague(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	path, _ := o.approved()
	advertiser := fmt.Sprintf("/advertisers/%d", o.Advertiser.ID)
	o.tick(path, slotAt.Add(-time.Hour))
	var before reports.StopHits
	var answer struct {
		campaigns.Advertiser
		Hits reports.StopHits
	}
	o.want(http.StatusOK, o.call("Mara", "GET", advertiser+"/stop", nil), &before)
	o.want(http.StatusNotFound, o.call("Mara", "GET", "/advertisers/99/stop", nil), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", advertiser+"/stop", `{"reason":"prijzen kloppen niet"}`), &answer)
	if want := (reports.StopHits{Mailings: 1, Slots: 1, Members: 2}); before != want || answer.Hits != want || answer.StoppedAt == nil {
		t.Errorf("asked before: %+v; the stop says %+v of %+v", before, answer.Hits, answer.Advertiser)
	}
	send := o.tick(path, slotAt.Add(-30*time.Second))
	if send.State != mailings.Held || !strings.Contains(send.HeldReason.String(), "Zonvakantie") {
		t.Fatalf("of a stopped advertiser, the send is %s: %s", send.State, send.HeldReason)
	}
	var stopped campaigns.Advertiser
	o.want(http.StatusOK, o.call("Mara", "GET", advertiser, nil), &stopped)
	lift := map[string]any{"stopped_at": stopped.StoppedAt}
	o.want(http.StatusForbidden, o.call("Mara", "POST", advertiser+"/resume", lift), nil)
	o.want(http.StatusConflict, o.call("admin", "POST", advertiser+"/resume", `{"stopped_at":"2026-01-01T00:00:00Z"}`), nil)
	o.want(http.StatusOK, o.call("admin", "POST", advertiser+"/resume", lift), nil)
	release, seen := fmt.Sprintf("/sends/%d/release", send.ID), map[string]any{"held_reason": send.HeldReason.String()}
	o.want(http.StatusForbidden, o.call("Mara", "POST", release, seen), nil)
	o.want(http.StatusForbidden, o.call("admin", "POST", release, seen), nil)
	o.want(http.StatusBadRequest, o.call("Tess", "POST", release, nil), nil)
	o.want(http.StatusConflict, o.call("Tess", "POST", release, `{"held_reason":"drift: the audience is 4 now, and 4 was approved"}`), nil)
	o.want(http.StatusConflict, o.call("Tess", "POST", release, seen), nil) // what she never looked at
	o.look("Tess", path)
	o.want(http.StatusOK, o.call("Tess", "POST", release, seen), &send)
	if len(send.Releases) != 1 || !strings.Contains(send.Releases[0].Reason.String(), "Zonvakantie") {
		t.Errorf("it was let go on from %v", send.Releases)
	}
	if send = o.tick(path, slotAt); send.State != mailings.Sending {
		t.Errorf("released, the send is %s: %s", send.State, send.HeldReason)
	}
}

func TestAMissedSendTakesANewSlot(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	path, _ := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	send := o.tick(path, slotAt.Add(2*time.Hour))
	if send.State != mailings.Missed {
		t.Fatalf("two hours late, the send is %s", send.State)
	}
	address := fmt.Sprintf("/sends/%d/new-slot", send.ID)
	o.want(http.StatusForbidden, o.call("Mara", "POST", address, `{"slot":"2026-11-24T15:00"}`), nil)
	for _, wrong := range []string{`{"slot":"2026-11-24T10:30"}`, `{"slot":"tomorrow"}`, `{}`} {
		o.want(http.StatusUnprocessableEntity, o.call("Tess", "POST", address, wrong), nil)
	}
	var fresh mailings.Send
	o.want(http.StatusConflict, o.call("Tess", "POST", address, `{"slot":"2026-11-24T15:00"}`), nil) // what she never looked at
	o.look("Tess", path)
	o.want(http.StatusOK, o.call("Tess", "POST", address, `{"slot":"2026-11-24T15:00"}`), &fresh)
	if fresh.ID == send.ID || fresh.State != mailings.Planned || fresh.SlotLocal.String() != "2026-11-24T15:00" {
		t.Errorf("the new send is %+v", fresh)
	}
}
