package webtest

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"keur/internal/words"
)

// Foreign returns what finds the words of a page that aren't in the reader's
// language: what only English has as one of the desk's messages, and codes, such
// as those of states, that stand where their name should. What MachineWords leaves
// out isn't looked at.
func Foreign(book *words.Book, locale string) func(t testing.TB, body string) []string {
	own, foreign := map[string]bool{}, map[string]bool{}
	for _, day := range book.In(locale).Weekdays() {
		own[day] = true
	}
	for _, key := range book.Keys() {
		for part := range parts(book.In(locale).T(key)) {
			own[strings.ToLower(part)] = true
		}
		_, code, _ := strings.Cut(key, ".")
		english := book.In("en").T(key)
		foreign[code], foreign[english], foreign[words.Capital(english)] = true, true, true
	}
	return func(t testing.TB, body string) (found []string) {
		t.Helper()
		page, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		said(page, false, func(text string, code bool) {
			for part := range parts(text) {
				if !code && len(part) > 1 && foreign[part] && !own[strings.ToLower(part)] {
					found = append(found, part+" in “"+strings.Join(strings.Fields(text), " ")+"”")
				}
			}
		})
		slices.Sort(found)
		return slices.Compact(found)
	}
}

// parts are the parts of a text between its marks.
func parts(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(marks.ReplaceAllString(text, "\n"), "\n") {
			if part = strings.TrimSpace(part); part != "" && !yield(part) {
				return
			}
		}
	}
}

// marks are what ends a part of a text.
var marks = regexp.MustCompile(`[,;.:!?]\s|[,;.:!?]$|[()·|“”‘’"]`)
