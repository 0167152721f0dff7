package member_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/members"
	"keur/web/webtest"
)

// first is the first member.
func first(d *webtest.Desk) members.Member {
	d.T.Helper()
	m, err := d.Members.Get(d.T.Context(), 1)
	if err != nil {
		d.T.Fatal(err)
	}
	return m
}

func TestFindAMember(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	s, m := d.As("planner"), first(d)
	if r := s.Get("/members?label=nl"); !strings.Contains(r.Body, "Find a member first") {
		t.Errorf("the empty page teaches nothing: %s", r.Body)
	}
	for _, typed := range []string{"1", m.Address, strings.ToUpper(m.Address) + " "} {
		if r := s.Post("/members?label=nl", url.Values{"member": {typed}}); r.Header.Get("Location") != "/members/1?label=nl" {
			t.Errorf("%q led to %d %q", typed, r.Status, r.Header.Get("Location"))
		}
	}
	for typed, want := range map[string]string{"99": "has no such member", "who@x.nl": "has no such member",
		"jan": "whole e-mail address"} {
		if r := s.Post(
			"/members?label=nl", url.Values{"member": {typed}},
		); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, want) ||
			!strings.Contains(r.Body, `value="`+typed+`"`) {
			t.Errorf("%q: %d", typed, r.Status)
		}
	}
	for _, tab := range []string{"", "&tab=clicks", "&tab=clicks&to=1", "&tab=consents"} {
		if r := s.Get("/members/1?label=nl" + tab); r.Status != http.StatusOK || !strings.Contains(r.Body, m.Address) {
			t.Errorf("%s: %d %s", tab, r.Status, r.Body)
		}
	}
	if r := s.Get("/members/1?label=nl"); !strings.Contains(r.Body, "<dt>First name</dt>") {
		t.Errorf("what is known of the member isn't called by its name: %s", r.Body)
	}
	if r := s.Get("/members?label=nl"); !strings.Contains(r.Body, m.Address) {
		t.Error("whom one looked at isn't among the recent")
	}
	if r := d.As("viewer").Get("/members/1?label=nl"); r.Status != http.StatusForbidden || strings.Contains(r.Body, m.Address) {
		t.Errorf("a viewer: %d", r.Status)
	}
}

func TestSuppressAndLift(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Post("/members/1/suppress?label=nl", url.Values{"reason": {" "}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("for no reason: %d", r.Status)
	}
	s.Post("/members/1/suppress?label=nl", url.Values{"reason": {"Asked by telephone"}})
	if r := s.Get("/members/1?label=nl"); !strings.Contains(r.Body, "Asked by telephone") {
		t.Error("the page doesn't say why it is suppressed")
	}
	if r := s.Post("/members/1/lift?label=nl", url.Values{"reason": {"manual"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Choose why") {
		t.Errorf("lifted for no reason: %d", r.Status)
	}
	if r := s.Post("/members/1/lift?label=nl", url.Values{"reason": {"manual"}, "why": {"mistake"}}); r.Status != http.StatusSeeOther {
		t.Errorf("lift: %d %s", r.Status, r.Body)
	}
	if left, err := d.Members.Suppressions(t.Context(), 1); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if r := s.Post("/members/1/preferences?label=nl", url.Values{"per_week": {"2"}}); r.Status != http.StatusSeeOther {
		t.Errorf("preferences: %d %s", r.Status, r.Body)
	}
	if p, err := d.Members.Preferences(t.Context(), d.Label.ID, 1); err != nil || p.PerWeek == nil || *p.PerWeek != 2 {
		t.Errorf("wishes %+v %v", p, err)
	}
}

func TestExportAndErase(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	planner, admin, m := d.As("planner"), d.As("admin"), first(d)
	r := planner.Get("/members/1/export?label=nl")
	if !strings.Contains(r.Body, m.Address) || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %d %s", r.Status, r.Header)
	}
	if r := planner.Post("/members/1/erasure?label=nl", url.Values{"reason": {""}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("for no reason: %d", r.Status)
	}
	planner.Post("/members/1/erasure?label=nl", url.Values{"reason": {"Asked by letter"}})
	if r := planner.Post("/erasures/1", url.Values{"decision": {"approve"}}); r.Status != http.StatusForbidden {
		t.Errorf("approved one's own: %d", r.Status)
	}
	if r := admin.Get("/members?label=nl"); !strings.Contains(r.Body, "Asked by letter") || !strings.Contains(r.Body, `value="approve"`) {
		t.Error("a colleague isn't shown what waits")
	}
	if first(d).ID != 1 {
		t.Error("erased before a second agreed")
	}
	if r := admin.Post("/erasures/1", url.Values{"decision": {"approve"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("approve: %d %s", r.Status, r.Body)
	}
	if r := planner.Get("/members/1?label=nl"); r.Status != http.StatusNotFound {
		t.Errorf("still there: %d", r.Status)
	}
}

func TestLookAtMembers(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Sent(webtest.Postman{})
	d.Look("planner", "members-empty", "/members?label=nl")
	d.AskErasure()
	d.Look("admin", "member-clicks", "/members/1?label=nl&tab=clicks")
	d.Look("admin", "member-consents", "/members/1?label=nl&tab=consents")
	d.Look("admin", "member", "/members/1?label=nl")
	w := d.Browse("admin", webtest.Desktop)
	w.Open("/members/1?label=nl")
	w.Open("/members?label=nl")
	w.Shoot("members-recent")
	w.Resize(webtest.Phone)
	w.Open("/members?label=nl")
	w.Shoot("members-recent-phone")
}

// An admin sees the suppressions by mails that never left and ends them all by one
// act, which they prove; each stands on the trail.
func TestUnfoundedSuppressionsEndAtTheDesk(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	send := d.Sent(webtest.Postman{})
	s := webtest.Unproven(d, "admin")
	if r := s.Get("/members/unfounded"); r.Status != http.StatusOK || !strings.Contains(r.Body, "No suppression without ground") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'failed', reason = 'ours: no smtputf8', sent_at = NULL WHERE member_id < 3`)
		tx.MustExec(`INSERT INTO suppressions (member_id, label_id, reason, source, send_id)
			VALUES (1, 0, 'hard_bounce', 'session', $1), (2, $2, 'soft_bounces', 'session', $1)`, send.ID, d.Label.ID)
	})
	r := s.Get("/members/unfounded")
	for _, want := range []string{"2 suppressions of 2 members", "every label", d.Label.Name, "address doesn’t exist", `name="count" value="2"`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the page lacks %s: %s", want, r.Body)
		}
	}
	lift := func(count string) webtest.Response { return s.Post("/members/unfounded", url.Values{"count": {count}}) }
	if r := lift("2"); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "Confirm that it is you") {
		t.Errorf("without a proof: %d %s", r.Status, r.Body)
	}
	webtest.Prove(d, "admin")
	d.Look("admin", "members_unfounded", "/members/unfounded")
	if r := lift("1"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("another number than was shown: %d %s", r.Status, r.Body)
	}
	if r := lift("2"); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/members/unfounded?lifted=2" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if n := pgtest.Count(t, d.DB, `SELECT count(*) FROM audit_log WHERE action = 'suppressions.lift' AND detail->'what' ? 'never_left'`); n != 2 {
		t.Errorf("%d on the trail", n)
	}
}
