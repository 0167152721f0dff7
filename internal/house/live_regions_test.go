package house

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// action matches what a template does, which is no part of the page.
var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// element is an element of a page with its attributes.
type element map[string]string

// elements are those of a template. What stands in it for one case alone is read
// as well: a page must be right in every case.
func elements(text string) []element {
	var found []element
	tokens := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(text, " ")))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			one := element{}
			for _, a := range tokens.Token().Attr {
				one[a.Key] = a.Val
			}
			found = append(found, one)
		}
	}
}

// live tells whether screen readers are to tell of what changes in the element.
func (e element) live() bool {
	return e["aria-live"] != "" || slices.Contains([]string{"status", "alert", "log"}, e["role"])
}

// replaces tells whether a way of htmx to put something in its place takes the
// element itself away, and not only what is in it.
func replaces(swap string) bool {
	return slices.Contains([]string{"outerHTML", "true", "delete"}, strings.Fields(swap + " -")[0])
}

// unheard are the live regions of a template that are replaced by what arrives, of
// which screen readers tell nothing.
func unheard(text string) []string {
	var wrong []string
	all := elements(text)
	for _, e := range all {
		own := e["hx-get"]+e["hx-post"] != "" && (e["hx-target"] == "" || e["hx-target"] == "this")
		if e.live() && (own && replaces(e["hx-swap"]) || replaces(e["hx-swap-oob"])) {
			wrong = append(wrong, fmt.Sprintf("a live region replaces itself: %v", e))
		}
		id, named := strings.CutPrefix(e["hx-target"], "#")
		if !named || !replaces(e["hx-swap"]) {
			continue
		}
		if slices.ContainsFunc(all, func(of element) bool { return of["id"] == id && of.live() }) {
			wrong = append(wrong, fmt.Sprintf("the live region #%s is replaced: %v", id, e))
		}
	}
	return wrong
}

// TestLiveRegionsStay: what arrives changes the contents of a live region that
// stays in its page, since screen readers watch that one. The parts "arriving" and
// "arrived" of the desk are made for it.
func TestLiveRegionsStay(t *testing.T) {
	t.Parallel()
	for text, n := range map[string]int{
		`<div hx-get="/a" hx-swap="outerHTML" aria-live="polite"></div>`:                                   1,
		`<div hx-get="/a" hx-swap="outerHTML swap:1s" hx-target="this" role="status"></div>`:               1,
		`<p id="saved" role="status"{{if .beside}} hx-swap-oob="true"{{end}}>`:                             1,
		`<form hx-post="/a" hx-target="#found" hx-swap="outerHTML"></form><p id="found" role="alert"></p>`: 1,
		`<div hx-get="/a" hx-trigger="load" hx-swap="innerHTML" aria-live="polite"></div>`:                 0,
		`<div hx-get="/a" hx-trigger="load" hx-swap="outerHTML"></div>`:                                    0,
		`<p id="saved" role="status" hx-swap-oob="innerHTML"></p>`:                                         0,
		`<form hx-post="/a" hx-target="#found" hx-swap="innerHTML"></form><p id="found" role="alert"></p>`: 0,
	} {
		if wrong := unheard(text); len(wrong) != n {
			t.Errorf("%s: %q", text, wrong)
		}
	}
	regions := 0
	for _, room := range []string{"web", "public"} {
		err := filepath.WalkDir(filepath.Join("../..", room), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
				return err
			}
			text, err := os.ReadFile(name)
			for _, wrong := range unheard(string(text)) {
				t.Errorf("%s: %s", name, wrong)
			}
			for _, e := range elements(string(text)) {
				if e.live() {
					regions++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if regions < 20 {
		t.Errorf("found only %d live regions", regions)
	}
}
