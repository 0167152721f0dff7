package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/mailings"
	"keur/templates"
	"keur/web/webtest"
)

// hostile is a source with everything that a careless editor would break, and
// with what must not run.
const hostile = `<mjml lang="{{label.locale}}">
  <mj-head><mj-title>A</mj-title></mj-head>
  <mj-body   background-color='#ffffff'>
    <!-- kept -->
    <mj-section background-color="{{label.accent}}"  padding="0">
      <mj-column>
        <mj-text align="left">Dag {{member.first_name | default "lid"}}{{if member.points >= 10}}, fijn{{end}}</mj-text>
        <mj-button href="https://shop.example/?a=1&amp;b=2" title="{{member.city | default "daar"}}">Kijk</mj-button>
        <mj-spacer height="5px" />
      </mj-column>
    </mj-section>
    {{placements}}
    <mj-raw><script>parent.ran = 1</script><img src="x" onerror="parent.ran = 2"></mj-raw>
    <mj-section><mj-column>
      <mj-text><a href='{{unsubscribe_url}}' onclick="parent.ran = 3">Afmelden</a><img src="nowhere" onerror="parent.ran = 4"></mj-text>
      <mj-text>{{label.imprint}}</mj-text>
    </mj-column></mj-section>
  </mj-body>
</mjml>
`

