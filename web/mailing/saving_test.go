package mailing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/mailings"
	"keur/web/webtest"
)

// state waits until a form says so of its saving.
func state(w *webtest.Window, form, state string) {
	w.Helper()
	w.Until(fmt.Sprintf(`document.querySelector("#%s").dataset.saving === %q`, form, state))
}

// warns reports whether the browser would ask before it leaves the page.
func warns(w *webtest.Window) bool {
	w.Helper()
	return !webtest.See(w, chromedp.Evaluate[bool](`dispatchEvent(new Event("beforeunload", {cancelable: true}))`))
}

// put sets a field as somebody who types does.
func put(selector, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const field = document.querySelector(%q);
		field.value = %q;
		field.dispatchEvent(new Event("input", {bubbles: true}));
	})()`, selector, value))
}

func TestOneFieldDoesntStopTheOthers(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	state(w, "content", "saved")
	first := d.Working().Brief.Placements[0].Key

	w.Do(put("#url-"+first, "www."), put("#preheader", "Nog vijf dagen"))
	state(w, "content", "saved")
	if b := d.Working().Brief; b.Preheader != "Nog vijf dagen" || b.Placements[0].URL != "www." {
		t.Errorf("half an address kept %q from being saved, or itself: %q", b.Preheader, b.Placements[0].URL)
	}
	w.Do(put("#url-"+first, "www.shop.nl/actie?id=1"))
	state(w, "content", "saved")
	if u := d.Working().Brief.Placements[0].URL; u != "https://www.shop.nl/actie?id=1" {
		t.Errorf("the address was stored as %q", u)
	}
	w.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#url-` + first + `").dispatchEvent(new Event("change", {bubbles: true}))`))
	w.Until(`document.querySelector("#url-` + first + `").value === "https://www.shop.nl/actie?id=1"`)
	state(w, "content", "saved")

	w.Open("/mailings/1/moment")
	// A tab without room for what isn't saved yet saves it all the same.
	w.Do(chromedp.Evaluate[chromedp.Void](`Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }`))
	w.Do(put("#per_minute", "12x"), put("#grace", "30"))
	state(w, "moment", "part")
	if s := d.Working().Brief.Schedule; s.Grace != 30 || s.PerMinute != 0 || s.At.IsZero() {
		t.Errorf("saved %+v", s)
	}
	if said := w.Text("#fault-per_minute") + w.Text(`label[for="per_minute"]`) + w.Text("#saved-moment"); !strings.Contains(said, "number") ||
		!strings.Contains(said, "not saved") || !strings.Contains(said, "What is marked isn't saved") {
		t.Errorf("the field says %q", said)
	}
	if !warns(w) {
		t.Error("one can leave without a word")
	}
	w.Do(put("#per_minute", "120"))
	state(w, "moment", "saved")
	if warns(w) || webtest.See(w, chromedp.Evaluate[bool](`document.querySelector(".unsaved-mark") !== null`)) {
		t.Error("what is saved isn't called so")
	}
	if s := d.Working().Brief.Schedule; s.PerMinute != 120 {
		t.Errorf("saved %+v", s)
	}
}

// What can't be read never takes the place of what was.
func TestARefusedFieldKeepsWhatWasStored(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	planner := d.As("planner")
	form := url.Values{
		"version": {"0"}, "kind": {"recurring"}, "every": {"month"}, "date": {"12"}, "time": {"10:30"}, "per_minute": {"100"},
		"window": {"yes"}, "window_from": {"09:00"}, "window_until": {"21:00"}, "from": {"2026-12-01"}, "grace": {"20"},
	}
	if r := planner.Post("/mailings/1/moment", form); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	stored := d.Working().Brief.Schedule
	form["version"], form["unread"] = []string{"1"}, []string{"time", "from", "window_until"}
	form["date"], form["per_minute"], form["grace"] = []string{"twelfth"}, []string{"1,5"}, []string{"25"}
	form["time"], form["from"], form["window_until"] = []string{""}, []string{""}, []string{""}
	r := planner.Post("/mailings/1/moment", form)
	for _, field := range []string{"time", "from", "window_until", "date", "per_minute"} {
		if _, after, _ := strings.Cut(r.Body, `id="fault-`+field+`"`); !strings.HasPrefix(strings.TrimSpace(after), `>`) ||
			!strings.Contains(after[:200], "field-fault") {
			t.Errorf("nothing is said beside %s", field)
		}
	}
	stored.Grace = 25
	if now := d.Working().Brief.Schedule; r.Status != http.StatusUnprocessableEntity || fmt.Sprint(now) != fmt.Sprint(stored) ||
		now.Cron != stored.Cron || fmt.Sprint(*now.Window) != fmt.Sprint(*stored.Window) {
		t.Errorf("%d: %+v became %+v", r.Status, stored, now)
	}
}

