package mailing_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
	"keur/web/webtest"
)

// TestVisualEditorTakesAPicture: what is no picture is refused by name, and one that
// is becomes the campaign's material, to choose at once.
func TestVisualEditorTakesAPicture(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	own := d.OwnTemplate()
	brief := d.Brief(t, "2026-11-24T10:00")
	brief.Template = mailings.BriefTemplate{ID: int64(own.ID), Version: own.Version}
	d.Draft(t, brief)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/visual")
	w.Until(`document.querySelector(".visual.ready")`)
	w.Do(webtest.Click(`[data-block="picture"]`), chromedp.WaitVisible(webtest.CSS(".pictures summary")),
		webtest.Click(".pictures summary"))
	file := filepath.Join(t.TempDir(), "folder.pdf")
	if err := os.WriteFile(file, []byte("%PDF-1.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Do(chromedp.SetUploadFiles(webtest.CSS("#visual-file"), []string{file}))
	w.Until(`/PDF/.test(document.querySelector("#visual-uploaded").innerText)`)
	w.Shoot("visual-refused")
	before := materialOf(d, brief.Placements[0].CampaignID)
	w.Do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const canvas = document.createElement("canvas");
		canvas.width = 300; canvas.height = 100;
		const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
		const carried = new DataTransfer();
		carried.items.add(new File([blob], "zon.png", { type: "image/png" }));
		const field = document.querySelector("#visual-file");
		field.files = carried.files;
		field.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, chromedp.EvalAwaitPromise))
	w.Until(`!document.querySelector("#visual-uploaded .field-fault")`)
	w.Do(webtest.Click("#visual-material li:first-child [data-picture]"))
	w.Until(`/<mj-image[^>]*src="[^"]*\/i\/[0-9a-f]{64}"/.test(document.querySelector("#source").value)`)
	if after := materialOf(d, brief.Placements[0].CampaignID); after != before+1 {
		t.Errorf("the campaign has %d pictures, not %d", after, before+1)
	}
}

// materialOf counts the pictures of a campaign.
func materialOf(d *webtest.Desk, campaign int64) int {
	d.T.Helper()
	page, err := d.Deps.Creatives.List(d.T.Context(), campaigns.MaterialFilter{Campaign: campaigns.ID(campaign)}, paging.Ask{Limit: 60})
	if err != nil {
		d.T.Fatal(err)
	}
	return len(page.Items)
}