// mjmlTemplate gives the label a template of that source.
func mjmlTemplate(d *webtest.Desk, source string) templates.Template {
	d.T.Helper()
	t, err := d.Deps.Templates.Create(approvaltest.As(d.Maker), templates.Template{
		LabelID: d.Label.ID, Name: "Hostile", Format: templates.MJML, Source: source,
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return t
}

// where returns the middle of an element in the mail's frame, by its text.
func where(w *webtest.Window, text string) (x, y float64) {
	w.Helper()
	at := webtest.See(w, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
		const frame = document.querySelector(".gjs-frame");
		const walk = frame.contentDocument.createTreeWalker(frame.contentDocument.body, NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) if (walk.currentNode.data.includes(%q)) {
			const range = frame.contentDocument.createRange();
			range.selectNodeContents(walk.currentNode);
			const outer = frame.getBoundingClientRect(), inner = range.getBoundingClientRect();
			return [outer.x + inner.x + inner.width / 2, outer.y + inner.y + inner.height / 2];
		}
		return [];
	})()`, text)))
	if len(at) != 2 {
		w.Fatalf("the frame doesn't say %q", text)
	}
	return at[0], at[1]
}

// editByEye opens the visual editor and waits until the mail stands in it.
func editByEye(w *webtest.Window, path string) {
	w.Helper()
	w.Open(path)
	w.Until(
		`document.querySelector(".visual.ready") !== null && document.querySelector(".gjs-frame").contentDocument.querySelector("[data-gjs-type=mj-text]") !== null`,
	)
}

// typeInto double-clicks a text in the mail and writes at its end.
func typeInto(w *webtest.Window, text, typed string) {
	w.Helper()
	x, y := where(w, text)
	w.Do(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	w.Until(`document.querySelector(".gjs-frame").contentDocument.activeElement.isContentEditable`)
	w.Do(
		chromedp.Evaluate[chromedp.Void](
			`(() => { const s = document.querySelector(".gjs-frame").contentDocument.getSelection(); s.selectAllChildren(s.anchorNode.parentElement.closest("[contenteditable]")); s.collapseToEnd(); })()`,
		),
	)
	w.Do(chromedp.KeyEvent(typed))
}

func TestVisualEditorKeepsTheSource(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	mjmlTemplate(d, hostile)
	d.OwnTemplate()
	w := d.Browse("planner", webtest.Desktop)
	refused := refusals(w)
	editByEye(w, "/templates/2/visual")
	if found := refused(); len(found) > 0 {
		t.Errorf("refused by the policy: %v", found)
	}
	editByEye(w, "/templates/1/visual")
	if source := webtest.See(w, chromedp.Evaluate[string](`document.querySelector("#source").value`)); source != hostile {
		t.Errorf("looking at it changed it: %s", source)
	}
	if read := webtest.See(w, chromedp.Evaluate[string](
		`document.querySelector(".gjs-frame").contentDocument.querySelector("[data-gjs-type=mj-text]").innerText`)); strings.TrimSpace(
		read) != "Dag First name{{if member.points >= 10}}, fijn{{end}}" {
		t.Errorf("the mail reads %q", read)
	}
	typeInto(w, "Dag", " tot gauw")
	w.Do(webtest.Click(".tags summary"), webtest.Click(`[data-tag="{{label.name}}"]`))
	w.Until(`document.querySelector(".gjs-frame").contentDocument.body.textContent.includes("tot gauwName of the label")`)
	w.Do(chromedp.KeyEvent("."))
	w.Shoot("visual-typing")
	w.Do(webtest.Click(`.head button.primary`), chromedp.WaitReady(webtest.CSS(`#visual input[name="version"][value="2"]`)))
	now, err := d.Deps.Templates.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(hostile, "fijn{{end}}</mj-text>", "fijn{{end}} tot gauw{{label.name}}.</mj-text>", 1)
	if now.Source != want {
		t.Errorf("saved is %s", now.Source)
	}
	if ran := webtest.See(w, chromedp.Evaluate[bool](`"ran" in window`)); ran {
		t.Error("script of the source ran")
	}
}

// refusals collects what the browser's console says that a policy refused.
func refusals(w *webtest.Window) func() []string {
	w.Helper()
	var found []string
	var lock sync.Mutex
	if err := chromedp.Listen(w.Ctx, func(event any) {
		said, err := json.Marshal(event)
		if err == nil && bytes.Contains(said, []byte("Content Security Policy")) {
			lock.Lock()
			defer lock.Unlock()
			found = append(found, string(said))
		}
	}); err != nil {
		w.Fatal(err)
	}
	return func() []string {
		lock.Lock()
		defer lock.Unlock()
		return found
	}
}

func TestVisualEditorSetsAndAdds(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	mjmlTemplate(d, hostile)
	w := d.Browse("planner", webtest.Desktop)
	editByEye(w, "/templates/1/visual")
	x, y := where(w, "Kijk")
	w.Do(chromedp.MouseClickXY(x, y), chromedp.WaitVisible(webtest.CSS("#attribute-href")))
	w.Do(
		webtest.Type("#attribute-width", "200px"), webtest.Click(`[data-block="divider"]`),
		chromedp.WaitVisible(webtest.CSS("#attribute-border-width")),
	)
	line := `        <mj-button href="https://shop.example/?a=1&amp;b=2" title="{{member.city | default "daar"}}">Kijk</mj-button>`
	want := strings.Replace(hostile, line, strings.Replace(line, `"}}">Kijk`, `"}}" width="200px">Kijk`, 1)+`
        <mj-divider border-width="1px" border-color="#d5d2cb"></mj-divider>`, 1)
	w.Do(chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = "dark"; void 0`))
	w.Shoot("visual-dark")
	w.Until(`document.querySelector("#source").value.includes("mj-divider")`)
	if got := webtest.See(w, chromedp.Evaluate[string](`document.querySelector("#source").value`)); got != want {
		t.Errorf("the source is %s", got)
	}
	w.Accessible("visual editor by night")
}

// TestVisualEditorTakesColours: picked, or the label's, which a mail takes as it goes.
func TestVisualEditorTakesColours(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	mjmlTemplate(d, hostile)
	w := d.Browse("planner", webtest.Desktop)
	editByEye(w, "/templates/1/visual")
	x, y := where(w, "Kijk")
	w.Do(chromedp.MouseClickXY(x, y), chromedp.WaitVisible(webtest.CSS(`[data-picks="background-color"]`)))
	source := `document.querySelector("#source").value`
	w.Do(chromedp.Evaluate[chromedp.Void](`(() => {
		const picker = document.querySelector('[data-picks="background-color"]');
		picker.value = "#12ab34";
		picker.dispatchEvent(new Event("input", { bubbles: true }));
	})()`))
	w.Until(source + `.includes('background-color="#12ab34"')`)
	w.Until(`document.querySelector("#attribute-background-color").value === "#12ab34"`)
	w.Do(webtest.Click(`[data-accent-for="color"]`))
	w.Until(source + `.includes(' color="{{label.accent}}"')`)
	w.Do(webtest.Click(`[data-visual="undo"]`))
	w.Until(`!` + source + `.includes(' color="{{label.accent}}"')`)
}

func TestVisualEditorOfAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	own := d.OwnTemplate()
	brief := d.Brief(t, "2026-11-24T10:00")
	brief.Template = mailings.BriefTemplate{ID: int64(own.ID), Version: own.Version}
	d.Draft(t, brief)
	w := d.Browse("planner", webtest.Desktop)
	editByEye(w, "/mailings/1/visual")
	if r := d.As("admin").
		Post("/mailings/1/visual", url.Values{"version": {"0"},
			"source": {"<mjml><mj-body></mj-body></mjml>"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	typeInto(w, "{{words.selection}}", " Fijn!")
	w.Do(chromedp.KeyEvent("\x1b"))
	w.Do(chromedp.WaitVisible(webtest.CSS(`#conflict button[value="keep"]`)))
	w.Shoot("visual-conflict")
	w.Accessible("visual editor with a conflict")
	if work := d.Working(); !strings.Contains(work.Brief.Template.Source, "<mj-body></mj-body>") {
		t.Errorf("saved over the other: %s", work.Brief.Template.Source)
	}
	w.Do(webtest.Click(`#conflict button[value="keep"]`))
	w.Until(`!document.querySelector("#conflict section")`)
	work := d.Working()
	if want := strings.Replace(own.Source, "{{words.selection}}", "{{words.selection}} Fijn!", 1); work.Brief.Template.ID != 0 ||
		work.Brief.Template.Source != want {
		t.Errorf("kept is %d: %s", work.Brief.Template.ID, work.Brief.Template.Source)
	}
	if r := d.As("planner").Get("/templates/1"); strings.Contains(r.Body, "Fijn!") {
		t.Error("the label's template changed, too")
	}
}

func TestVisualEditorIsForMJMLAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	s.Post("/templates?label=nl", url.Values{"name": {"Brief"}, "starter": {"starter:house"}})
	if r := s.Get("/templates/1/visual"); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/templates/1" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := s.Get("/templates/1"); strings.Contains(r.Body, "/visual") {
		t.Error("a template of HTML offers the editor of MJML")
	}
}

func TestLookAtVisual(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.OwnTemplate()
	d.Look("planner", "visual", "/templates/1/visual")
}
