package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/campaigns"
)

func TestTermsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	planner := d.as("planner")
	path := "/campaigns/" + itoa(d.Campaign.ID)
	fields := url.Values{
		"version": {itoa(d.Campaign.Version)}, "name": {"Autumn rides"}, "starts_on": {"2026-11-01"}, "ends_on": {"2026-12-15"}, "programme": {itoa(d.programme.ID)},
		"deal_kind": {"CPS", "CPL", ""}, "deal_value": {"12,75%", "1.234,50", ""}, "deal_note": {"new buyers", "", ""},
		"goal_clicks": {"18.412"}, "promise_revenue": {"2.500"},
	}
	if r := planner.post(path+"/terms", fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	c, err := d.Campaigns.Get(t.Context(), d.Campaign.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Deals) != 2 || *c.Deals[0].BasisPoints != 1275 || *c.Deals[1].MinorUnits != 123450 || *c.Goals.Clicks != 18412 || *c.Promised.RevenueMinor != 250000 || *c.ProgrammeID != d.programme.ID {
		t.Errorf("stored %+v", c)
	}
	page := planner.get(path).body
	for _, want := range []string{"CPS 12.75%", "€1,234.50", "18,412", "Awin"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %s", want)
		}
	}
	if r := planner.post(path+"/terms", fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "in the meantime") || !strings.Contains(r.body, "12,75%") {
		t.Errorf("terms over someone else's: %d", r.status)
	}
	fields.Set("goal_clicks", "lots")
	if r := planner.post(path+"/terms", fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `value="lots"`) || !strings.Contains(r.body, "no number") {
		t.Errorf("a goal that is no number: %d", r.status)
	}
}

func TestStopSwitch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	planner, path := d.as("planner"), "/advertisers/"+itoa(d.Advertiser.ID)
	if r := planner.post(path+"/stop", url.Values{"reason": {""}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("stopped for no reason: %d", r.status)
	}
	planner.post(path+"/stop", url.Values{"reason": {"Invoices aren't paid"}})
	if page := planner.get(path).body; !strings.Contains(page, "Invoices aren&#39;t paid") || !strings.Contains(page, "/resume") {
		t.Error("the page doesn't say that it is stopped")
	}
	planner.post(path+"/resume", url.Values{})
	if a, err := d.Advertisers.Get(t.Context(), d.Advertiser.ID); err != nil || a.StoppedAt != nil {
		t.Errorf("still stopped: %v %v", a.StoppedAt, err)
	}
}

func TestListsAsFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	if _, err := d.Advertisers.Create(t.Context(), campaigns.Advertiser{Name: "=HYPERLINK()", Category: "travel"}); err != nil {
		t.Fatal(err)
	}
	r := d.as("viewer").get("/advertisers?format=csv")
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") || !strings.Contains(r.body, ",'=HYPERLINK(),travel,") {
		t.Errorf("%s: %s", r.header.Get("Content-Type"), r.body)
	}
}

func TestCampaignOfAnotherLabelDoesntExist(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	if r := d.as("stranger").get("/campaigns/" + itoa(d.Campaign.ID)); r.status != http.StatusNotFound {
		t.Errorf("%d", r.status)
	}
}

func TestLookAtCampaigns(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.look("planner", "campaigns", "/campaigns?label="+d.Label.Code)
	d.look("planner", "campaign", "/campaigns/"+itoa(d.Campaign.ID))
	d.look("planner", "campaign_terms", "/campaigns/"+itoa(d.Campaign.ID)+"/terms")
	d.look("planner", "advertisers", "/advertisers")
	d.look("planner", "advertiser", "/advertisers/"+itoa(d.Advertiser.ID))
}
