package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/words"
	"keur/labels"
)

//go:embed pages
var pageFiles embed.FS

// pages are what the desk shows: each page in each language, with the frame
// around it and the parts that all may use (pages/parts). A page is read when
// somebody first asks for it, since all of them take seconds and much memory.
type pages struct {
	templates map[string]map[string]func() (*template.Template, error) // by locale, then page
}

// page is what a template is told. Within a part of a page, $ stays the page.
type page struct {
	User  accounts.User
	Label *labels.Label
	Sees  []labels.Label
	Path  string // of the request
	Query string // and what follows it
	Nonce string
	Frame frame
	Theme accounts.Theme // unless the machine's
	Told  string         // what was done on the page before
	Data  any            // the screen's own
}

// newPages finds the pages there are.
func newPages(book *words.Book, files *assets, now clock.Clock) (*pages, error) {
	p := &pages{templates: map[string]map[string]func() (*template.Template, error){}}
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	for _, locale := range words.Locales() {
		shared := sync.OnceValues(func() (*template.Template, error) {
			return template.New("").Funcs(helpers(book.In(locale), files, now)).ParseFS(pageFiles, "pages/parts/*.html")
		})
		p.templates[locale] = map[string]func() (*template.Template, error){}
		for _, name := range names {
			p.templates[locale][strings.TrimSuffix(path.Base(name), ".html")] = sync.OnceValues(func() (*template.Template, error) {
				parts, err := shared()
				if err != nil {
					return nil, err
				}
				own, err := parts.Clone()
				if err != nil {
					return nil, err
				}
				return own.ParseFS(pageFiles, name)
			})
		}
	}
	return p, nil
}

// show writes a page: "segments" for pages/segments.html.
func (v *visit) show(name string, data any) error { return v.answer(http.StatusOK, name, data) }

// answer writes a page with a status. Script that asked for a part gets the
// page's main part alone.
func (v *visit) answer(status int, name string, data any) error {
	if v.partial() {
		return v.write(status, name, "main", data)
	}
	v.Told = v.told()
	return v.write(status, name, "document", data)
}

// part writes one named part of a page, for script that puts it in place.
func (v *visit) part(name, part string, data any) error {
	return v.write(http.StatusOK, name, part, data)
}

func (v *visit) write(status int, name, part string, data any) error {
	body, err := v.render(name, part, data)
	if err != nil {
		return err
	}
	v.Data(status, "text/html; charset=utf-8", []byte(body))
	return nil
}

// render returns a part of a page. It is whole or an error: nobody gets half a
// page.
func (v *visit) render(name, part string, data any) (string, error) {
	read, ok := v.pages.templates[v.Say.Locale][name]
	if !ok {
		return "", fmt.Errorf("there is no page %s", name)
	}
	t, err := read()
	if err != nil {
		return "", fmt.Errorf("page %s: %w", name, err)
	}
	var body strings.Builder
	err = t.ExecuteTemplate(&body, part, page{
		User: v.User, Label: v.Label, Sees: v.Sees, Path: v.Request.URL.Path, Query: v.Request.URL.RawQuery,
		Nonce: v.GetString(nonceKey), Frame: v.frame(), Theme: v.Theme, Told: v.Told, Data: data,
	})
	if err != nil {
		return "", fmt.Errorf("page %s: %w", name, err)
	}
	return body.String(), nil
}
