package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web/webtest"
)

// TestThePhoneReachesEverything: the bar at the foot opens all sections, a
// list's filters come up in a sheet, and the calendar opens at today.
func TestThePhoneReachesEverything(t *testing.T) {
	t.Parallel()
	w := webtest.New(t, 1).Browse("planner", webtest.Phone)
	w.Open("/calendar?label=nl")
	w.Until(`(({ top }) => top >= 0 && top < innerHeight / 2)(document.querySelector(".day.today").getBoundingClientRect())`)

	w.Do(webtest.Click(`[popovertarget="more"]`))
	w.Until(`document.querySelectorAll("#more:popover-open .sections a").length >= 8`)
	w.Until(`document.querySelector('#more a[href^="/reports"]').checkVisibility()`)

	w.Open("/mailings?label=nl")
	if hidden := webtest.See(w, chromedp.Evaluate[bool](`!document.querySelector("#filters").checkVisibility()`)); !hidden {
		t.Error("the filters of a list take the phone's whole page")
	}
	w.Do(webtest.Click(`[popovertarget="filters"]`))
	w.Until(`document.querySelector('#filters:popover-open a[href*="state=draft"]')?.checkVisibility()`)

	w.Resize(webtest.Laptop)
	w.Open("/mailings?label=nl")
	if shown := webtest.See(w, chromedp.Evaluate[bool](`document.querySelector("#filters .filter").checkVisibility()`)); !shown {
		t.Error("a laptop hides the filters")
	}
}
