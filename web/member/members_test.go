package member_test

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/members"
	"keur/tracking"
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
		"jan": "has no such member"} {
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

// TestFindAMemberByName: one alone is shown, several are listed, in whatever case.
func TestFindAMemberByName(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	s := d.As("planner")
	r := s.Post("/members?label=nl", url.Values{"member": {"LID"}})
	if r.Status != http.StatusOK || !strings.Contains(r.Body, "2 members of this name") ||
		!strings.Contains(r.Body, "/members/2?label=nl") {
		t.Errorf("several of a name: %d %s", r.Status, r.Body)
	}
	ctx := approvaltest.As(d.Maker)
	if _, err := d.Members.Declare(ctx, d.Label.ID, "last_name", members.Text); err != nil {
		t.Fatal(err)
	}
	key := "klant-7"
	if err := d.Members.Patch(ctx, d.Label.ID, 2, members.Patch{
		Attributes: map[string]any{"last_name": "de Vries"}, Key: &key,
	}); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"de vries", "Lid  de Vries", "klant-7"} {
		if r := s.Post("/members?label=nl", url.Values{"member": {typed}}); r.Header.Get("Location") != "/members/2?label=nl" {
			t.Errorf("%q led to %d %q", typed, r.Status, r.Header.Get("Location"))
		}
	}
}

// TestFindAMemberByClickAndOrder: the sub-id of a click and the reference of an
// order lead to whose they are, and the page answers about them in one glance.
func TestFindAMemberByClickAndOrder(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 12)
	send := d.Sent(webtest.Postman{})
	var click struct {
		Member int64  `db:"member_id"`
		Ref    string `db:"click_ref"`
	}
	if err := d.Owner.Get(&click, `
		SELECT member_id, click_ref FROM events WHERE kind = 'click' AND member_id > 0 ORDER BY id LIMIT 1`); err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseUint(click.Ref, 36, 64)
	if err != nil {
		t.Fatal(err)
	}
	subID := string(d.Ring.AppendSubID(nil, tracking.SubID{Send: int64(send.ID), Click: number}))
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin')`)
		for i, of := range []any{click.Member, nil} {
			tx.MustExec(`
				INSERT INTO conversions (connection_id, label_id, network, transaction_ref, order_ref, reported_at, digest, month, member_id,
				                         status, currency, sale_minor, occurred_at, sub_id, sub_id_told_at)
				VALUES (1, 1, 'awin', 'T-' || $1::int, 'ORD-' || $1::int, now(), sha256(''), '2026-11-01', $2, 'pending', 'EUR', 4995,
				        '2026-11-24 12:00Z', $3, now())`, i, of, []string{subID, "none-of-ours"}[i])
		}
	})
	s := d.As("planner")
	page := "/members/" + strconv.FormatInt(click.Member, 10) + "?"
	for typed, want := range map[string][]string{
		strings.ToUpper(subID): {"clicked to " + d.Advertiser.Name, "A person, as far as can be told", subID},
		"ORD-0":                {"clicked to " + d.Advertiser.Name, "ORD-0", "€49.95", subID, "ORD-0</code>), Awin"},
		"T-0":                  {"clicked to " + d.Advertiser.Name, "T-0"},
	} {
		r := s.Post("/members?label=nl", url.Values{"member": {typed}})
		to := r.Header.Get("Location")
		if !strings.HasPrefix(to, page) {
			t.Fatalf("%q led to %d %q", typed, r.Status, to)
		}
		body := s.Get(to).Body
		for _, part := range want {
			if !strings.Contains(strings.ToLower(body), strings.ToLower(part)) {
				t.Errorf("%q: the page doesn't say %q", typed, part)
			}
		}
	}
	if r := s.Post("/members?label=nl", url.Values{"member": {"T-1"}}); r.Status != http.StatusOK ||
		!strings.Contains(r.Body, "Nobody knows whose") {
		t.Errorf("an order that is nobody's: %d", r.Status)
	}
	other := "/members/" + strconv.FormatInt(click.Member%12+1, 10) + "?label=nl&tab=clicks&click=" + subID
	if strings.Contains(s.Get(other).Body, "clicked to") {
		t.Error("another member's page answers about the click")
	}
	w := d.Browse("planner", webtest.Phone)
	w.Open(page + "label=nl&tab=clicks&order=ORD-0")
	w.Until(`document.querySelector(".answer dl")?.checkVisibility()`)
	d.Look("planner", "member-answer", page+"label=nl&tab=clicks&order=ORD-0")
}

