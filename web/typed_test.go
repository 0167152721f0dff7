package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/net/html"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// typedForm is a form with fields in which people write.
type typedForm struct {
	offer
	writes    []string // the names of those fields
	required  []string
	multipart bool
}

// written are the forms of a page in which people write, by their first button.
func writtenForms(t *testing.T, at, body string) (all []typedForm) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	must(t, err)
	base, err := url.Parse(at)
	must(t, err)
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || webtest.Attribute(n, "method") != "post" {
			continue
		}
		offers := offersOf(n, base)
		if len(offers) == 0 {
			continue
		}
		f := typedForm{offer: offers[0], multipart: webtest.Attribute(n, "enctype") == "multipart/form-data"}
		for i := range n.Descendants() {
			kind, name := webtest.Attribute(i, "type"), webtest.Attribute(i, "name")
			text := i.Data == "textarea" || i.Data == "input" && (kind == "" || kind == "text" || kind == "email" || kind == "url")
			secret := name == "private_key" // isn't shown again
			if i.Type != html.ElementNode || !text || name == "" || secret || isDisabled(i, n) {
				continue
			}
			f.writes = append(f.writes, name)
			if webtest.Has(i, "required") {
				f.required = append(f.required, name)
			}
		}
		if len(f.writes) > 0 {
			all = append(all, f)
		}
	}
	return all
}

// TestWhatIsTypedSurvivesARefusal fills every form of the desk in, as each role, and
// leaves out what it asks for, or writes what can't be: the page that refuses it has
// all that was typed.
func TestWhatIsTypedSurvivesARefusal(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"admin": 60, "planner": 40} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := full(t)
			pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec("DELETE FROM dkim_keys") })
			person := d.As(name)
			seen, tried, refused := map[string]bool{}, map[string]bool{}, 0
			for ways := []string{"/"}; len(ways) > 0; ways = ways[1:] {
				at := ways[0]
				if seen[kindOf(at)] || strings.HasSuffix(at, "/live") {
					continue
				}
				seen[kindOf(at)] = true
				body := person.Get(at).Body
				links, _ := offered(t, at, body)
				ways = append(ways, links...)
				for _, f := range writtenForms(t, at, body) {
					if tried[kindOf(f.path)+strings.Join(f.writes, "|")] || elsewhere.MatchString(kindOf(f.path)) {
						continue
					}
					tried[kindOf(f.path)+strings.Join(f.writes, "|")] = true
					for _, without := range append([]string{""}, f.required...) {
						if retype(t, person, at, f, without) {
							refused++
						}
					}
				}
			}
			if refused < least {
				t.Errorf("only %d times something was refused, of %d forms", refused, len(tried))
			}
		})
	}
}

// retype sends a form as typed, and reports whether it was refused.
func retype(t *testing.T, person *webtest.Browser, at string, f typedForm, without string) bool {
	t.Helper()
	fields := url.Values{}
	for name, values := range f.fields {
		fields[name] = values
	}
	for _, name := range f.writes {
		if fields.Set(name, "Typed "+name); name == without {
			fields.Set(name, "")
		}
	}
	send := person.Post
	if f.multipart {
		send = person.Multipart
	}
	answer := send(f.path, fields)
	if answer.Status < http.StatusBadRequest {
		return false
	}
	for _, name := range f.writes {
		if name != without && !strings.Contains(answer.Body, html.EscapeString("Typed "+name)) {
			t.Errorf("%s: %s without %q is refused with %d, and what was typed as %s is lost", at, f.path, without, answer.Status, name)
		}
	}
	return true
}
