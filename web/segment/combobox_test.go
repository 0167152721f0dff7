package segment_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/web/webtest"
)

// TestAComboboxFindsByWord: what one calls a value finds it, by keyboard alone,
// and whoever hears the page is told what is offered and where they are.
func TestAComboboxFindsByWord(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.People(12)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/segments/new?label=nl")
	w.Do(webtest.Click(`[value="add -"]`))
	w.Pick("#rule-0-subject", "attribute:gender")
	w.Until(`document.querySelector("#known-attribute-gender option")`)
	holds := func(expression, want string) {
		t.Helper()
		w.Until(fmt.Sprintf("(%s) === %q", expression, want))
	}
	value, active := `document.querySelector("#rule-0-value").value`, `document.activeElement`
	w.Do(webtest.Click("#rule-0-value"))
	holds(active+`.getAttribute("role") + document.querySelectorAll("[role=option]").length`, "combobox2")
	w.Press("WOM")
	holds(`document.querySelector("[role=listbox]").innerText.replace(/\s+/g, " ").trim()`, "woman f")
	w.Press(kb.ArrowDown)
	holds(`document.getElementById(`+active+`.getAttribute("aria-activedescendant"))?.getAttribute("aria-selected")`, "true")
	w.Press(kb.Enter)
	holds(value, "f")
	holds(`String(document.querySelector("[role=listbox]")) + `+active+`.getAttribute("aria-expanded")`, "nullfalse")
	w.Settled() // the rule is drawn anew, and the field has the focus again
	w.Press(kb.ArrowDown)
	holds(`String(document.querySelectorAll("[role=option]").length)`, "2") // all, as nothing was typed since
	w.Press(kb.Escape)
	w.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	w.Press("man")
	w.Press(kb.Tab) // without a choice from the list
	holds(value, "m")
	w.Pick("#rule-0-op", "in")
	w.Until(`document.querySelector(".chip")`)
	holds(`document.querySelector(".chip span").innerText`, "man")
}

// TestASelectIsSearched: a select of many is one with a field before it, and
// holds nothing that it doesn't offer.
func TestASelectIsSearched(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.People(12)
	for _, name := range []string{"Alle vrouwen", "Mannen in Zürich", "Mannen in Breda"} {
		d.Segment(name, builtRule)
	}
	w := d.Browse("planner", webtest.Phone)
	w.Open("/segments/overlap?label=nl")
	w.Do(webtest.Click("label[for=a-find]"), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	w.Press("zurich")
	w.Until(`document.querySelectorAll("[role=option]").length === 1`)
	w.Do(webtest.Click("[role=option]"))
	w.Until(`document.querySelector("#a").selectedOptions[0].text.includes("Zürich") && document.querySelector("#a-find").value.includes("Zürich")`)
	w.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	w.Press("nobody")
	w.Press(kb.Tab)
	w.Until(`document.querySelector("#a-find").value.includes("Zürich")`)
}
