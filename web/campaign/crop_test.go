package campaign_test

import (
	"image/color"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"keur/web/webtest"
)

// TestAPictureIsCutByThumb: on a phone one pulls a corner of the frame over a picture
// and moves it, and the copy is of that part; so does who has a keyboard alone.
func TestAPictureIsCutByThumb(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID)
	if r := d.As("planner").Files(path+"/creatives", url.Values{"alt": {"Aan zee"}}, map[string]string{
		"file/zee.png": picture(t, 300, 200, color.Black),
	}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	w := webtest.NewThumb(t, d.URL)
	w.SignIn(d, "planner")
	w.Open(path)
	const (
		mine = `.material li:has(img[alt="Aan zee"]) `
		form = mine + `form[action$="/cut"] `
		kept = `(({ elements: e }) => ["left", "top", "width", "height"].map((n) => e["part_" + n].value).join(" "))` +
			`(document.querySelector('.material li:has(img[alt="Aan zee"]) form[action$="/cut"]'))`
	)
	w.Tap(mine + `details:has(form[action$="/cut"]) summary`)
	w.Until(`document.querySelector('` + form + `output').textContent === "300 × 200" && ` + kept + `.trim() === ""`)
	w.Open(path) // nobody who only looked is asked whether to leave
	w.Tap(mine + `details:has(form[action$="/cut"]) summary`)
	w.Drag(form+`[data-corner="se"]`, -100, -60)
	w.Until(`(([left, top, width, height]) => left == 0 && top == 0 && width < 260 && height < 190)(` + kept + `.split(" "))`)
	w.Drag(form+`[data-corner="nw"]`, 30, 20)
	w.Drag(form+`.kept`, 20, 15)
	w.Until(`(([left, top]) => left > 30 && top > 20)(` + kept + `.split(" "))`)
	w.Shoot("crop-phone")
	w.Whole("crop")

	w.Run(`document.querySelector('` + form + `[name="shape"]').value = "2:1"`)
	w.Run(`document.querySelector('` + form + `[name="shape"]').dispatchEvent(new Event("change"))`)
	w.Until(kept + ` === "0 25 300 150"`)
	w.Run(`document.querySelector('` + form + `[data-corner="se"]').focus()`)
	w.Press(kb.ArrowLeft)
	w.Until(kept + ` === "0 25 294 147"`)
	w.Run(`document.querySelector('` + form + `.kept').focus()`)
	w.Press(kb.ArrowDown)
	w.Until(kept + ` === "0 31 294 147"`)
	w.Type(form+`[name="width"]`, "147")
	w.Tap(form + `button:not([type])`)
	w.Until(`document.querySelector('.material')?.innerText.includes("147 × 73")`)
	w.Accessible("crop")
}
