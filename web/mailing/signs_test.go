package mailing_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/web/webtest"
)

// A sign is found by its words, put where one typed, without a mouse; beside it
// stands what inboxes make of the subject.
func TestSignsByKeyboard(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	brief := d.Brief(t, webtest.Slot)
	brief.Subjects[0].Text = "Naar zee"
	m, _ := d.Draft(t, brief)
	w := d.Browse("planner", webtest.Phone)
	w.Open(webtest.MailingPath(m.ID) + "/content")
	w.Do(webtest.Click("#subject-a"), chromedp.KeyEvent(kb.End), chromedp.KeyEvent(" "))
	w.Run(`document.querySelector(".signs summary").focus()`)
	w.Do(chromedp.KeyEvent(kb.Enter))
	w.Until(`document.activeElement.id === "find-sign"`)
	w.Until(`(() => { const at = document.querySelector(".signs .sheet").getBoundingClientRect();
		return at.left >= 0 && at.right <= innerWidth })()`)
	w.Shoot("signs-390")
	w.Whole("the picker of signs")
	w.Accessible("the picker of signs")
	w.Do(chromedp.KeyEvent("beach"))
	w.Until(`document.querySelectorAll(".sign:not([hidden])").length === 1 &&
		document.querySelector(".signs [role=status]").textContent === "Found: 1"`)
	w.Do(chromedp.KeyEvent(kb.Enter))
	w.Until(`document.querySelector("#subject-a").value === "Naar zee 🏖️" && document.activeElement.id === "subject-a"`)

	w.Run(`document.querySelector(".signs summary").focus()`)
	w.Do(chromedp.KeyEvent(kb.Enter))
	w.Until(`document.activeElement.id === "find-sign" && document.querySelectorAll(".sign[hidden]").length === 0`)
	w.Do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	w.Do(chromedp.KeyEvent(kb.ArrowLeft))
	w.Until(`document.activeElement.dataset.insert === "✓" && document.querySelectorAll(".sign[tabindex='0']").length === 1`)
	w.Do(chromedp.KeyEvent(kb.ArrowDown))
	w.Until(`document.activeElement.classList.contains("sign") && document.activeElement.dataset.insert !== "✓"`)
	w.Do(chromedp.KeyEvent(kb.Escape))
	w.Until(`document.activeElement.tagName === "SUMMARY" && !document.querySelector(".signs").open`)

	w.Run(`const field = document.querySelector("#subject-a"); field.focus(); field.select();
		document.execCommand("insertText", false, "Met de 🥳 naar zee, en wie nu boekt krijgt de tweede nacht voor de helft van de prijs!")`)
	w.Until(`/32 of 85 characters/.test(document.querySelector(".looks")?.innerText) &&
		/Outlook 2016[^]*Met de □ naar zee/.test(document.querySelector(".looks").innerText)`)
}

func TestLookAtSigns(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	brief := d.Brief(t, webtest.Slot)
	brief.Subjects[0].Text = "Met de 🥳 naar zee 🏖️ en wie nu boekt krijgt de tweede nacht voor de helft! ⏰"
	m, _ := d.Draft(t, brief)
	d.Look("planner", "mailing_signs", webtest.MailingPath(m.ID)+"/content")
}
