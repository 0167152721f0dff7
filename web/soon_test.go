package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/web/webtest"
)

// TestASecondPressNeverHitsTheNextThing: what stands under the pointer once the
// page has come back isn't decided about by the press that was for another, but
// by one a moment later. The page's clock stands still meanwhile.
func TestASecondPressNeverHitsTheNextThing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	for _, name := range []string{"planner", "approver", "viewer"} {
		_, err := d.Deps.Feeds.Open(approvaltest.As(d.Users[name]), d.Label.ID)
		must(t, err)
	}
	w := d.Browse("planner", webtest.Laptop)
	left := func() int {
		feeds, err := d.Deps.Feeds.List(t.Context(), d.Label.ID)
		must(t, err)
		return len(feeds)
	}
	press := func(after int) {
		w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
			performance.now = () => %d;
			document.body.dataset.pressed = "here";
			setTimeout(() => document.querySelector(".feeds form[action*=revoke] button").click());
		})()`, after)))
	}
	back := func() {
		w.Do(chromedp.WaitReady(webtest.CSS("body:not([data-pressed]) .feeds")))
		w.Until(`document.readyState === "complete"`)
	}
	w.Open("/calendar?label=" + d.Label.Code)
	press(0)
	back()
	w.Do(chromedp.Evaluate[chromedp.Void](`performance.now = () => 0`))
	press(0)
	w.Until(`!!document.querySelector("#notices .notice")`)
	if said := webtest.See(w, chromedp.Evaluate[string](`document.querySelector("#notices").textContent`)); left() != 2 ||
		!strings.Contains(said, "press again") {
		t.Errorf("%d of three feeds are left, and it is said: %s", left(), said)
	}
	press(3_600_000)
	back()
	if left() != 1 {
		t.Errorf("%d feeds are left after a press an hour later", left())
	}
}
