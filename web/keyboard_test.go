package web_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/internal/proctest"
	"keur/mailings"
	"keur/web/webtest"
)

// TestAMailingByKeyboardAlone plans a solo and submits it, from Today on, and has its
// client and a colleague approve it, with no other tool than keys that a keyboard has.
func TestAMailingByKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 30)
	door := openPublic(d)
	everyone := d.Segment("Iedereen", `{"all":[]}`)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/")
	w.Press("gm")
	enter(w, `main a[href^="/mailings/new"]`)
	w.Do(chromedp.WaitReady(webtest.CSS("#name")))
	w.At("name")
	w.Press("Winterzon" + kb.Enter)

	fillIn(w, "#subject-a", "Naar de zon")
	fillIn(w, "#preheader", "Vanaf 199 euro")
	enter(w, `.places .picks button`)
	fillIn(w, "#text-p1", "Zeven nachten")
	fillIn(w, "#url-p1", "https://zonvakantie.example/zon")
	saved(w, "content")

	enter(w, `#steps a[href$="/audience"]`)
	fillIn(w, "#add-segment", fmt.Sprintf("Iedereen · %d", everyone.ID))
	w.Press(kb.Enter)
	w.Until(`document.querySelector("#reach .waterfall tr.rest .n")?.textContent === "30"`)

	enter(w, `#steps a[href$="/moment"]`)
	fillIn(w, "#at", "11242026"+kb.ArrowRight+"1000AM")
	w.Until(`document.querySelector("#moment").dataset.saving === "saved" && document.querySelector("#saved-moment [data-when=saved] svg")`)

	enter(w, `#steps a[href$="/check"]`)
	enter(w, `form[action="/mailings/1/check"] button`)
	w.Do(chromedp.WaitReady(webtest.CSS("[data-see]")))
	pageThrough(w)
	enter(w, `a.primary[href="/mailings/1/approval"]`)
	w.Do(chromedp.WaitReady(webtest.CSS("input[name=points]")))
	for webtest.See(w, chromedp.Evaluate[bool](`document.querySelector("input[name=points]:not(:checked)") !== null`)) {
		reach(w, "input[name=points]:not(:checked)")
		w.Press(" ")
	}
	enter(w, `form[action="/mailings/1/submit"] button`)
	proctest.Until(t, "what was submitted by keyboard is in review", func() bool { return d.Read(1).State == mailings.InReview })

	client := d.Browse("", webtest.Desktop)
	client.URL = door
	client.Open("/a/" + d.ClientToken(t))
	pageThrough(client)
	enter(client, `button[value="approve"]`)
	client.Until(`document.querySelector("main") && !document.querySelector('button[value="approve"]')`)

	colleague := d.Browse("approver", webtest.Desktop)
	colleague.Open("/")
	enter(colleague, `main a[href^="/approvals/"]`)
	colleague.Do(chromedp.WaitReady(webtest.CSS("[data-arm]")))
	pageThrough(colleague)
	enter(colleague, `button[data-arm]`)
	proctest.Until(t, "what was approved by keyboard is approved", func() bool { return d.Read(1).State == mailings.Approved })
}

// pageThrough turns the pages, again and again, until each mail was in view from
// its beginning to its end: what comes late moves what stands below it.
func pageThrough(w *webtest.Window) {
	w.Helper()
	reach(w, "[data-see] button, [data-face] [data-as]") // a mail that was seen already has the latter
	unseen := chromedp.Evaluate[bool](`document.querySelector("[data-see]:not([hidden])") !== null`)
	for n := 0; webtest.See(w, unseen); n++ {
		if n > 3000 {
			w.Fatal("a mail isn't seen, however often one turns the pages")
		}
		if n%30 == 0 {
			w.Press(kb.Home)
		} else {
			w.Press(kb.PageDown)
		}
	}
}

// farthest is how many times one may have to press Tab on any page.
const farthest = 150

// reach presses Tab until the focus is where it should be.
func reach(w *webtest.Window, selector string) {
	w.Helper()
	w.Do(chromedp.WaitReady(webtest.CSS(selector)))
	w.Settled()
	for range farthest {
		if webtest.See(w, chromedp.Evaluate[bool](fmt.Sprintf(`document.activeElement?.matches(%q) ?? false`, selector))) {
			return
		}
		w.Press(kb.Tab)
	}
	w.Fatalf("%s isn't reached with Tab", selector)
}

// enter goes to a button or a link and strikes Enter.
func enter(w *webtest.Window, selector string) {
	w.Helper()
	reach(w, selector)
	w.Press(kb.Enter)
}

// fillIn goes to a field and types.
func fillIn(w *webtest.Window, selector, text string) {
	w.Helper()
	reach(w, selector)
	w.Press(text)
}

// saved waits until a step is done and nothing that was typed is still unsaved.
func saved(w *webtest.Window, step string) {
	w.Helper()
	w.Until(fmt.Sprintf(`document.querySelector('#steps a[href$="/%s"]').parentElement.className === "done"`, step))
	w.Until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
}

func TestOneSeesWhoElseIsEditing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	mine, theirs := d.Browse("planner", webtest.Desktop), d.Browse("admin", webtest.Desktop)
	mine.Open("/mailings/1/content")
	theirs.Open("/mailings/1/audience")
	mine.Until(`document.querySelector(".others")?.textContent.includes("Test Admin")`)
	theirs.Until(`document.querySelector(".others")?.textContent.includes("Test Planner")`)
}

func TestACardIsDraggedOverTheBoard(t *testing.T) {
	t.Parallel()
	d := webtest.AskedDesk(t)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/requests")
	w.Settled()
	w.Do(chromedp.Evaluate[chromedp.Void](`(() => {
		const card = document.querySelector('[data-request="4"]'), column = document.querySelector('[data-state="done"]');
		const carry = (where, kind) => where.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: new DataTransfer()}));
		carry(card, "dragstart"); carry(column, "dragover"); carry(column, "drop"); carry(card, "dragend");
	})()`), chromedp.WaitVisible(webtest.CSS(`[data-state="done"] [data-request="4"]`)))
}

func TestTheButtonAtTheHeadOpensTheForm(t *testing.T) {
	t.Parallel()
	w := webtest.New(t, 1).Browse("planner", webtest.Desktop)
	w.Open("/campaigns?label=nl")
	enter(w, `[data-open="add-campaign"]`)
	w.At("name")
}
