package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/members"
)

// askErasure lets the planner ask for the first member's erasure.
func (d *testDesk) askErasure() members.Erasure {
	d.t.Helper()
	e, err := d.Members.AskErasure(approvaltest.As(d.users["planner"]), members.Erasure{
		Member: 1, Label: d.Label.ID, Reason: "Asked by letter of 20 November", RequestedBy: int64(d.users["planner"].ID),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// first is the first member.
func (d *testDesk) first() members.Member {
	d.t.Helper()
	m, err := d.Members.Get(d.t.Context(), 1)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func TestFindAMember(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	s, m := d.as("planner"), d.first()
	if r := s.get("/members?label=nl"); !strings.Contains(r.body, "Find a member first") {
		t.Errorf("the empty page teaches nothing: %s", r.body)
	}
	for _, typed := range []string{"1", m.Address, strings.ToUpper(m.Address) + " "} {
		if r := s.post("/members?label=nl", url.Values{"member": {typed}}); r.header.Get("Location") != "/members/1?label=nl" {
			t.Errorf("%q led to %d %q", typed, r.status, r.header.Get("Location"))
		}
	}
	for typed, want := range map[string]string{"99": "has no such member", "who@x.nl": "has no such member", "jan": "whole e-mail address"} {
		if r := s.post("/members?label=nl", url.Values{"member": {typed}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, want) || !strings.Contains(r.body, `value="`+typed+`"`) {
			t.Errorf("%q: %d", typed, r.status)
		}
	}
	for _, tab := range []string{"", "&tab=clicks", "&tab=clicks&to=1", "&tab=consents"} {
		if r := s.get("/members/1?label=nl" + tab); r.status != http.StatusOK || !strings.Contains(r.body, m.Address) {
			t.Errorf("%s: %d %s", tab, r.status, r.body)
		}
	}
	if r := s.get("/members?label=nl"); !strings.Contains(r.body, m.Address) {
		t.Error("whom one looked at isn't among the recent")
	}
	if r := d.as("viewer").get("/members/1?label=nl"); r.status != http.StatusForbidden || strings.Contains(r.body, m.Address) {
		t.Errorf("a viewer: %d", r.status)
	}
}

func TestSuppressAndLift(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	if r := s.post("/members/1/suppress?label=nl", url.Values{"reason": {" "}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("for no reason: %d", r.status)
	}
	s.post("/members/1/suppress?label=nl", url.Values{"reason": {"Asked by telephone"}})
	if r := s.get("/members/1?label=nl"); !strings.Contains(r.body, "Asked by telephone") {
		t.Error("the page doesn't say why it is suppressed")
	}
	if r := s.post("/members/1/lift?label=nl", url.Values{"reason": {"manual"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Choose why") {
		t.Errorf("lifted for no reason: %d", r.status)
	}
	if r := s.post("/members/1/lift?label=nl", url.Values{"reason": {"manual"}, "why": {"mistake"}}); r.status != http.StatusSeeOther {
		t.Errorf("lift: %d %s", r.status, r.body)
	}
	if left, err := d.Members.Suppressions(t.Context(), 1); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if r := s.post("/members/1/preferences?label=nl", url.Values{"per_week": {"2"}}); r.status != http.StatusSeeOther {
		t.Errorf("preferences: %d %s", r.status, r.body)
	}
	if p, err := d.Members.Preferences(t.Context(), d.Label.ID, 1); err != nil || p.PerWeek == nil || *p.PerWeek != 2 {
		t.Errorf("wishes %+v %v", p, err)
	}
}

func TestExportAndErase(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	planner, admin, m := d.as("planner"), d.as("admin"), d.first()
	r := planner.get("/members/1/export?label=nl")
	if !strings.Contains(r.body, m.Address) || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %d %s", r.status, r.header)
	}
	if r := planner.post("/members/1/erasure?label=nl", url.Values{"reason": {""}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("for no reason: %d", r.status)
	}
	planner.post("/members/1/erasure?label=nl", url.Values{"reason": {"Asked by letter"}})
	if r := planner.post("/erasures/1", url.Values{"decision": {"approve"}}); r.status != http.StatusForbidden {
		t.Errorf("approved one's own: %d", r.status)
	}
	if r := admin.get("/members?label=nl"); !strings.Contains(r.body, "Asked by letter") || !strings.Contains(r.body, `value="approve"`) {
		t.Error("a colleague isn't shown what waits")
	}
	if d.first().ID != 1 {
		t.Error("erased before a second agreed")
	}
	if r := admin.post("/erasures/1", url.Values{"decision": {"approve"}}); r.status != http.StatusSeeOther {
		t.Fatalf("approve: %d %s", r.status, r.body)
	}
	if r := planner.get("/members/1?label=nl"); r.status != http.StatusNotFound {
		t.Errorf("still there: %d", r.status)
	}
}

func TestLookAtMembers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.sent(postman{})
	d.look("planner", "members-empty", "/members?label=nl")
	d.askErasure()
	d.look("admin", "member-clicks", "/members/1?label=nl&tab=clicks")
	d.look("admin", "member-consents", "/members/1?label=nl&tab=consents")
	d.look("admin", "member", "/members/1?label=nl")
	w := d.browse("admin", desktop)
	w.open("/members/1?label=nl")
	w.open("/members?label=nl")
	w.shoot("members-recent")
	w.resize(phone)
	w.open("/members?label=nl")
	w.shoot("members-recent-phone")
}
