package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/mailings"
)

// TestAMailingByKeyboardAlone plans a solo and submits it, from Today on, with
// no other tool than keys that a keyboard has.
func TestAMailingByKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 30)
	everyone := d.segment("Iedereen", `{"all":[]}`)
	w := d.browse("planner", desktop)
	w.open("/")
	w.press("gm")
	w.enter(`main a[href^="/mailings/new"]`)
	w.do(chromedp.WaitReady(css("#name")))
	w.at("name")
	w.press("Winterzon" + kb.Enter)

	w.fillIn("#subject-a", "Naar de zon")
	w.fillIn("#preheader", "Vanaf 199 euro")
	w.enter(`.places .picks button`)
	w.fillIn("#text-p1", "Zeven nachten")
	w.fillIn("#url-p1", "https://zonvakantie.example/zon")
	w.saved("content")

	w.enter(`#steps a[href$="/audience"]`)
	w.fillIn("#add-segment", fmt.Sprintf("Iedereen · %d", everyone.ID))
	w.press(kb.Enter)
	w.until(`document.querySelector("#reach .waterfall tr.rest .n")?.textContent === "30"`)

	w.enter(`#steps a[href$="/moment"]`)
	w.fillIn("#at", "11242026"+kb.ArrowRight+"1000AM")
	w.until(`document.querySelector("#moment-when").textContent.trim() !== ""`)

	w.enter(`#steps a[href$="/check"]`)
	w.enter(`form[action="/mailings/1/check"] button`)
	w.enter(`a.primary[href="/mailings/1/approval"]`)
	w.do(chromedp.WaitReady(css("input[name=points]")))
	for see(w, chromedp.Evaluate[bool](`document.querySelector("input[name=points]:not(:checked)") !== null`)) {
		w.reach("input[name=points]:not(:checked)")
		w.press(" ")
	}
	w.enter(`form[action="/mailings/1/submit"] button`)
	w.do(chromedp.WaitVisible(css(".clients")))
	if m := d.read(1); m.State != mailings.InReview {
		t.Errorf("what was submitted by keyboard is %s", m.State)
	}
}

// farthest is how many times one may have to press Tab on any page.
const farthest = 150

// reach presses Tab until the focus is where it should be.
func (w *window) reach(selector string) {
	w.Helper()
	w.do(chromedp.WaitReady(css(selector)))
	w.settled()
	for range farthest {
		if see(w, chromedp.Evaluate[bool](fmt.Sprintf(`document.activeElement?.matches(%q) ?? false`, selector))) {
			return
		}
		w.press(kb.Tab)
	}
	w.Fatalf("%s isn't reached with Tab", selector)
}

// enter goes to a button or a link and strikes Enter.
func (w *window) enter(selector string) {
	w.Helper()
	w.reach(selector)
	w.press(kb.Enter)
}

// fillIn goes to a field and types.
func (w *window) fillIn(selector, text string) {
	w.Helper()
	w.reach(selector)
	w.press(text)
}

// saved waits until a step is done and nothing that was typed is still unsaved.
func (w *window) saved(step string) {
	w.Helper()
	w.until(fmt.Sprintf(`document.querySelector('#steps a[href$="/%s"]').parentElement.className === "done"`, step))
	w.until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
}

func TestOneSeesWhoElseIsEditing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	mine, theirs := d.browse("planner", desktop), d.browse("admin", desktop)
	mine.open("/mailings/1/content")
	theirs.open("/mailings/1/audience")
	mine.until(`document.querySelector(".others")?.textContent.includes("Test Admin")`)
	theirs.until(`document.querySelector(".others")?.textContent.includes("Test Planner")`)
}

func TestACardIsDraggedOverTheBoard(t *testing.T) {
	t.Parallel()
	d := askedDesk(t)
	w := d.browse("planner", desktop)
	w.open("/requests")
	w.settled()
	w.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const card = document.querySelector('[data-request="4"]'), column = document.querySelector('[data-state="done"]');
		const carry = (where, kind) => where.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: new DataTransfer()}));
		carry(card, "dragstart"); carry(column, "dragover"); carry(column, "drop"); carry(card, "dragend");
	})()`), chromedp.WaitVisible(css(`[data-state="done"] [data-request="4"]`)))
}

func TestTheButtonAtTheHeadOpensTheForm(t *testing.T) {
	t.Parallel()
	w := newDesk(t, 1).browse("planner", desktop)
	w.open("/campaigns?label=nl")
	w.enter(`[data-open="add-campaign"]`)
	w.at("name")
}
