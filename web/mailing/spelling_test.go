package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/internal/hunspell"
	"keur/internal/hunspell/hunspelltest"
	"keur/mailings"
	"keur/web/webtest"
)

// spelled lets the desk look words up in dictionaries that lack some.
func spelled(d *webtest.Desk, lacks string) {
	d.T.Helper()
	d.Deps.Hunspell = hunspell.New(hunspelltest.New(d.T, lacks).Program)
	d.Reopen()
}

// misspelt is a mailing with a word of each kind.
func misspelt(d *webtest.Desk) mailings.Mailing {
	d.T.Helper()
	brief := d.Brief(d.T, webtest.Slot)
	brief.Subjects[0].Text = "Alles met kortign"
	brief.Placements[0].Text = "Deze kortign geldt voor één keer. Per wijnpaket!"
	m, _ := d.Draft(d.T, brief)
	return m
}

const lacksTwo = `{"nl_NL": {"kortign": ["korting", "korzing"], "wijnpaket": ["wijnpakket"]}}`

func TestSpelling(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m := misspelt(d)
	path := webtest.MailingPath(m.ID)
	planner := d.As("planner")
	if part := planner.Get(path + "/spelling"); part.Status != http.StatusOK || !strings.Contains(part.Body, "hunspell-nl") ||
		!strings.Contains(part.Body, "keeps nothing from being sent") {
		t.Errorf("without hunspell: %d %s", part.Status, part.Body)
	}
	spelled(d, `{"de_DE": {}}`)
	planner = d.As("planner")
	if part := planner.Get(path + "/spelling").Body; !strings.Contains(part, "no dictionary for Dutch") {
		t.Errorf("without a dictionary: %s", part)
	}
	d.Deps.Hunspell = hunspell.New(hunspelltest.Script(t, "exit 3"))
	d.Reopen()
	planner = d.As("planner")
	if part := planner.Get(path + "/spelling").Body; !strings.Contains(part, "answer in time") {
		t.Errorf("of one that fails: %s", part)
	}
	spelled(d, lacksTwo)
	planner = d.As("planner")
	part := planner.Get(path + "/spelling").Body
	for _, want := range []string{
		"korting, korzing", "wijnpakket", "Subject", "Alles met <mark>kortign</mark>", "Deze <mark>kortign</mark> geldt", "It is right",
	} {
		if !strings.Contains(part, want) {
			t.Errorf("doesn't say %q: %s", want, part)
		}
	}
	if page := planner.Get(path + "/check").Body; !strings.Contains(page, path+"/spelling") || strings.Contains(page, "must be mended") {
		t.Error("the page doesn't look words up, or they block")
	}
	if part := d.As("viewer").Get(path + "/spelling").Body; !strings.Contains(part, "kortign") || strings.Contains(part, "It is right") {
		t.Errorf("to who only looks: %s", part)
	}

	if r := planner.Post(path+"/spelling", url.Values{"word": {"kortign"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if part := planner.Get(path + "/spelling").Body; strings.Contains(part, "kortign") || !strings.Contains(part, "wijnpaket") {
		t.Errorf("with a word of its own: %s", part)
	}
	planner.Post(path+"/spelling", url.Values{"word": {"two words"}})
	words := "/settings/labels/" + webtest.Itoa(d.Label.ID) + "/words"
	admin := d.As("admin")
	if page := admin.Get(words).Body; !strings.Contains(page, "kortign") || !strings.Contains(page, d.Users["planner"].Name) ||
		strings.Contains(page, "two words") {
		t.Errorf("settings: %s", page)
	}
	if r := admin.Post(words, url.Values{"word": {"two words"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "one word") {
		t.Errorf("two words: %d", r.Status)
	}
	if r := admin.Post(words, url.Values{"word": {"wijnpaket"}}); r.Status != http.StatusSeeOther {
		t.Errorf("a word by an admin: %d", r.Status)
	}
	if part := planner.Get(path + "/spelling").Body; !strings.Contains(part, "knows every word") {
		t.Errorf("when all are known: %s", part)
	}
	admin.Post(words+"/remove", url.Values{"word": {"kortign"}})
	if part := planner.Get(path + "/spelling").Body; !strings.Contains(part, "kortign") {
		t.Errorf("after it was removed: %s", part)
	}
}

func TestLookAtSpelling(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m := misspelt(d)
	spelled(d, lacksTwo)
	if err := d.As("planner").Post(webtest.MailingPath(m.ID)+"/spelling", url.Values{"word": {"Spaarpas"}}); err.Status >= 400 {
		t.Fatal(err.Status)
	}
	d.Look("planner", "mailing_spelling", webtest.MailingPath(m.ID)+"/check")
	d.Look("admin", "label_words", "/settings/labels/"+webtest.Itoa(d.Label.ID)+"/words")
	w := d.Browse("planner", webtest.Phone)
	w.Open(webtest.MailingPath(m.ID) + "/check")
	w.Until(`document.querySelectorAll(".misspelled > li").length === 2`)
	w.Do(webtest.Click(".misspelled .button"))
	w.Until(`document.querySelectorAll(".misspelled > li").length === 1 && document.querySelector("#spelling-found [aria-live] .added") !== null`)
}

// The keyboard goes on at the next word, and after the last one at the heading.
func TestTheKeyboardGoesOnAtTheNextWord(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m := misspelt(d)
	spelled(d, `{"nl_NL": {"kortign": ["korting"], "wijnpaket": ["wijnpakket"], "Deze": ["Dezen"]}}`)
	w := d.Browse("planner", webtest.Desktop)
	w.Open(webtest.MailingPath(m.ID) + "/check")
	w.Until(`document.querySelectorAll(".misspelled > li").length === 3`)
	w.Run(`
		window.word = (row) => row?.querySelector("strong").textContent;
		window.words = () => [...document.querySelectorAll(".misspelled > li")].map(word);
		window.at = () => word(document.activeElement.matches("button") ? document.activeElement.closest(".misspelled > li") : null);
		window.all = words();
		document.querySelector(".misspelled button").focus()`)
	w.Press("\r")
	w.Until(`words().length === 2 && at() === all[1]`)
	w.Run(`document.querySelectorAll(".misspelled button")[1].focus()`) // after which none comes
	w.Press("\r")
	w.Until(`words().length === 1 && at() === all[1]`)
	w.Press("\r")
	w.Until(`words().length === 0 && document.activeElement.id === "spelling-heading"`)
}
