package web_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/web"
	"keur/web/webtest"
)

// TestNoPageSaysRawWords walks the desk in each language but English, from every
// address along every link, and wants people to read no names of columns, codes,
// digests, moments as programs write them, or words of another language.
func TestNoPageSaysRawWords(t *testing.T) {
	t.Parallel()
	book, err := web.Messages()
	must(t, err)
	for locale, always := range map[string]string{"nl": "before sending", "de": "after sending"} {
		for at, furnish := range map[string]func(t *testing.T) *webtest.Desk{"before sending": full, "after sending": afterSending} {
			if at != always && os.Getenv("KEUR_LOOK") == "" {
				continue // make look reads both in both
			}
			t.Run(locale+" "+at, func(t *testing.T) {
				t.Parallel()
				d := furnish(t)
				readAll(t, d, book, locale, "admin")
				readAll(t, d, book, locale, "planner")
			})
		}
	}
}

// afterSending is a desk of which a mailing was sent, and another one waits for approval.
func afterSending(t *testing.T) *webtest.Desk {
	t.Helper()
	d, _, _ := webtest.NewSendingDesk(t, nil)
	d.FurnishApprovals()
	d.Sent(webtest.Postman{})
	d.Mailing = d.Read(1)
	return d
}

// mostTabs is how many addresses of one page are read, which differ in their query.
const mostTabs = 4

// readAll reads every page that somebody may open, in a language.
func readAll(t *testing.T, d *webtest.Desk, book *words.Book, locale, name string) {
	t.Helper()
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec("DELETE FROM dkim_keys") }) // whose secret is none
	person, foreign := d.As(name), webtest.Foreign(book, locale)
	if r := person.Post("/account/profile", url.Values{"locale": {locale}, "theme": {"system"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	ways, seen, tabs, pages := []string{"/"}, map[string]bool{}, map[string]int{}, 0
	for _, r := range web.Routes(d.Deps) {
		if r.Method == http.MethodGet {
			ways = append(ways, fill(d, r.Path))
		}
	}
	for len(ways) > 0 {
		at := ways[0]
		ways = ways[1:]
		path, _, _ := strings.Cut(at, "?")
		if seen[at] || tabs[path] == mostTabs || strings.HasSuffix(path, "/live") || path == "/styleguide" { // it names things as code does
			continue
		}
		seen[at] = true
		tabs[path]++
		got := person.Get(at)
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
			continue
		}
		pages++
		for _, word := range append(webtest.MachineWords(t, got.Body), foreign(t, got.Body)...) {
			t.Errorf("%s to %s: %s", at, name, word)
		}
		links, _ := offered(t, at, got.Body)
		ways = append(ways, links...)
	}
	if pages < 60 {
		t.Errorf("%s read only %d pages", name, pages)
	}
}
