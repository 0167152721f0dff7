// Package docs is Keur's documentation. Its pages are Markdown, which reads as
// files, and which Site shows as a small site.
package docs

import (
	"embed"
	"html/template"
	"net/http"
	"path"
	"strings"

	"keur/internal/fault"
	"keur/templates/lang"
)

//go:embed *.md pictures/*.svg site.html site.css
var files embed.FS

// index is the page that lists all the others, in their order.
const index = "README.md"

// languagePath is where pages link to the page on what templates may say,
// which stands beside its code.
const languagePath = "templates/lang/LANGUAGE.md"

// policy lets pages load what this site has, and nothing else. The drawings
// have their colours inside.
const policy = "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// Site returns the documentation as a site, rendered. Each page is at the name
// of its file, so that links lead on in both forms. Returns an error if a page
// can't be rendered or isn't in the index.
func Site() (http.Handler, error) {
	pages, err := read()
	if err != nil {
		return nil, err
	}
	frame, err := template.ParseFS(files, "site.html")
	if err != nil {
		return nil, err
	}
	served := map[string]string{}
	for _, p := range pages {
		var text strings.Builder
		if err := frame.Execute(&text, map[string]any{"Page": p, "Pages": pages}); err != nil {
			return nil, err
		}
		served["/"+p.Path] = text.String()
	}
	served["/"] = served["/"+index]
	return secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, is := served[r.URL.Path]; is {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(text)) // the reader has gone if this fails
			return
		}
		if name := strings.TrimPrefix(r.URL.Path, "/"); name == "site.css" || path.Dir(name) == "pictures" {
			http.ServeFileFS(w, r, files, name)
			return
		}
		http.NotFound(w, r)
	})), nil
}

// secured sends each answer with what a browser may do with it.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// text returns the Markdown of a page.
func text(name string) ([]byte, error) {
	if name == languagePath {
		return []byte(lang.Reference), nil
	}
	t, err := files.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "docs.no_such_page", "name", name)
	}
	return t, nil
}
