package claim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/conversions/claims"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/networks/impact"
	"keur/networks/simulators"
	"keur/web/webtest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sold is a desk of which a member clicked and bought, with an account at Awin.
func sold(t *testing.T) (d *webtest.Desk, member string) {
	t.Helper()
	d = webtest.New(t, 12)
	d.Sent(webtest.Postman{})
	as := approvaltest.As(d.Users["admin"])
	_, err := d.Deps.Connections.Create(as, networks.Connection{LabelID: d.Label.ID, Network: "awin", Name: "Awin NL", Publisher: "45628"})
	must(t, err)
	_, err = d.Deps.Campaigns.Update(approvaltest.As(d.Maker), d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.ProgrammeID = &d.Programme.ID
		return nil
	})
	must(t, err)
	var id int64
	must(t, d.Owner.Get(&id, `SELECT member_id FROM events WHERE kind = 'click' AND member_id > 0 ORDER BY id LIMIT 1`))
	return d, strconv.FormatInt(id, 10)
}

// order is what a member says of an order of today.
func order(d *webtest.Desk) url.Values {
	return url.Values{
		"advertiser_id": {webtest.Itoa(d.Advertiser.ID)}, "order_ref": {"ORD-77"}, "ordered_on": {d.Clock.Now().Format("2006-01-02")},
		"sale_minor": {"49.95"}, "currency": {"EUR"}, "note": {"Saw nothing"},
	}
}

func says(t *testing.T, page webtest.Response, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the page doesn't say %q: %d", text, page.Status)
		}
	}
}

