package mailing_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/mailings"
	"keur/web/webtest"
)

func TestWriteAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/new?label=nl")
	w.Do(
		webtest.Type("#name", "Winterzon"), webtest.Send("#name"),
		chromedp.WaitVisible(webtest.CSS("#subject-a")),
	)
	w.Do(webtest.Type("#subject-a", "Naar de zon"), webtest.Type("#preheader", "Vanaf 199 euro"))
	w.Until(`document.querySelector("#inbox .subject").textContent === "Naar de zon"`)
	w.Do(webtest.Click(`.places .picks button`), chromedp.WaitVisible(webtest.CSS("#heading-p1")))
	w.Settled()
	w.Do(
		webtest.Type("#text-p1", "Zeven nachten"),
		webtest.Type("#url-p1", "https://zonvakantie.example/zon"),
	)
	w.Until(`document.querySelector("#steps li").className === "done"`)
	w.Until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
	work := d.Working()
	if p := work.Brief.Placements; len(p) != 1 || p[0].Text != "Zeven nachten" || p[0].Creative != d.Image.Hash.String() ||
		p[0].CampaignID != int64(d.Campaign.ID) {
		t.Errorf("%+v", p)
	}
	w.Shoot("content-written")
	w.Accessible("content")
	if r := d.As("planner").
		Get("/mailings/1/preview"); !strings.Contains(r.Body, "Zeven nachten") ||
		!strings.Contains(r.Body, "Vanaf 199 euro") {
		t.Errorf("the preview lacks what was typed: %s", r.Body)
	}
	m, err := d.Mailings.Get(t.Context(), 1)
	if err != nil || m.RevisionID != nil {
		t.Errorf("typing made revision %v, %v", m.RevisionID, err)
	}
}

// fields are the Content form of the first mailing as it stands.
func fields(d *webtest.Desk) url.Values {
	d.T.Helper()
	work := d.Working()
	f := url.Values{"version": {webtest.Itoa(work.Changes[mailings.ContentPart].Version)}, "preheader": {work.Brief.Preheader}}
	for _, s := range work.Brief.Subjects {
		f.Add("subject", s.Key)
		f.Set("subject:"+s.Key, s.Text)
	}
	for _, p := range work.Brief.Placements {
		f.Add("placement", p.Key)
		for name, value := range map[string]string{
			"campaign": webtest.Itoa(p.CampaignID), "heading": p.Heading, "text": p.Text, "button": p.Button, "url": p.URL,
			"creative": p.Creative,
		} {
			f.Set(name+":"+p.Key, value)
		}
	}
	return f
}

func TestTwoEditorsKeepBothTexts(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")

	colleague := fields(d)
	colleague.Set("subject:a", "Van de collega")
	if r := d.As("admin").Multipart("/mailings/1/content", colleague); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	w.Do(chromedp.Clear(webtest.CSS("#subject-a")), webtest.Type("#subject-a", "Van mij"))
	w.Do(chromedp.WaitVisible(webtest.CSS("#conflict table")))
	shown := w.Text("#conflict")
	for _, want := range []string{"Test Admin", "Van de collega", "Van mij"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the conflict lacks %q: %s", want, shown)
		}
	}
	w.Shoot("content-conflict")
	w.Accessible("content with a conflict")
	if got := d.Working().Brief.Subjects[0].Text; got != "Van de collega" {
		t.Errorf("saved is %q", got)
	}
	w.Do(webtest.Click(`#conflict button[value="keep"]`))
	w.Until(`!document.querySelector("#conflict table")`)
	if got := d.Working().Brief.Subjects[0].Text; got != "Van mij" {
		t.Errorf("kept is %q", got)
	}
}

func TestOrderByKeysAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	s.Post("/mailings/new?label=nl", url.Values{"name": {"Week 48"}, "kind": {"newsletter"}, "template": {"starter:newsletter"}})
	for range 2 {
		f := fields(d)
		f.Set("do", "place:"+webtest.Itoa(d.Campaign.ID))
		if r := s.Multipart("/mailings/1/content", f); r.Status != 303 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	w.Do(chromedp.Focus(webtest.CSS("#down-p1")), chromedp.KeyEvent("\r"))
	w.Until(`[...document.querySelectorAll("input[name=placement]")].map(i => i.value).join() === "p2,p1"`)
	w.Until(`document.activeElement.id === "down-p1"`)
	w.Settled()
	w.Do(chromedp.Focus(webtest.CSS("#up-p1")), chromedp.KeyEvent("\r"))
	w.Until(`[...document.querySelectorAll("input[name=placement]")].map(i => i.value).join() === "p1,p2"`)
	var keys []string
	for _, p := range d.Working().Brief.Placements {
		keys = append(keys, p.Key)
	}
	if fmt.Sprint(keys) != "[p1 p2]" {
		t.Errorf("saved: %v", keys)
	}
}

func TestLookAtContent(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.Look("planner", "content", "/mailings/1/content")
}

func TestDropAPicture(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	w.Do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const canvas = document.createElement("canvas");
		canvas.width = 300; canvas.height = 100;
		const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
		const carried = new DataTransfer();
		carried.items.add(new File([blob], "zon.png", { type: "image/png" }));
		document.querySelector(".placement").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
	})()`, chromedp.EvalAwaitPromise))
	w.Until(`document.querySelector(".placement .picture summary img")`)
	work := d.Working()
	hash := work.Brief.Placements[0].Creative
	if hash == "" || hash == d.Image.Hash.String() {
		t.Fatalf("the picture that was dropped isn't in the placement: %q", hash)
	}
	if r := d.As("planner").Get("/creatives/" + hash); r.Status != 200 || r.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%d %s", r.Status, r.Header)
	}
	w.Do(webtest.Click(".signs summary"))
	w.Resize(webtest.Phone)
	w.Until(`(({ left, right }) => left >= 0 && right <= innerWidth)(document.querySelector(".signs .sheet").getBoundingClientRect())`)
	w.Resize(webtest.Desktop)
	w.Do(webtest.Click(`[data-insert="🎉"]`))
	w.Until(`document.querySelector("#meter-a").textContent.includes("black and white in Outlook")`)
	w.Do(webtest.Click(".tags:not(.signs) summary"))
	w.Until(`/First name/.test(document.querySelector(".tags:not(.signs)").innerText) && !/first_name/.test(document.querySelector(".tags:not(.signs)").innerText)`)
	w.Do(webtest.Click(`[data-insert^="{{member.first_name"]`))
	w.Do(chromedp.KeyEvent(", dag"))
	w.Until(`document.querySelector("#subject-a").value.includes("{{member.first_name | default words.member}}, dag")`)
	w.Until(`document.querySelector("#inbox .subject").textContent.includes(", dag")`)
}

// TestATagGoesInAsOneThing: wherever the caret stands, in whichever field one
// typed last, and whatever the page drew anew meanwhile.
func TestATagGoesInAsOneThing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.TestSlot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	insert := func(tag string) {
		w.Do(webtest.Click(".tags summary"), webtest.Click(`[data-insert^="`+tag+`"]`))
	}
	holds := func(field, want string) {
		t.Helper()
		if got := webtest.See(w, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).value", field))); got != want {
			t.Errorf("%s holds %q, not %q", field, got, want)
		}
	}
	writeAt := func(field, text string, from, to int) {
		w.Do(put(field, text), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
			"document.querySelector(%[1]q).focus(); document.querySelector(%[1]q).setSelectionRange(%d, %d)", field, from, to)))
	}
	w.Do(put("#subject-a", "Voor jou: "))
	insert("{{member.first_name")
	holds("#subject-a", "Voor jou: {{member.first_name | default words.member}}") // where nobody had typed
	const preheader = `Dag {{member.nick_name | default "vriend"}}, hoi`          // which no button puts in
	writeAt("#preheader", preheader, 36, 36)                                      // within the default
	insert("{{label.name")
	holds("#preheader", `Dag {{member.nick_name | default "vriend"}}{{label.name}}, hoi`)
	w.Do(chromedp.KeyEvent("!"))
	holds("#preheader", `Dag {{member.nick_name | default "vriend"}}{{label.name}}!, hoi`)
	writeAt("#preheader", preheader, 2, 10)
	insert("{{label.name")
	holds("#preheader", "Da{{label.name}}, hoi")
	w.Do(chromedp.Evaluate[chromedp.Void](`document.execCommand("undo")`))
	holds("#preheader", preheader)
	writeAt("#preheader", "Dag", 3, 3)
	w.Do(chromedp.Evaluate[chromedp.Void](`(() => { const drawn = document.querySelector("#preheader");
		const anew = drawn.cloneNode(); anew.value = drawn.value; document.querySelector("keur-words#preheader-words")?.remove(); drawn.replaceWith(anew) })()`))
	insert("{{label.name")
	holds("#preheader", "Dag{{label.name}}")
}

// TestFieldsAreWordsWhereOneTypes: what is saved is the source, to the byte.
func TestFieldsAreWordsWhereOneTypes(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	brief := d.Brief(t, webtest.TestSlot)
	const subject = `Dag {{ member.first_name|default "jij" }}{{if member.first_name}} & meer{{end}} voor {{label.name}}`
	brief.Subjects[0].Text, brief.Preheader = subject, `<b> {{member.first_name}}`
	brief.Placements[0].Heading = `Voor {{member.first_name | default "jou"}}`
	d.Draft(t, brief)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	reads := func(want string) {
		t.Helper()
		if got := webtest.See(w, chromedp.Evaluate[string](`document.querySelector("#subject-a-words").innerText`)); got != want {
			t.Errorf("it reads %q, not %q", got, want)
		}
	}
	holds := func(want string) {
		t.Helper()
		if got := webtest.See(w, chromedp.Evaluate[string](`document.querySelector("#subject-a").value`)); got != want {
			t.Errorf("it holds %q, not %q", got, want)
		}
	}
	w.Until(`document.querySelector("#subject-a-words") && !document.querySelector("#text-p1-words")`)
	w.Until(`document.querySelector("#findings-preheader").innerText.includes("without first name see nothing")`)
	if page := d.As("planner").Get("/mailings/1/faces").Body; !strings.Contains(page, "First name “jou”") {
		t.Error("Check doesn't say a default's field by its name")
	}
	reads(`Dag First name{{if member.first_name}} & meer{{end}} voor Name of the label`)
	holds(subject)
	w.Do(chromedp.Evaluate[chromedp.Void](`(() => { const box = document.querySelector("#subject-a-words");
		document.querySelector("#subject-a").focus(); getSelection().collapse(box, box.childNodes.length) })()`))
	w.Do(chromedp.KeyEvent(" <nu>"))
	reads(`Dag First name{{if member.first_name}} & meer{{end}} voor Name of the label <nu>`)
	holds(subject + " <nu>")
	w.Accessible("content with fields as words")
	w.Do(chromedp.Evaluate[chromedp.Void](`getSelection().collapse(document.querySelector("#subject-a-words"), 2)`), chromedp.KeyEvent("\b"))
	holds(strings.Replace(subject, `{{ member.first_name|default "jij" }}`, "", 1) + " <nu>")
	w.Do(chromedp.Evaluate[chromedp.Void](`document.execCommand("undo")`))
	holds(subject + " <nu>")
	w.Until(`document.querySelector("#content").dataset.saving === "saved"`)
	if work := d.Working(); work.Brief.Subjects[0].Text != subject+" <nu>" {
		t.Errorf("saved is %q", work.Brief.Subjects[0].Text)
	}
}