// TestMemberServiceSeesMembersAlone: finds and answers them, and nothing else is
// there for it: no page, no list, no hit of a search, no link.
func TestMemberServiceSeesMembersAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 12)
	d.Sent(webtest.Postman{})
	s, m := d.As("member_service"), first(d)
	if r := s.Post("/members?label=nl", url.Values{"member": {m.Address}}); r.Header.Get("Location") != "/members/1?label=nl" {
		t.Fatalf("finding a member: %d %s", r.Status, r.Body)
	}
	page := s.Get("/members/1?label=nl")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, m.Address) || strings.Contains(page.Body, "/mailings/") {
		t.Errorf("the member's page: %d %s", page.Status, page.Body)
	}
	if r := s.Post("/members/1/preferences?label=nl", url.Values{"per_week": {"1"}}); r.Status != http.StatusSeeOther {
		t.Errorf("changing wishes: %d", r.Status)
	}
	for _, path := range []string{"/mailings", "/calendar", "/campaigns", "/segments", "/reports", "/imports", "/approvals"} {
		if r := s.Get(path + "?label=nl"); r.Status != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	for _, path := range []string{"/", "/search?q=" + url.QueryEscape(d.Advertiser.Name), "/requests", "/members?label=nl"} {
		r := s.Get(path)
		for _, hidden := range []string{
			d.Campaign.Name, `href="/mailings`, `href="/calendar`, `href="/reports`, `href="/segments`, "/advertisers/",
		} {
			if r.Status != http.StatusOK || strings.Contains(r.Body, hidden) {
				t.Errorf("%s: %d, and shows %q", path, r.Status, hidden)
			}
		}
	}
	if r := s.Get("/search?q=" + url.QueryEscape(m.Address)); !strings.Contains(r.Body, "/members/1") {
		t.Errorf("the search finds no member: %s", r.Body)
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
	d.People(1)
	if known := d.As("planner").Get("/members/4?label=nl").Body; !strings.Contains(known, "<dd>Woman</dd>") {
		t.Errorf("a value isn't said by its word: %s", known)
	}
	w := d.Browse("admin", webtest.Desktop)
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

// A pause is set and ended at the desk, shown where one looks, and on the trail.
func TestAMemberIsPaused(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Post("/members/1/pause?label=nl", url.Values{"until": {"2020-01-01"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "within a year") {
		t.Errorf("a day that is over: %d", r.Status)
	}
	until := d.Clock.Now().AddDate(0, 1, 0)
	if r := s.Post("/members/1/pause?label=nl", url.Values{"until": {until.Format("2006-01-02")}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := s.Get("/members/1?label=nl").Body; !strings.Contains(page, "paused until") || !strings.Contains(page, "End the pause") {
		t.Error("the page doesn't say that the member is paused")
	}
	if r := s.Post("/members/1/pause?label=nl", url.Values{"end": {"yes"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := s.Get("/members/1?label=nl").Body; strings.Contains(page, "paused until") {
		t.Error("the pause didn't end")
	}
	if n := pgtest.Count(t, d.DB, `SELECT count(*) FROM audit_log WHERE action IN ('preferences.pause', 'preferences.resume')`); n != 2 {
		t.Errorf("%d of it are on the trail", n)
	}
}

// TestApproversSeeNoAddresses: an approver looks at a member, finds one by number,
// order or sub-id, is shown no address in whatever text it hides, and changes nothing.
func TestApproversSeeNoAddresses(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	d.Sent(webtest.Postman{})
	const hidden = "geheim@post.example"
	m, as := first(d), approvaltest.As(d.Maker)
	if err := members.NewMoves(d.Members).Move(as, d.Label.ID, m.ID, hidden); err != nil {
		t.Fatal(err)
	}
	err := postgres.InTx(as, d.DB, func(tx *sqlx.Tx) error {
		return errors.Join(
			d.Members.Suppress(as, tx, m.ID, d.Label.ID, members.Manual, "asked from "+hidden, nil),
			d.Deps.Consents.Record(as, tx, m.ID, members.Consent{
				Label: d.Label.ID, Kind: members.MailConsent, Given: true, At: d.Clock.Now(), Source: "form",
				Statement: hidden + " said yes",
				FormURL:   "https://shop.example/?mail=geheim%40post.example", IP: "192.0.2.77",
			}))
	})
	if err == nil {
		err = d.Members.Patch(as, d.Label.ID, m.ID, members.Patch{Attributes: map[string]any{"first_name": "Jan <" + hidden + ">"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	s := d.As("approver")
	if r := s.Post("/members?label=nl", url.Values{"member": {"1"}}); r.Header.Get("Location") != "/members/1?label=nl" {
		t.Fatalf("by number: %d %s", r.Status, r.Body)
	}
	for _, typed := range []string{hidden, m.Address, "Lid", "Jan"} {
		if r := s.Post("/members?label=nl", url.Values{"member": {typed}}); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q leads an approver to %d %q", typed, r.Status, r.Header.Get("Location"))
		}
	}
	seen := ""
	for _, path := range []string{"/members/1?", "/members/1?tab=clicks&", "/members/1?tab=consents&", "/members?"} {
		r := s.Get(path + "label=nl")
		if r.Status != http.StatusOK {
			t.Errorf("%s: %d", path, r.Status)
		}
		for _, told := range []string{"geheim", m.Address, "192.0.2.77", "/suppress", "/preferences", "/erasure", "/export"} {
			if strings.Contains(r.Body, told) {
				t.Errorf("%s shows %q", path, told)
			}
		}
		seen += r.Body
	}
	for _, want := range []string{"Member 1", "said yes", "asked from …@…", "Jan &lt;…@…&gt;"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if r := s.Post("/members/1/preferences?label=nl", url.Values{"per_week": {"1"}}); r.Status != http.StatusForbidden {
		t.Errorf("changing wishes: %d", r.Status)
	}
	if r := s.Get("/search?q=" + url.QueryEscape(hidden)); strings.Contains(r.Body, "/members/1") {
		t.Error("the search finds a member by address")
	}
	if body := d.As("member_service").Get("/members/1?label=nl").Body; !strings.Contains(body, "asked from "+hidden) {
		t.Error("member service sees no address")
	}
}
