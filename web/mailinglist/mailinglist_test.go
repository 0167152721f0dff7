package mailinglist_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"keur/mailings/schedules"
	"keur/templates"
	"keur/web/webtest"
)

func TestBeginAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Get("/mailings?label=nl"); r.Status != http.StatusOK || !strings.Contains(r.Body, "No mailings yet") {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Post(
		"/mailings/new?label=nl", url.Values{"kind": {"solo"}, "template": {"starter:solo"}},
	); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", r.Status)
	}
	r := s.Post("/mailings/new?label=nl", url.Values{"name": {"Winterzon"}, "kind": {"solo"}, "template": {"starter:solo"}})
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/mailings/1/content" {
		t.Fatalf("%d %s %s", r.Status, r.Header.Get("Location"), r.Body)
	}
	if at := s.Get("/mailings/1").Header.Get("Location"); at != "/mailings/1/content" {
		t.Errorf("a new mailing begins at %s", at)
	}
	for _, page := range []string{"content", "audience", "moment", "check", "approval", "outcome"} {
		if r := s.Get("/mailings/1/" + page); r.Status != http.StatusOK || !strings.Contains(r.Body, "Winterzon") {
			t.Errorf("%s: %d %s", page, r.Status, r.Body)
		}
	}
	if r := s.Get("/mailings?label=nl&q=winter&state=draft&kind=solo&sort=moment"); !strings.Contains(
		r.Body, `<a href="/mailings/1">Winterzon</a>`,
	) {
		t.Errorf("not in its list: %s", r.Body)
	}
	if r := s.Get("/mailings?label=nl&format=data"); !strings.Contains(r.Body, "1,Winterzon,solo,draft,") {
		t.Errorf("csv: %s", r.Body)
	}
	for _, none := range []string{"/mailings?label=nl&q=zomer", "/mailings?label=nl&state=done"} {
		if r := s.Get(none); !strings.Contains(r.Body, "Nothing found") {
			t.Errorf("%s: %s", none, r.Body)
		}
	}
}

// A mailing in approval has no send yet, and the list says its moment all the same.
func TestTheListSaysTheMomentInApproval(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, r := d.Draft(t, d.Brief(t, webtest.Slot))
	d.Submit(t, m, r)
	body := d.As("viewer").Get("/mailings?label=nl").Body
	if !strings.Contains(body, "in approval") || strings.Contains(body, "not planned") ||
		!strings.Contains(body, "10:00 (Amsterdam)") {
		t.Errorf("its moment isn't told: %s", body)
	}
	again := d.Brief(t, webtest.Slot)
	again.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "30 9 * * 2"}
	d.Draft(t, again)
	if body := d.As("viewer").Get("/mailings?label=nl").Body; !strings.Contains(body, "Recurring; next") {
		t.Errorf("what recurs isn't said to: %s", body)
	}
}

// A mailing begins for a campaign, with its picture, by the template of its kind.
func TestBeginAMailingForACampaign(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	path := "/mailings/new?label=nl&campaign=" + strconv.FormatInt(int64(d.Campaign.ID), 10)
	if link := html.EscapeString(path); !strings.Contains(s.Get("/campaigns/1").Body, link) {
		t.Errorf("the campaign doesn't lead to %s", link)
	}
	if r := s.Get(path); !strings.Contains(r.Body, `value="`+d.Campaign.Name+`"`) {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r := s.Post("/mailings/new?label=nl", url.Values{"name": {"Voor hen"}, "kind": {"newsletter"}, "template": {""}, "campaign": {"1"}})
	if r.Header.Get("Location") != "/mailings/1/content" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	brief := d.Working().Brief
	if len(brief.Placements) != 1 || brief.Placements[0].CampaignID != int64(d.Campaign.ID) ||
		brief.Placements[0].Creative != d.Image.Hash.String() {
		t.Errorf("it begins with %+v", brief.Placements)
	}
	if newsletter := templates.Starters()[1]; brief.Template.Source != newsletter.Source {
		t.Error("a newsletter begins with another template than its own")
	}
	for _, other := range []string{"99", "x"} {
		if r := s.Get("/mailings/new?label=nl&campaign=" + other); r.Status != http.StatusNotFound {
			t.Errorf("campaign %s: %d", other, r.Status)
		}
	}
}

// A mailing begins like last week's, with all but its moment.
func TestBeginAMailingLikeAnEarlierOne(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	s := d.As("planner")
	if page := s.Get("/mailings/new?label=nl").Body; !strings.Contains(page, `<option value="1">`) {
		t.Fatalf("the earlier one isn't offered: %s", page)
	}
	r := s.Post("/mailings/new?label=nl", url.Values{"name": {"Week 49"}, "kind": {"newsletter"}, "template": {""}, "like": {"1"}})
	if r.Header.Get("Location") != "/mailings/2/content" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := s.Get("/mailings/2/content").Body; !strings.Contains(page, "Week 49") || !strings.Contains(page, "De winterzon in") {
		t.Errorf("it doesn't say what that one says: %s", page)
	}
	if at := s.Get("/mailings/2").Header.Get("Location"); at != "/mailings/2/moment" {
		t.Errorf("it needs a moment, not %s", at)
	}
	for _, other := range []string{"99", "x"} {
		r := s.Post("/mailings/new?label=nl", url.Values{"name": {"Week 50"}, "kind": {"solo"}, "template": {""}, "like": {other}})
		if r.Status != http.StatusNotFound {
			t.Errorf("like %s: %d", other, r.Status)
		}
	}
}

func TestLookAtMailings(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.Look("planner", "mailings", "/mailings?label=nl")
	d.Look("planner", "mailing-new", "/mailings/new?label=nl")
}
