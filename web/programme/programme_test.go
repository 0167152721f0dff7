package programme_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/networks"
	"keur/web/webtest"
)

// connected is a desk whose account at Awin was read.
func connected(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 20)
	as := approvaltest.As(d.Users["admin"])
	_, err := d.Deps.Connections.Create(as, networks.Connection{
		LabelID: d.Label.ID, Network: "awin", Name: "Awin NL", Publisher: "45628",
	})
	must(t, err)
	must(t, d.Deps.Poller.SetCredentials(as, 1, networks.Credentials{"token": "aw-6f1c2b"}))
	poll(t, d)
	_, err = d.Deps.Campaigns.Update(approvaltest.As(d.Maker), d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.ProgrammeID = &d.Programme.ID
		return nil
	})
	must(t, err)
	return d
}

// poll has the network asked for some minutes, within its limit of calls.
func poll(t *testing.T, d *webtest.Desk) {
	t.Helper()
	for range 5 {
		_, err := d.Deps.Poller.PollDue(t.Context())
		must(t, err)
		d.Clock.Add(time.Minute)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func says(t *testing.T, d *webtest.Desk, user, path string, texts ...string) {
	t.Helper()
	page := d.As(user).Get(path)
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("%s doesn't say %q to a %s: %d", path, text, user, page.Status)
		}
	}
}

// What the network leaves open is asked before a mailing is put up, once; what a
// person says stands beside what the network says.
func TestWhatANetworkLeavesOpenIsAskedOnce(t *testing.T) {
	t.Parallel()
	d := connected(t)
	says(t, d, "viewer", "/programmes?label=nl", "Zonvakantie NL", "Bergen en dalen", "applied for", "92.5%", "€34.00", "Awin NL")
	says(t, d, "viewer", "/programmes?label=nl&format=csv&relation=joined", "4711")
	if page := d.As("viewer").Get("/programmes?label=nl&q=bergen").Body; strings.Contains(page, "Zonvakantie NL") {
		t.Error("a search shows others")
	}
	says(t, d, "planner", "/listings/1", "We may", "5%", "€3.00", "45", "not said")
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.World.Look(approvaltest.As(d.Maker), t, m.ID)
	submit := func() error {
		_, err := d.Approval.Submit(approvaltest.As(d.Maker), m.ID, r.ID, approvaltest.Ticks, d.Maker.ID)
		return err
	}
	if err := submit(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "says about e-mail: not said") {
		t.Errorf("put up unanswered: %v", err)
	}
	says(t, d, "planner", webtest.MailingPath(m.ID)+"/foreseen", "/listings/1", "says about e-mail")
	answer := url.Values{"topic": {"email"}, "said": {"unknown"}, "may": {"yes"}}
	if r := d.As("planner").Post("/listings/1/answer", answer); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Say why") {
		t.Errorf("answered without a reason: %d", r.Status)
	}
	answer.Set("reason", "Their terms allow newsletters")
	if r := d.As("planner").Post("/listings/1/answer", answer); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, d, "viewer", "/listings/1", "Their terms allow newsletters", "Test Planner said ")
	if page := d.As("viewer").Get("/listings/1").Body; strings.Contains(page, "We may not") {
		t.Error("who only looks may answer")
	}
	must(t, submit())
}

// Beside what was agreed stands what the network says it pays, and what it paid
// when the campaign began.
func TestAChangedTermStandsBesideTheAgreed(t *testing.T) {
	t.Parallel()
	d := connected(t)
	says(t, d, "viewer", "/campaigns/1", "What Awin NL says it pays", "CPS 5%")
	share := 400
	d.Clock.Set(d.Clock.Now().AddDate(0, 0, 1))
	webtest.Listed(d, 1, networks.Programme{
		Ref: "4711", Name: "Zonvakantie NL", Relation: networks.Joined, Live: true,
		Terms: []networks.Term{{Group: "1", Name: "Default", Kind: campaigns.CPS, BasisPoints: &share}},
	})
	says(t, d, "viewer", "/campaigns/1", "CPS 4%", "before:", "CPS 5%", "no longer paid")
	says(t, d, "viewer", "/advertisers/1", "What networks say of them")
	if r := d.As("planner").Post("/programmes/read/1", nil); r.Status != http.StatusSeeOther {
		t.Errorf("read now: %d", r.Status)
	}
	poll(t, d)
	says(t, d, "viewer", "/campaigns/1", "CPS 5%")
}

func TestLookAtProgrammes(t *testing.T) {
	t.Parallel()
	d := connected(t)
	d.Look("planner", "programmes", "/programmes?label=nl")
	d.Look("planner", "programme", "/listings/1")
	d.Look("planner", "campaign-listed", "/campaigns/1")
}
