package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/net/html"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// offer is a form with one of its buttons, as a page shows it to somebody.
type offer struct {
	path   string
	fields url.Values
}

// kindOf names pages and forms of one kind alike, whatever they are about.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return regexp.MustCompile(`[0-9a-f]{64}|[0-9]+`).ReplaceAllString(path, "#")
}

// offered are the links of a page, and its forms with each of their buttons.
func offered(t *testing.T, at, body string) (links []string, forms []offer) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	must(t, err)
	base, err := url.Parse(at)
	must(t, err)
	for n := range page.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "a" && webtest.Has(n, "href"):
			if to, err := base.Parse(webtest.Attribute(n, "href")); err == nil && to.Host == "" && to.Scheme == "" {
				links = append(links, to.RequestURI())
			}
		case n.Data == "form" && webtest.Attribute(n, "method") == "post":
			forms = append(forms, offersOf(n, base)...)
		}
	}
	return links, forms
}

// offersOf reads what a form sends by each of its buttons that can be pressed.
func offersOf(form *html.Node, base *url.URL) (all []offer) {
	fields := url.Values{}
	var buttons []*html.Node
	for n := range form.Descendants() {
		name := webtest.Attribute(n, "name")
		switch {
		case n.Type != html.ElementNode || isDisabled(n, form):
		case n.Data == "button" && webtest.Attribute(n, "type") != "button":
			buttons = append(buttons, n)
		case name == "":
		case n.Data == "textarea":
			fields.Add(name, webtest.Text(n))
		case n.Data == "select":
			fields.Add(name, webtest.Chosen(n))
		case n.Data == "input":
			kind := webtest.Attribute(n, "type")
			if kind != "checkbox" && kind != "radio" || webtest.Has(n, "checked") {
				fields.Add(name, webtest.Attribute(n, "value"))
			}
		}
	}
	for _, b := range buttons {
		to, action := base, webtest.Attribute(form, "action")
		if webtest.Has(b, "formaction") {
			action = webtest.Attribute(b, "formaction")
		}
		if parsed, err := base.Parse(action); action != "" && err == nil {
			to = parsed
		}
		sent := url.Values{}
		for name, values := range fields {
			sent[name] = slices.Clone(values)
		}
		if name := webtest.Attribute(b, "name"); name != "" {
			sent.Add(name, webtest.Attribute(b, "value"))
		}
		all = append(all, offer{to.RequestURI(), sent})
	}
	return all
}

// isDisabled reports whether a field can't be used, itself or with a fieldset
// around it.
func isDisabled(n, form *html.Node) bool {
	for ; n != form; n = n.Parent {
		if webtest.Has(n, "disabled") {
			return true
		}
	}
	return false
}

// elsewhere are forms that end the session of this test.
var elsewhere = regexp.MustCompile(`^/(signout|account/sessions|account/password|settings/people/#/)`)

// TestWhatIsOfferedIsObeyed walks the desk as each role, from Today along every
// link, and presses every button that a page shows: nobody is shown a link or a
// button that is not for them.
func TestWhatIsOfferedIsObeyed(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"admin": 45, "planner": 30, "approver": 10, "finance": 5, "viewer": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := full(t)
			pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec("DELETE FROM dkim_keys") }) // whose secret is none
			person := d.As(name)
			seen, pressed := map[string]bool{}, map[string]bool{}
			ways, from := []string{"/"}, map[string]string{}
			for len(ways) > 0 {
				at := ways[0]
				ways = ways[1:]
				if seen[kindOf(at)] || strings.HasSuffix(at, "/live") {
					continue
				}
				seen[kindOf(at)] = true
				got := person.Get(at)
				if got.Status >= http.StatusBadRequest { // unless a button took it away meanwhile
					if still, _ := offered(t, from[at], person.Get(from[at]).Body); slices.Contains(still, at) {
						t.Errorf("%s leads to %s: %d", from[at], at, got.Status)
					}
				}
				links, forms := offered(t, at, got.Body)
				ways = append(ways, links...)
				for _, to := range links {
					from[to] = at
				}
				for _, o := range forms {
					kind := kindOf(o.path)
					if pressed[kind+o.fields.Get("verdict")] || elsewhere.MatchString(kind) {
						continue
					}
					pressed[kind+o.fields.Get("verdict")] = true
					press(t, person, at, o)
				}
			}
			if len(pressed) < least {
				t.Errorf("only %d kinds of buttons were pressed on %d kinds of pages", len(pressed), len(seen))
			}
		})
	}
}

// press sends what a button would, and wants it to be obeyed, or refused for
// what was typed. What another button took away meanwhile isn't shown anymore.
func press(t *testing.T, person *webtest.Browser, at string, o offer) {
	t.Helper()
	answer := person.Post(o.path, o.fields)
	if answer.Status < http.StatusBadRequest || answer.Status == http.StatusUnprocessableEntity {
		return
	}
	_, again := offered(t, at, person.Get(at).Body)
	if slices.ContainsFunc(again, func(other offer) bool { return other.path == o.path }) {
		said := regexp.MustCompile(`(?s)<h1>.*?</p>`).FindString(answer.Body)
		t.Errorf("%s offers %s %v: %d %s", at, o.path, o.fields, answer.Status, said)
	}
}