// Member service opens a case from the member's page, sees what is known, asks the
// network by mail, notes the answer and tells the member.
func TestAMembersMissingSale(t *testing.T) {
	t.Parallel()
	d, member := sold(t)
	s := d.As("member_service")
	says(t, s.Get("/members/"+member+"?label=nl&tab=clicks"), "/members/"+member+"/cases?label=nl")
	says(t, s.Get("/members/"+member+"/cases?label=nl"), "Clicked by the member", d.Advertiser.Name)
	wrong := order(d)
	wrong.Set("sale_minor", "forty")
	wrong.Set("order_ref", "")
	if r := s.Post("/members/"+member+"/cases?label=nl", wrong); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "forty") || !strings.Contains(r.Body, "Saw nothing") {
		t.Errorf("a wrong form: %d %s", r.Status, r.Body)
	}
	if r := s.Post("/members/"+member+"/cases?label=nl", order(d)); r.Header.Get("Location") != "/cases/1" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	page := s.Get("/cases/1")
	says(t, page, "never came in", "this one", "too few sales to tell", "None came in", "We are finding out", "ORD-77", "We zoeken het uit")
	if strings.Contains(page.Body, "/mailings/") || strings.Contains(page.Body, "/transactions/") {
		t.Error("member service is led where it may not go")
	}
	says(t, s.Get("/cases?label=nl"), "ORD-77", "to be claimed")
	if r := d.As("planner").Post("/cases/rules/1", url.Values{
		"address": {"claims@awin.example"}, "within_days": {"30"}, "answer_days": {"14"},
	}); r.Status != http.StatusSeeOther {
		t.Errorf("a rule: %d %s", r.Status, r.Body)
	}
	says(t, d.As("planner").Get("/cases/rules?label=nl"), "claims@awin.example", `value="14"`)
	says(t, s.Get("/cases/1"), "claims@awin.example", "Missing sale", "45628", "claim by")
	if r := s.Uploads("/cases/1/files", "order.pdf", "%PDF"); r.Status != http.StatusSeeOther {
		t.Errorf("a file: %d %s", r.Status, r.Body)
	}
	if r := s.Get("/cases/1/files/1"); r.Body != "%PDF" || !strings.Contains(r.Header.Get("Content-Disposition"), "order.pdf") {
		t.Errorf("the file: %d %v", r.Status, r.Header)
	}
	if r := s.Post("/cases/1/claim", url.Values{"address": {"nobody"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Must be an e-mail address") {
		t.Errorf("claimed of nobody: %d", r.Status)
	}
	for _, act := range []struct {
		path string
		form url.Values
	}{
		{"claim", url.Values{"address": {"claims@awin.example"}}}, {"decide", url.Values{"granted": {"no"}, "answer": {"Another code"}}},
		{"told", nil}, {"claim", url.Values{"address": {"claims@awin.example"}, "remark": {"The code was ours"}}},
		{"close", url.Values{"answer": {"The member returned it"}}}, {"reopen", nil},
	} {
		if r := s.Post("/cases/1/"+act.path, act.form); r.Header.Get("Location") != "/cases/1" {
			t.Fatalf("%s: %d %s", act.path, r.Status, r.Body)
		}
	}
	says(t, s.Get("/cases/1"), "Another code", "The code was ours", "The member returned it", "Test Member_service")
	if r := s.Get("/cases?label=nl&state=all&format=csv"); !strings.Contains(r.Body, "ORD-77") || !strings.Contains(r.Body, "49.95") {
		t.Errorf("the list as a file: %s", r.Body)
	}
	if r := s.Post("/cases/1", order(d)); r.Status != http.StatusSeeOther {
		t.Errorf("changed: %d %s", r.Status, r.Body)
	}
	says(t, s.Get("/cases/1"), "Say above what is wrong")
}

// taking is the desk of sold with an account at a network that takes claims, and that.
func taking(t *testing.T) (d *webtest.Desk, member string, there *simulators.Server) {
	t.Helper()
	d, member = sold(t)
	there = simulators.NewImpact(d.Clock.Now)
	web := httptest.NewServer(there)
	t.Cleanup(web.Close)
	d.Deps.Poller.Adapters["impact"] = impact.Adapter{Home: web.URL}
	as := approvaltest.As(d.Users["admin"])
	made, err := d.Deps.Connections.Create(as, networks.Connection{
		LabelID: d.Label.ID, Network: "impact", Name: "impact.com NL", Publisher: there.Ref,
	})
	must(t, err)
	must(t, d.Deps.Poller.SetCredentials(as, made.ID, there.Credentials))
	_, err = d.Deps.Advertisers.AddProgramme(approvaltest.As(d.Maker), campaigns.Programme{
		AdvertiserID: d.Advertiser.ID, Network: "impact", Ref: "15883",
	})
	must(t, err)
	return d, member, there
}

// Where a network takes claims the case goes through its interface: what it refuses is
// said in its words, what is in doubt a person clears, and its answer comes back.
func TestAClaimThroughTheNetwork(t *testing.T) {
	t.Parallel()
	d, member, there := taking(t)
	s, program := d.As("member_service"), pgtest.Acting(t.Context(), "system:networks")
	facts := order(d)
	facts.Set("connection_id", "2")
	facts.Set("kind", "untracked")
	if r := s.Post("/members/"+member+"/cases?label=nl", facts); r.Header.Get("Location") != "/cases/1" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Post("/cases/1", facts); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, s.Get("/cases/1"), "Claim through impact.com NL", "Or by mail")
	d.Look("member_service", "case-send", "/cases/1")
	there.Coming(simulators.Blunders)
	if r := s.Post("/cases/1/send", url.Values{"remark": {"See the order"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "out of order") || !strings.Contains(r.Body, "See the order") {
		t.Errorf("refused: %d", r.Status)
	}
	there.Coming(simulators.Stumbles)
	if r := s.Post("/cases/1/send", nil); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Keur looks there") {
		t.Errorf("without an answer: %d", r.Status)
	}
	says(t, s.Get("/cases/1"), "being sent", "The network says")
	d.Clock.Add(10 * time.Minute)
	sender := claims.NewSender(d.Deps.Claims, networks.NewClaimant(d.Deps.Poller))
	if n, err := sender.LookUp(program); n != 1 || err != nil {
		t.Errorf("looked up %d: %v", n, err)
	}
	says(t, s.Get("/cases/1"), "in doubt", "Look at its own pages")
	d.Look("member_service", "case-in-doubt", "/cases/1")
	for _, act := range []struct {
		path string
		form url.Values
	}{{"clear", url.Values{"taken": {"no"}}}, {"send", url.Values{"remark": {"See the order"}}}} {
		if r := s.Post("/cases/1/"+act.path, act.form); r.Header.Get("Location") != "/cases/1" {
			t.Fatalf("%s: %d %s", act.path, r.Status, r.Body)
		}
	}
	made := there.Claims()
	if len(made) != 1 || made[0].Programme != "15883" || made[0].Order != "ORD-77" || made[0].Amount != "49.95" {
		t.Fatalf("there are %+v", made)
	}
	says(t, s.Get("/cases/1"), made[0].Ref, "waits for an answer", "Test Member_service")
	if r := s.Post("/cases/1/send", nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("sent twice: %d", r.Status)
	}
	told := networks.ClaimReport{Ref: made[0].Ref, State: networks.ClaimAsks, Said: "Which product?", At: d.Clock.Now()}
	must(t, claims.NewAnswers(d.Deps.Claims).Told(program, 2, []networks.ClaimReport{told}))
	says(t, s.Get("/cases/1"), "The network wants to know more: Which product?", "wants to know more", "Send it to the network")
	says(t, s.Get("/cases?label=nl"), "say more")
	d.Look("member_service", "case-asked", "/cases/1")
	d.Clock.Add(time.Hour)
	told.State, told.Said, told.At = networks.ClaimGranted, "", d.Clock.Now()
	must(t, claims.NewAnswers(d.Deps.Claims).Told(program, 2, []networks.ClaimReport{told}))
	says(t, s.Get("/cases/1"), "granted", "Good news")
}

func TestLookAtCases(t *testing.T) {
	t.Parallel()
	d, member := sold(t)
	s := d.As("member_service")
	d.Look("member_service", "cases-none", "/cases?label=nl")
	d.Look("member_service", "cases-member", "/members/"+member+"/cases?label=nl")
	s.Post("/members/"+member+"/cases?label=nl", order(d))
	webtest.Sold(d, 1, networks.Report{
		Transaction: "1893347211", Programme: d.Programme.Ref, Order: "ORD-78", Sale: 4_000, Commission: 200, Status: networks.Declined,
		Reason: "Returned by the customer",
	})
	other := order(d)
	other.Set("order_ref", "ORD-78")
	s.Post("/members/"+member+"/cases?label=nl", other)
	s.Uploads("/cases/2/files", "order.pdf", "%PDF")
	d.Look("member_service", "case-open", "/cases/2")
	s.Post("/cases/1/claim", url.Values{"address": {"claims@awin.example"}})
	d.Look("member_service", "case-claimed", "/cases/1")
	s.Post("/cases/1/decide", url.Values{"granted": {"no"}, "answer": {"Bought with another publisher's code"}})
	d.Look("member_service", "case-refused", "/cases/1")
	d.Look("member_service", "cases", "/cases?label=nl")
	d.Look("planner", "cases-rules", "/cases/rules?label=nl")
}