func TestAMomentThatPassedIsToldAtItsField(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/moment")
	w.Do(put("#at", "2020-01-01T10:00"), chromedp.WaitVisible(webtest.CSS("#fault-at .field-fault")))
	if said := w.Text("#fault-at"); !strings.Contains(said, "has passed") {
		t.Errorf("it says %q", said)
	}
}

func TestAnUnknownNameIsToldAtItsField(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(3)
	women := d.Segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	planner, path := d.As("planner"), webtest.MailingPath(m.ID)+"/audience"
	for version, c := range []struct{ field, typed, told string }{
		{"add_segment", "Mannen", "no segment of"},
		{"add_exclude", "Iets · 999", "no segment of"},
		{"add_mailing", "Zomer", "no mailing of"},
		{"add_segment", "vrouwen", ""},
	} {
		r := planner.Post(path, url.Values{
			"version": {webtest.Itoa(version)}, "do": {"include"}, c.field: {c.typed}, "holdout": {"99"},
			"cap": {webtest.Itoa(100 + version)},
		})
		a, now := audience(d, m.ID)
		if a.Cap != 100+version || now != version+1 || a.HoldoutPercent != 0 {
			t.Errorf("%s kept the rest from being saved: %+v", c.typed, a)
		}
		if c.told == "" {
			if len(a.Segments) != 1 || a.Segments[0].ID != women.ID {
				t.Errorf("its name alone adds %+v", a.Segments)
			}
			continue
		}
		if !strings.Contains(r.Body, c.told) || !strings.Contains(r.Body, `value="`+c.typed+`"`) ||
			!strings.Contains(r.Body, `id="`+c.field+`-fault"`) {
			t.Errorf("%s isn't told: %s", c.typed, r.Body)
		}
	}
	// Who leaves out members and presses another button than the one beside them.
	planner.Post(path, url.Values{"version": {"4"}, "add_exclude": {"Vrouwen"}})
	if a, _ := audience(d, m.ID); len(a.Exclude) != 1 || a.Exclude[0].ID != women.ID {
		t.Errorf("what was named to be left out isn't: %+v", a)
	}
	// Who goes on to another field, with script.
	w := d.Browse("planner", webtest.Desktop)
	w.Open(path)
	w.Do(webtest.Type("#add-segment", "Mannen\t"))
	w.Until(`document.querySelector("#add_segment-fault")?.textContent.includes("no segment of")`)
}

// drops puts a file of n bytes onto the first placement; cut takes as many from
// the end of a picture of ours.
const drops = `((name, kind, n, cut) => new Promise(async (done) => {
	let bytes = new Uint8Array(n);
	if (kind === "image/png") {
		const canvas = Object.assign(document.createElement("canvas"), {width: 300, height: 100});
		const whole = await new Promise((got) => canvas.toBlob(got, kind));
		bytes = (await whole.arrayBuffer()).slice(0, whole.size - cut);
	}
	const carried = new DataTransfer();
	carried.items.add(new File([bytes], name, {type: kind}));
	const field = document.querySelector("input[type=file]");
	field.files = carried.files;
	field.dispatchEvent(new Event("input", {bubbles: true}));
	done();
}))`

