package template_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keur/templates"
	"keur/templates/lint"
	"keur/web/webtest"
)

// law is what must be read, wherever it stands.
const law = `<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>`

// extremes are values that hide something, for some property of CSS.
var extremes = []string{
	"0", "1px", "-900px", "9000px", "100%", "1%", "0.01", "0em", "-1em", "none", "hidden", "collapse", "auto", "white", "transparent",
	"inherit", "initial", "unset", "absolute", "fixed", "relative", "sticky", "scale(0)", "blur(40px)", "circle(0)", "rect(0, 0, 0, 0)",
	"left", "both", "vertical-rl", "clip", "nowrap", "inset 0 0 0 900px black", "0 0", "size", "all", "contents", "inline-block",
	"table-column", "grid", "flex", "text", "rtl", "bidi-override", "line-through", "400px solid white", "linear-gradient(white, white)",
	"luminosity", "1px Arial", "wingdings", "invert(1)",
}

// looks tells, in a browser, which of the page's cases can be read: their letters
// are large enough, have room, and nothing lies over them.
const looks = `[...document.querySelectorAll("section")].map((section) => {
  const words = [...section.querySelectorAll("p")].flatMap((p) => {
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (walker.currentNode.data.trim()) found.push(walker.currentNode);
    return found;
  });
  return words.length > 0 && words.every((word) => {
    const parent = word.parentElement, range = document.createRange();
    range.selectNodeContents(word);
    parent.scrollIntoView({ block: "center" });
    const box = range.getClientRects()[0];
    if (!box || box.height < 8 || box.width < 20 || box.left < 0 || box.right > innerWidth + 1) return false;
    if (parseFloat(getComputedStyle(parent).fontSize) < 9) return false;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return false;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return top !== null && parent.contains(top);
  });
})`

// TestWhatPassesIsReadInABrowser: whatever lets the law pass, of all properties
// that a browser knows with values that hide, and of what real mails do, lets a
// browser show it.
func TestWhatPassesIsReadInABrowser(t *testing.T) {
	t.Parallel()
	compiler := templates.NewCompiler(time.Hour)
	passes := func(source string) (shown string, ok bool) {
		program, found, err := compiler.Compile(t.Context(), templates.Input{
			Format: templates.HTML, Source: source, Draft: true, Subjects: []templates.Subject{{Key: "a", Text: "Weekend"}},
			Label: templates.Label{
				Name: "Zuinig", Locale: "nl-NL", Imprint: "Zuinig B.V.\nDamrak 1, Amsterdam", PublicURL: "https://zuinig.nl",
			},
		})
		if err != nil || lint.Blocked(found) {
			return "", false
		}
		mail, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: "https://zuinig.nl"})
		return mail.HTML, err == nil
	}
	page := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) }))
	defer server.Close()
	w := webtest.Stranger(t, server.URL, webtest.Desktop)
	values, _ := json.Marshal(extremes)
	w.Do(chromedp.Navigate(w.URL))
	known := webtest.See(w, chromedp.Evaluate[[]string](fmt.Sprintf(
		`[...getComputedStyle(document.body)].concat("font", "margin", "padding", "background", "overflow", "flex", "inset", "border", "outline", "all",
		"columns", "text-decoration", "list-style", "mask", "offset", "animation", "transition", "gap", "grid", "white-space", "contain", "zoom")
		.flatMap((name) => %s.filter((value) => CSS.supports(name, value)).map((value) => name + ":" + value))`, values)))
	if len(known) < 500 {
		t.Fatalf("%d declarations", len(known))
	}
	var cases []string
	for _, d := range known {
		source := `<div style="` + html.EscapeString(d) + `">` + law + `</div>`
		if _, ok := passes("<!doctype html>" + source); ok {
			cases = append(cases, source)
		}
	}
	hidden, err := os.ReadFile("../../templates/testdata/law/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(hidden), "\n")[1:] {
		if source := strings.Replace(line, "§", law, 1); line != "" {
			if _, ok := passes("<!doctype html>" + source); ok {
				cases = append(cases, source)
			}
		}
	}
	page = "<!doctype html><style>section { margin: 0 0 900px }</style>"
	sample := strings.NewReplacer("{{label.imprint}}", "Damrak 1, Amsterdam", "{{unsubscribe_url}}", "#")
	for _, source := range cases {
		page += "<section>" + sample.Replace(source) + "</section>"
	}
	w.Do(chromedp.Navigate(w.URL))
	for i, read := range webtest.See(w, chromedp.Evaluate[[]bool](looks)) {
		if !read {
			t.Errorf("nobody reads what stands in %s", cases[i])
		}
	}
	t.Logf("%d of %d declarations pass", len(cases), len(known))
	files, _ := filepath.Glob("../../templates/testdata/law/accepted/*.html")
	for _, file := range slices.Sorted(slices.Values(files)) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shown, ok := passes(string(source))
		if page = shown; !ok {
			t.Errorf("%s doesn't pass", file)
		}
		for _, width := range []int{webtest.Phone, 1280} {
			w.Resize(width)
			w.Do(chromedp.Navigate(w.URL))
			if !webtest.See(w, chromedp.Evaluate[bool](lawIsRead)) {
				t.Errorf("nobody reads the law of %s at %d pixels", file, width)
			}
		}
	}
}

// lawIsRead tells whether a mail's imprint and link stand where one sees them.
const lawIsRead = `["Damrak", /^(Afmelden|afmelden|Abmelden|unsubscribe)$/].every((words) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const word = walker.currentNode, parent = word.parentElement, range = document.createRange();
    if (!(words.test ? words.test(word.data.trim()) : word.data.includes(words))) continue;
    range.selectNodeContents(word);
    parent.scrollIntoView({ block: "center" });
    const box = range.getClientRects()[0];
    if (!box || box.height < 8 || !parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (top && parent.contains(top)) return true;
  }
  return false;
})`
