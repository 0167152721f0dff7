package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"keur/accounts"
	"keur/internal/clock"
	"keur/labels"
	"keur/web/words"
)

//go:embed pages
var pageFiles embed.FS

// pages are what the desk shows: each page in each language, with the frame
// around it and the parts that all may use (pages/parts).
type pages struct {
	templates map[string]map[string]*template.Template // by locale, then page
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

// newPages reads every page in every language, so that a mistake in one is
// found when the desk opens and not when somebody looks.
func newPages(book *words.Book, files *assets, now clock.Clock) (*pages, error) {
	p := &pages{templates: map[string]map[string]*template.Template{}}
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	for _, locale := range words.Locales() {
		shared, err := template.New("").Funcs(helpers(book.In(locale), files, now)).ParseFS(pageFiles, "pages/parts/*.html")
		if err != nil {
			return nil, err
		}
		p.templates[locale] = map[string]*template.Template{}
		for _, name := range names {
			own, err := shared.Clone()
			if err == nil {
				own, err = own.ParseFS(pageFiles, name)
			}
			if err != nil {
				return nil, err
			}
			p.templates[locale][strings.TrimSuffix(path.Base(name), ".html")] = own
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
	t, ok := v.pages.templates[v.Say.Locale][name]
	if !ok {
		return "", fmt.Errorf("there is no page %s", name)
	}
	var body strings.Builder
	err := t.ExecuteTemplate(&body, part, page{
		User: v.User, Label: v.Label, Sees: v.Sees, Path: v.Request.URL.Path, Query: v.Request.URL.RawQuery,
		Nonce: v.GetString(nonceKey), Frame: v.frame(), Theme: v.Theme, Told: v.Told, Data: data,
	})
	if err != nil {
		return "", fmt.Errorf("page %s: %w", name, err)
	}
	return body.String(), nil
}
