package campaign_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/mailings/schedules"
	"keur/web/webtest"
)

func TestTermsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	planner := d.As("planner")
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID)
	fields := url.Values{
		"version": {webtest.Itoa(d.Campaign.Version)}, "name": {"Autumn rides"}, "valid_from": {"2026-11-01"},
		"valid_until": {"2026-12-15"}, "programme": {webtest.Itoa(d.Programme.ID)}, "deal_kind": {"CPS", "CPL", ""},
		"deal_value": {"12,75% ", "€ 1.234,50", ""}, "deal_note": {"new buyers", "", ""}, "goal_clicks": {"18.412"},
		"promise_revenue": {"2.500"},
	}
	if r := planner.Post(path+"/terms", fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	c, err := d.Campaigns.Get(t.Context(), d.Campaign.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Deals) != 2 || *c.Deals[0].BasisPoints != 1275 || *c.Deals[1].MinorUnits != 123450 || *c.Goals.Clicks != 18412 ||
		*c.Promised.RevenueMinor != 250000 ||
		*c.ProgrammeID != d.Programme.ID {
		t.Errorf("stored %+v", c)
	}
	page := planner.Get(path).Body
	for _, want := range []string{"CPS 12.75%", "€1,234.50", "18,412", "Awin"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %s", want)
		}
	}
	if r := planner.Post(
		path+"/terms", fields,
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "in the meantime") ||
		!strings.Contains(r.Body, "12,75%") {
		t.Errorf("terms over someone else's: %d", r.Status)
	}
	for _, value := range []string{"5%", "$ 5", "0, 3, 7"} { // per lead, in euros
		fields["deal_value"][1] = value
		if r := planner.Post(path+"/terms", fields); r.Status != http.StatusUnprocessableEntity ||
			!strings.Contains(r.Body, "Type a share such as") || !strings.Contains(r.Body, `value="`+value+`"`) {
			t.Errorf("%s per lead: %d", value, r.Status)
		}
	}
	fields["deal_value"][1] = "1.234,50"
	fields.Set("goal_clicks", "lots")
	if r := planner.Post(
		path+"/terms", fields,
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `value="lots"`) ||
		!strings.Contains(r.Body, "no number") {
		t.Errorf("a goal that is no number: %d", r.Status)
	}
}

