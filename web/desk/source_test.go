package desk

import (
	"html/template"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// TestAPartHasNoMoreThanItCalls shows parts of a page: each has what it calls
// wherever that is called, the page's own before the shared one, and nothing else.
func TestAPartHasNoMoreThanItCalls(t *testing.T) {
	t.Parallel()
	blank := func() *template.Template { return template.New("") }
	s := &source{
		blank: blank, name: "page.html",
		shared: sync.OnceValues(func() (*template.Template, error) {
			return blank().Parse(`{{define "document"}}<title>{{template "title" .}}</title>{{template "main" .}}{{end}}` +
				`{{define "title"}}Keur{{end}}{{define "styles"}}kept{{end}}{{define "deep"}}deep{{end}}{{define "uncalled"}}{{end}}`)
		}),
		folder: fstest.MapFS{
			"page.html": {Data: []byte(`{{define "title"}}A page{{end}}{{define "styles"}}{{end}}{{define "main"}}` +
				`{{if .}}{{range .}}{{with .}}{{template "line" .}}{{else}}{{template "blank"}}{{end}}{{end}}{{else}}{{template "none"}}{{end}}` +
				`{{template "styles"}}{{end}}{{define "none"}}none {{end}}{{define "blank"}}blank {{end}}` +
				`{{define "lost"}}{{template "nowhere"}}{{end}}`)},
			"parts/line.html": {Data: []byte(`{{define "line"}}{{.}} {{template "deep"}} {{end}}`)},
		},
	}
	shows := func(part string, data any) (string, error) {
		made, err := s.part(part)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		err = made.ExecuteTemplate(&out, part, data)
		return out.String(), err
	}
	for _, one := range []struct {
		part, want string
		data       any
	}{
		{"document", "<title>A page</title>&lt;b&gt; deep blank kept", []string{"<b>", ""}},
		{"main", "none kept", nil},
		{"line", "x deep ", "x"},
		{"main", "y deep kept", []string{"y"}},
	} {
		if got, err := shows(one.part, one.data); err != nil || got != one.want {
			t.Errorf("%s of %v is %q, %v; want %q", one.part, one.data, got, err, one.want)
		}
	}
	for _, missing := range []string{"lost", "nowhere"} {
		if got, err := shows(missing, nil); err == nil {
			t.Errorf("%s calls what isn't there, and is %q", missing, got)
		}
	}
	made, err := s.part("main")
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	for _, one := range made.Templates() {
		has = append(has, one.Name())
	}
	slices.Sort(has)
	if want := []string{"blank", "deep", "line", "main", "none", "styles"}; !slices.Equal(slices.DeleteFunc(has, func(n string) bool {
		return strings.Contains(n, "$") || n == "" // as html/template calls what it escaped for another place
	}), want) {
		t.Errorf("main has %q, want %q", has, want)
	}
}
