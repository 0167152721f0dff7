package segment_test

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
	"keur/web/webtest"
)

// manySided is a rule with something of everything.
func manySided(d *webtest.Desk) string {
	return fmt.Sprintf(`{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"city","op":"in","value":["Utrecht","Den Haag"]},
		{"attribute":"birth_date","op":"age_between","value":[25,60]},
		{"any":[{"not":{"engagement":"clicked","category":"travel","within_days":30,"at_least":2}},{"engagement":"opened","campaign":%d},{"attribute":"interests","op":"has_any","value":["travel"]}]},
		{"not":{"any":[{"membership":"source","op":"is","value":"winkel"},{"conversion":"bought","advertiser":%d,"within_days":90,"value_at_least":{"minor":5000,"currency":"EUR"}}]}}]}`,
		d.Campaign.ID, d.Advertiser.ID)
}

func TestLookAtSegments(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 20)
	d.People(60)
	women := d.Segment("Vrouwen in de Randstad", manySided(d))
	utrecht := d.Segment("Utrecht", `{"any":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.Segment(
		"Jarig deze week",
		`{"all":[{"attribute":"birth_date","op":"birthday_within_days","value":7},{"consent":"tracking","given":true}]}`,
	)
	d.Look("planner", "segments", "/segments?label=nl")
	d.Look("planner", "segment", fmt.Sprintf("/segments/%d", women.ID))
	d.Look("viewer", "segment-overlap", fmt.Sprintf("/segments/overlap?label=nl&a=%d&b=%d", women.ID, utrecht.ID))
}

// stored returns the newest segment of a name, as its rule and its sentence.
func stored(d *webtest.Desk, name string) (rule, sentence string) {
	d.T.Helper()
	page, err := d.Deps.Segments.List(d.T.Context(), segments.Filter{Labels: []labels.ID{d.Label.ID}, Name: name}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.T.Fatalf("there are %d segments named %q (%v)", len(page.Items), name, err)
	}
	text, err := json.Marshal(page.Items[0].Rule)
	if err != nil {
		d.T.Fatal(err)
	}
	names, err := d.Segments.Check(d.T.Context(), d.Label.ID, page.Items[0].Rule)
	if err != nil {
		d.T.Fatal(err)
	}
	return string(text), explain.Sentence(page.Items[0].Rule, names, "nl")
}

const (
	builtRule     = `{"all":[{"attribute":"gender","op":"is","value":"f"},{"any":[{"engagement":"clicked","category":"travel","within_days":30},{"attribute":"city","op":"is","value":"Utrecht"}]}]}`
	builtSentence = "vrouwen, klikten in de laatste 30 dagen op reizen of woonplaats is Utrecht"
)

func TestSegmentBuiltByMouse(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.People(12)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/segments/new?label=nl")
	w.Do(webtest.Click(`[value="add -"]`))
	w.Pick("#rule-0-subject", "engagement:clicked")
	w.Pick("#rule-0-about", "category")
	w.Pick("#rule-0-thing", "travel")
	w.Do(webtest.Type("#rule-0-days", "30"), webtest.Click(`[value="group -"]`))
	w.Pick("#rule-1-0-subject", "attribute:city")
	w.Do(chromedp.WaitVisible(webtest.CSS("#rule-1-0-value")), webtest.Type("#rule-1-0-value", "Utrecht"))
	w.Do(webtest.Click(`[value="add -"]`))
	w.Pick("#rule-2-subject", "attribute:gender")
	w.Do(chromedp.WaitVisible(webtest.CSS("#rule-2-value")), webtest.Type("#rule-2-value", "f"))
	// The click goes into the group, before the city; the gender goes first.
	w.Do(
		chromedp.DragAndDrop(webtest.CSS(`[data-part="0"] [data-drag]`), webtest.CSS(`[data-part="1.0"]`)),
		chromedp.WaitVisible(webtest.CSS("#rule-0-0-days")),
	)
	w.Do(
		webtest.Click(`[data-part="1"] summary`), webtest.Click(`[value="up 1"]`),
		chromedp.WaitVisible(webtest.CSS("#rule-0-2-value")),
	)
	w.Shoot("builder-mouse")
	w.Do(
		chromedp.DragAndDrop(webtest.CSS(`[data-part="0.2"] [data-drag]`), webtest.CSS(`[data-part="-"] > .rule-head`)),
		chromedp.WaitVisible(webtest.CSS("#rule-1-value")),
	)
	w.Do(
		webtest.Click(`[data-part="0"] > .rule-head summary`), webtest.Click(`[value="down 0"]`),
		chromedp.WaitVisible(webtest.CSS("#rule-0-value")),
	)
	w.Until(`!document.querySelector(".htmx-request, .htmx-settling")`) // which would put the cursor back
	w.Do(
		webtest.Type("#name", "Met de muis"), webtest.Click(`#segment .primary`),
		chromedp.WaitVisible(webtest.CSS("#versions")),
	)
	if rule, sentence := stored(d, "Met de muis"); rule != builtRule || sentence != builtSentence {
		t.Errorf("built %s\n%s", rule, sentence)
	}
}

func TestSegmentBuiltByKeyboard(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.People(12)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/segments/new?label=nl")
	w.At("name")
	w.Press("Met de toetsen\t\t\t\r")
	w.At("rule-0-subject")
	w.Press("gender\t") // choices are found by their first letters
	w.At("rule-0-op")
	w.Press("\tf\t\t\r")
	w.At("rule-1-subject")
	w.Press("clicked\t")
	w.At("rule-1-op")
	w.Press(kb.ArrowRight, chromedp.ModifierAlt, chromedp.ModifierShift)
	w.At("rule-1-0-subject")
	w.Press("\t\ta cat\t")
	w.At("rule-1-0-thing-find")
	w.Press("travel\t30\t\t\t\r")
	w.At("rule-1-1-subject")
	w.Press("city\t")
	w.At("rule-1-1-op")
	w.Press(kb.ArrowUp, chromedp.ModifierAlt, chromedp.ModifierShift) // before the click …
	w.At("rule-1-0-subject")
	w.Press(kb.ArrowDown, chromedp.ModifierAlt, chromedp.ModifierShift) // … and behind it again
	w.At("rule-1-1-subject")
	w.Press("\t\tUtrecht")
	w.Until(`document.querySelector("#said .sentence")?.textContent.includes("city is Utrecht")`)
	w.Until(`document.querySelector("#figure strong")`)
	w.Shoot("builder-keyboard")
	w.Press("\t\t\t\t\t\t\r")
	w.Do(chromedp.WaitVisible(webtest.CSS("#versions")))
	if rule, sentence := stored(d, "Met de toetsen"); rule != builtRule || sentence != builtSentence {
		t.Errorf("built %s\n%s", rule, sentence)
	}
}