func TestStopSwitch(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	planner, path := d.As("planner"), "/advertisers/"+webtest.Itoa(d.Advertiser.ID)
	if r := planner.Post(path+"/stop", url.Values{"reason": {""}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("stopped for no reason: %d", r.Status)
	}
	planner.Post(path+"/stop", url.Values{"reason": {"Invoices aren't paid"}})
	if page := planner.Get(path).Body; !strings.Contains(page, "Invoices aren&#39;t paid") || !strings.Contains(page, "/resume") {
		t.Error("the page doesn't say that it is stopped")
	}
	planner.Post(path+"/resume", url.Values{}) // without having seen which stop
	a, err := d.Advertisers.Get(t.Context(), d.Advertiser.ID)
	if err != nil || a.StoppedAt == nil {
		t.Fatalf("lifted unseen: %v", err)
	}
	planner.Post(path+"/resume", url.Values{"seen": {webtest.Itoa(a.StoppedAt.UnixMicro())}})
	if a, err := d.Advertisers.Get(t.Context(), d.Advertiser.ID); err != nil || a.StoppedAt != nil {
		t.Errorf("still stopped: %v %v", a.StoppedAt, err)
	}
}

// Before a stop is confirmed it is said what and whom it hits.
func TestAStopSaysWhatItHits(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	planner, path := d.As("planner"), "/advertisers/"+webtest.Itoa(d.Advertiser.ID)
	if page := planner.Get(path).Body; !strings.Contains(page, "No send under way or to come") {
		t.Error("of nothing it isn't said that nothing is hit")
	}
	d.Approved(t, d.Brief(t, webtest.TestSlot))
	b := d.Brief(t, webtest.TestSlot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
	b.Schedule.Until, _ = schedules.ParseLocalTime("2026-11-26T23:59")
	d.Approved(t, b)
	d.Draft(t, d.Brief(t, webtest.TestSlot)) // approved by nobody, so that nothing of it is to come
	want := "so many mailings: 2, so many of their sends under way or to come: 4, and mail to so many members: 12."
	if page := planner.Get(path).Body; !strings.Contains(page, want) {
		t.Errorf("the page doesn't say %q", want)
	}
}

// TestACampaignIsBegunFromItsAdvertiser: its page leads to the form, which knows
// whom it is for, and takes an advertiser by number or by name alone.
func TestACampaignIsBegunFromItsAdvertiser(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	planner, id := d.As("planner"), webtest.Itoa(d.Advertiser.ID)
	path := "/campaigns?label=nl&amp;advertiser=" + id
	if page := planner.Get("/advertisers/" + id).Body; !strings.Contains(page, path) || !strings.Contains(page, `<option value="`+d.Advertiser.Category) {
		t.Errorf("the page offers no campaign, or no categories: %s", page)
	}
	if page := d.As("approver").Get("/advertisers/" + id).Body; strings.Contains(page, path) {
		t.Error("who doesn't plan is led to it")
	}
	chosen := d.Advertiser.Name + " · " + id
	if page := planner.Get("/campaigns?label=nl&advertiser=" + id).Body; !strings.Contains(page, `value="`+chosen+`"`) ||
		!strings.Contains(page, `<details id="add-campaign" class="adding headed" open>`) {
		t.Errorf("the form isn't begun: %s", page)
	}
	fields := url.Values{"name": {"Winter"}, "valid_from": {"2026-12-01"}, "valid_until": {"2026-12-31"}}
	for typed, want := range map[string]int{
		chosen: http.StatusSeeOther, strings.ToUpper(d.Advertiser.Name): http.StatusSeeOther,
		"Nobody · 99": http.StatusUnprocessableEntity, "99": http.StatusUnprocessableEntity, "": http.StatusUnprocessableEntity,
	} {
		fields.Set("advertiser", typed)
		fields.Set("name", "Winter "+typed)
		if r := planner.Post("/campaigns?label=nl", fields); r.Status != want {
			t.Errorf("%q: %d %s", typed, r.Status, r.Body)
		}
	}
	w := d.Browse("planner", webtest.Phone)
	w.Open("/campaigns?label=nl&advertiser=" + id)
	w.Do(chromedp.WaitVisible(webtest.CSS("#advertiser")), webtest.Click("#advertiser"))
	w.Until(`document.activeElement.getAttribute("role") === "combobox" && document.querySelectorAll("#advertisers option").length > 0`)
	w.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	w.Press(d.Advertiser.Name[:3])
	w.Until(`document.querySelector("[role=option]")?.innerText.includes(` + strconv.Quote(d.Advertiser.Name) + `)`)
	w.Whole("campaign-new")
}

func TestListsAsFiles(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	as := approvaltest.As(d.Maker)
	if _, err := d.Advertisers.Create(as, campaigns.Advertiser{Name: "=HYPERLINK()", Category: "travel"}); err != nil {
		t.Fatal(err)
	}
	r := d.As("viewer").Get("/advertisers?format=data")
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") || !strings.Contains(r.Body, ",'=HYPERLINK(),travel,") {
		t.Errorf("%s: %s", r.Header.Get("Content-Type"), r.Body)
	}
}

func TestCampaignOfAnotherLabelDoesntExist(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	if r := d.As("stranger").Get("/campaigns/" + webtest.Itoa(d.Campaign.ID)); r.Status != http.StatusNotFound {
		t.Errorf("%d", r.Status)
	}
}

func TestLookAtCampaigns(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Look("planner", "campaigns", "/campaigns?label="+d.Label.Code)
	d.Look("planner", "campaign", "/campaigns/"+webtest.Itoa(d.Campaign.ID))
	d.Look("planner", "campaign_terms", "/campaigns/"+webtest.Itoa(d.Campaign.ID)+"/terms")
	d.Look("planner", "advertisers", "/advertisers")
	d.Look("planner", "advertiser", "/advertisers/"+webtest.Itoa(d.Advertiser.ID))
}
