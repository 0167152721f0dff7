package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings/blocks"
	"keur/web/webtest"
)

// TestABlockIsSavedAndPlaced: a placement is saved with what was just typed, under
// a name that is free; another mailing finds it by its advertiser, with what of it
// holds no longer, and gets a copy.
func TestABlockIsSavedAndPlaced(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Laptop)
	w.Open("/mailings/1/content")
	w.Run(`document.querySelector("#heading-zon").value = "Een week naar de zon"`)
	w.Do(
		webtest.Click("#placement-zon .keep-block summary"),
		webtest.Click(`button[value="keep-block:zon"]`),
		chromedp.WaitVisible(webtest.CSS(".keep-block .field-fault")),
	)
	w.Settled()
	w.Shoot("content-block-refused")
	w.Whole("content-block-refused")
	w.Do(
		webtest.Type(`[id="block-name:zon"]`, "Zonweek"),
		webtest.Click(`button[value="keep-block:zon"]`),
	)
	w.Until(`document.querySelector("#placement-zon [role=status]")?.textContent.includes("Zonweek")`)
	store := blocks.NewStore(d.DB)
	found, err := store.List(t.Context(), d.Label.ID, "zonweek", paging.Ask{})
	if err != nil || len(found.Items) != 1 || found.Items[0].Says.Heading != "Een week naar de zon" {
		t.Fatalf("%+v, %v", found.Items, err)
	}
	c, err := d.Campaigns.Get(t.Context(), d.Campaign.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.StartsOn, c.EndsOn = c.StartsOn.AddDays(-800), c.StartsOn.AddDays(-700)
	if _, err := d.Campaigns.Update(approvaltest.As(d.Maker), c.ID, func(now *campaigns.Campaign) error {
		now.StartsOn, now.EndsOn = c.StartsOn, c.EndsOn
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.As("planner").Post("/mailings/new?label=nl", url.Values{"name": {"Week 48"}, "kind": {"newsletter"}})
	w.Open("/mailings/2/content")
	w.Settled() // what still moves is missed
	w.Do(
		webtest.Click("#add-block"), webtest.Type("#find-block", "zonvak"),
		chromedp.WaitVisible(webtest.CSS(".choose-block .care")),
	)
	w.Settled()
	w.Shoot("content-blocks")
	w.Whole("content-blocks")
	w.Accessible("content with saved blocks")
	w.Do(webtest.Click(`button[value="block:1"]`), chromedp.WaitVisible(webtest.CSS("#heading-p1")))
	w.Until(`document.querySelector("#heading-p1").value === "Een week naar de zon"`)
	w.Resize(webtest.Phone)
	w.Whole("content-blocks-phone")
	if r := d.As("planner").Get("/mailings/2/blocks?q=zonweek"); r.Status != http.StatusOK || !strings.Contains(r.Body, "Zonweek") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	wrong := fields(d)
	for _, do := range []string{"block:99", "block:x", "keep-block:p9"} {
		wrong.Set("do", do)
		wrong.Set("version", webtest.Itoa(d.Working().Changes["content"].Version))
		if r := d.As("planner").Multipart("/mailings/1/content", wrong); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", do, r.Status)
		}
	}
}