func TestFailedUploadsAreToldAtTheirField(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	p := d.Working().Brief.Placements[0]
	for i, c := range []struct{ file, told string }{
		{`"a.pdf", "application/pdf", 2000, 0`, "be a PNG"},
		{`"a.png", "application/octet-stream", 0, 0`, "0 bytes"},
		{`"a.jpg", "image/jpeg", 2097153, 0`, "too large"},
		{`"half.png", "image/png", 0, 60`, "off before its end"},
	} {
		preheader := fmt.Sprint("beside ", i)
		w.Do(
			put("#preheader", preheader),
			chromedp.Evaluate[chromedp.Void](drops+"("+c.file+")", chromedp.EvalAwaitPromise),
			chromedp.Poll[chromedp.Void](fmt.Sprintf(`document.getElementById("fault-file:%s").textContent.includes(%q)`, p.Key, c.told)),
		)
		w.Until(`["saved", "part"].includes(document.querySelector("#content").dataset.saving)`)
		if b := d.Working().Brief; b.Preheader != preheader || b.Placements[0].Creative != p.Creative {
			t.Errorf("%s: saved %q with %q", c.file, b.Preheader, b.Placements[0].Creative)
		}
	}
	w.Shoot("content-refused-picture")
	// What goes past the script is refused by the server alike.
	f := fields(d)
	f.Set("preheader", "past the script")
	r := d.As("planner").Files("/mailings/1/content", f, map[string]string{"file:" + p.Key: strings.Repeat("x", 3<<20)})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "too large") ||
		d.Working().Brief.Preheader != "past the script" {
		t.Errorf("%d %q", r.Status, d.Working().Brief.Preheader)
	}
}

func TestNothingIsCalledSavedThatIsnt(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	// The connection is lost, and comes back.
	w.Do(chromedp.Evaluate[chromedp.Void](`window.real = XMLHttpRequest.prototype.send;
		XMLHttpRequest.prototype.send = function() { setTimeout(() => this.onerror(new ProgressEvent("error"))); }`))
	w.Do(put("#preheader", "zonder lijn"))
	state(w, "content", "offline")
	if said := w.Text("#saved-content"); !strings.Contains(said, "no connection") || strings.Contains(said, "Saved") || !warns(w) {
		t.Errorf("offline it says %q", said)
	}
	if said := w.Text(`label[for="preheader"]`); !strings.Contains(said, "not saved") {
		t.Errorf("the field says %q", said)
	}
	w.Do(chromedp.Evaluate[chromedp.Void](`XMLHttpRequest.prototype.send = window.real; dispatchEvent(new Event("online"))`))
	state(w, "content", "saved")
	if got := d.Working().Brief.Preheader; got != "zonder lijn" || warns(w) {
		t.Errorf("saved %q", got)
	}
	// A colleague changes the moment meanwhile.
	w.Open("/mailings/1/moment")
	theirs := url.Values{"version": {"0"}, "kind": {"once"}, "at": {"2026-12-24T10:00"}}
	if r := d.As("admin").Post("/mailings/1/moment", theirs); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	w.Do(put("#grace", "45"))
	state(w, "moment", "refused")
	if said := w.Text("#moment"); !strings.Contains(said, "Test Admin") || !warns(w) ||
		!strings.Contains(w.Text("#saved-moment"), "Not saved") {
		t.Errorf("after a conflict it says %q", said)
	}
	if got := d.Working().Brief.Schedule.Grace; got != 0 {
		t.Errorf("saved over a colleague's: %d", got)
	}
}

// A page that was closed before it could save says so when it is opened again,
// and saves then; not over what a colleague did meanwhile.
func TestWhatWasTypedComesBack(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	keep := func(version, preheader string) {
		w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`sessionStorage.setItem("keur:/mailings/1/content:content",
			JSON.stringify({version: %q, typed: [["preheader", [%q]]]}))`, version, preheader)))
		w.Open("/mailings/1/content")
	}
	keep("0", "van toen")
	state(w, "content", "saved")
	if got := d.Working(); got.Brief.Preheader != "van toen" {
		t.Errorf("saved %q", got.Brief.Preheader)
	}
	keep("0", "van eerder")
	w.Do(chromedp.WaitVisible(webtest.CSS("#conflict table")))
	state(w, "content", "refused")
	if got := d.Working().Brief.Preheader; got != "van toen" || w.Text("#conflict") == "" {
		t.Errorf("saved %q over what is newer", got)
	}
}

// Who follows a link at once takes along what they typed.
func TestALinkWaitsForWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	w.Do(
		webtest.Type("#preheader", " en meteen verder"),
		webtest.Click(`#steps a[href$="/moment"]`),
		chromedp.WaitVisible(webtest.CSS("#moment")),
	)
	if got := d.Working().Brief.Preheader; !strings.HasSuffix(got, "en meteen verder") {
		t.Errorf("saved %q", got)
	}
	if m, err := d.Mailings.Get(t.Context(), mailings.ID(1)); err != nil || m.RevisionID == nil {
		t.Errorf("%+v %v", m, err)
	}
}
