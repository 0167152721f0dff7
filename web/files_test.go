package web_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/pgtest"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/web/webtest"
)

// Every list that offers files gives each of them, in each language, with words
// for all its columns.
func TestListsAreTakenAlongAsFiles(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 30)
	d.FurnishApprovals()
	d.AnySegment()
	webtest.Series(d, "Welkom")
	d.ImportFile("e-mail\nanna@post.example\n")
	d.AskColleagues()
	admin := d.As("admin")
	for _, list := range []string{
		"/mailings", "/series", "/campaigns", "/advertisers", "/requests", "/settings/people", "/settings/audit", "/imports", "/segments",
		"/calendar", "/approvals", "/templates", "/reports", "/reports?by=month",
	} {
		address := list + map[bool]string{true: "&", false: "?"}[strings.Contains(list, "?")] + "label=" + d.Label.Code
		if page := admin.Get(address); !strings.Contains(page.Body, `<details class="export">`) {
			t.Errorf("%s offers no files", list)
			continue
		}
		for _, locale := range words.Locales() {
			if _, err := d.Accounts.Update(pgtest.Acting(t.Context(), "console:test"), d.Users["admin"].ID,
				func(u *accounts.User) error { u.Locale = locale; return nil }); err != nil {
				t.Fatal(err)
			}
			for _, form := range tables.Forms() {
				if locale != "nl" && form != tables.CSV {
					continue // of no language, or of the words that CSV has
				}
				r := admin.Get(address + "&format=" + string(form))
				begin := map[tables.Form]string{tables.XLSX: "PK", tables.PDF: "%PDF-", tables.CSV: "\ufeff"}[form]
				if r.Status != http.StatusOK || r.Header.Get("Content-Type") != form.MediaType() || !strings.HasPrefix(r.Body, begin) {
					t.Errorf("%s in %s as %s: %d %.200s", list, locale, form, r.Status, r.Body)
				}
				head, _, _ := bytes.Cut([]byte(r.Body), []byte("\n"))
				if form == tables.CSV && bytes.Contains(head, []byte("column.")) {
					t.Errorf("%s in %s: a column has no word: %s", list, locale, head)
				}
			}
		}
	}
}
