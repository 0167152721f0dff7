package web

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/internal/paging"
	"keur/labels"
	"keur/segments"
	"keur/segments/explain"
)

// manySided is a rule with something of everything.
func (d *testDesk) manySided() string {
	return fmt.Sprintf(`{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"city","op":"in","value":["Utrecht","Den Haag"]},
		{"attribute":"birth_date","op":"age_between","value":[25,60]},
		{"any":[{"not":{"engagement":"clicked","category":"travel","within_days":30,"at_least":2}},{"engagement":"opened","campaign":%d},{"attribute":"interests","op":"has_any","value":["travel"]}]},
		{"not":{"any":[{"membership":"source","op":"is","value":"winkel"},{"conversion":"bought","advertiser":%d,"within_days":90,"value_at_least":{"minor":5000,"currency":"EUR"}}]}}]}`,
		d.Campaign.ID, d.Advertiser.ID)
}

func TestLookAtSegments(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 20)
	d.people(60)
	women := d.segment("Vrouwen in de Randstad", d.manySided())
	utrecht := d.segment("Utrecht", `{"any":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.segment("Jarig deze week", `{"all":[{"attribute":"birth_date","op":"birthday_within_days","value":7},{"consent":"tracking","given":true}]}`)
	d.look("planner", "segments", "/segments?label=nl")
	d.look("planner", "segment", fmt.Sprintf("/segments/%d", women.ID))
	d.look("viewer", "segment-overlap", fmt.Sprintf("/segments/overlap?label=nl&a=%d&b=%d", women.ID, utrecht.ID))
}

// stored returns the newest segment of a name, as its rule and its sentence.
func (d *testDesk) stored(name string) (rule, sentence string) {
	d.t.Helper()
	page, err := d.deps.Segments.List(d.t.Context(), segments.Filter{Labels: []labels.ID{d.Label.ID}, Name: name}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.t.Fatalf("there are %d segments named %q (%v)", len(page.Items), name, err)
	}
	text, err := json.Marshal(page.Items[0].Rule)
	if err != nil {
		d.t.Fatal(err)
	}
	names, err := d.Segments.Check(d.t.Context(), d.Label.ID, page.Items[0].Rule)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text), explain.Sentence(page.Items[0].Rule, names, "nl")
}

const (
	builtRule     = `{"all":[{"attribute":"gender","op":"is","value":"f"},{"any":[{"engagement":"clicked","category":"travel","within_days":30},{"attribute":"city","op":"is","value":"Utrecht"}]}]}`
	builtSentence = "vrouwen, klikten in de laatste 30 dagen op reizen of woonplaats is Utrecht"
)

// until waits for something to be so in the page.
func (w *window) until(expression string) {
	w.Helper()
	w.do(chromedp.Poll[chromedp.Void](expression))
}

// pick chooses an option of a select.
func (w *window) pick(selector, value string) {
	w.Helper()
	w.until(fmt.Sprintf(`(() => {
		const select = document.querySelector(%q);
		if (!select || (select.hasAttribute("hx-post") && !select["htmx-internal-data"])) return false; // not yet alive
		select.value = %q;
		for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
		return true;
	})()`, selector, value))
}

// press presses keys as they come; modifiers are held down.
func (w *window) press(keys string, modifiers ...chromedp.Modifier) {
	w.Helper()
	w.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// at waits until the cursor is in the field of that id.
func (w *window) at(id string) {
	w.Helper()
	w.until(fmt.Sprintf(`document.activeElement?.id === %q`, id))
}

func TestSegmentBuiltByMouse(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.people(12)
	w := d.browse("planner", desktop)
	w.open("/segments/new?label=nl")
	w.do(chromedp.Click(css(`[value="add -"]`)))
	w.pick("#rule-0-subject", "engagement:clicked")
	w.pick("#rule-0-about", "category")
	w.pick("#rule-0-thing", "travel")
	w.do(chromedp.SendKeys(css("#rule-0-days"), "30"), chromedp.Click(css(`[value="group -"]`)))
	w.pick("#rule-1-0-subject", "attribute:city")
	w.do(chromedp.WaitVisible(css("#rule-1-0-value")), chromedp.SendKeys(css("#rule-1-0-value"), "Utrecht"))
	w.do(chromedp.Click(css(`[value="add -"]`)))
	w.pick("#rule-2-subject", "attribute:gender")
	w.do(chromedp.WaitVisible(css("#rule-2-value")), chromedp.SendKeys(css("#rule-2-value"), "f"))
	// The click goes into the group, before the city; the gender goes first.
	w.do(chromedp.DragAndDrop(css(`[data-part="0"] [data-drag]`), css(`[data-part="1.0"]`)), chromedp.WaitVisible(css("#rule-0-0-days")))
	w.do(chromedp.Click(css(`[data-part="1"] summary`)), chromedp.Click(css(`[value="up 1"]`)), chromedp.WaitVisible(css("#rule-0-2-value")))
	w.shoot("builder-mouse")
	w.do(chromedp.DragAndDrop(css(`[data-part="0.2"] [data-drag]`), css(`[data-part="-"] > .rule-head`)), chromedp.WaitVisible(css("#rule-1-value")))
	w.do(chromedp.Click(css(`[data-part="0"] > .rule-head summary`)), chromedp.Click(css(`[value="down 0"]`)), chromedp.WaitVisible(css("#rule-0-value")))
	w.until(`!document.querySelector(".htmx-request, .htmx-settling")`) // which would put the cursor back
	w.do(chromedp.SendKeys(css("#name"), "Met de muis"), chromedp.Click(css(`#segment .primary`)), chromedp.WaitVisible(css("#versions")))
	if rule, sentence := d.stored("Met de muis"); rule != builtRule || sentence != builtSentence {
		t.Errorf("built %s\n%s", rule, sentence)
	}
}

func TestSegmentBuiltByKeyboard(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.people(12)
	w := d.browse("planner", desktop)
	w.open("/segments/new?label=nl")
	w.at("name")
	w.press("Met de toetsen\t\t\t\r")
	w.at("rule-0-subject")
	w.press("gender\t") // choices are found by their first letters
	w.at("rule-0-op")
	w.press("\tf\t\t\r")
	w.at("rule-1-subject")
	w.press("clicked\t")
	w.at("rule-1-op")
	w.press(kb.ArrowRight, chromedp.ModifierAlt, chromedp.ModifierShift)
	w.at("rule-1-0-subject")
	w.press("\t\ta cat\t")
	w.at("rule-1-0-thing")
	w.press("travel\t30\t\t\t\r")
	w.at("rule-1-1-subject")
	w.press("city\t")
	w.at("rule-1-1-op")
	w.press(kb.ArrowUp, chromedp.ModifierAlt, chromedp.ModifierShift) // before the click …
	w.at("rule-1-0-subject")
	w.press(kb.ArrowDown, chromedp.ModifierAlt, chromedp.ModifierShift) // … and behind it again
	w.at("rule-1-1-subject")
	w.press("\t\tUtrecht")
	w.until(`document.querySelector("#said .sentence")?.textContent.includes("city is Utrecht")`)
	w.until(`document.querySelector("#figure strong")`)
	w.shoot("builder-keyboard")
	w.press("\t\t\t\t\t\t\r")
	w.do(chromedp.WaitVisible(css("#versions")))
	if rule, sentence := d.stored("Met de toetsen"); rule != builtRule || sentence != builtSentence {
		t.Errorf("built %s\n%s", rule, sentence)
	}
}
