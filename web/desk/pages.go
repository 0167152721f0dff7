package desk

import (
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/words"
	"keur/labels"
)

// pages are what the desk shows: each page in each language, with the frame
// around it and the parts that all may use (pages/parts). A page is read when
// somebody first asks for it, since all of them take seconds and much memory.
type pages struct {
	sources map[string]map[string]*source // by locale, then page
}

// Page is what a template is told. Within a part of a page, $ stays the page.
type Page struct {
	User  accounts.User
	Label *labels.Label // which it is about
	Home  *labels.Label // which is chosen; its links lead to that one's lists
	Sees  []labels.Label
	Path  string // of the request
	Query string // and what follows it
	Nonce string
	Frame frame
	Theme accounts.Theme // unless the machine's
	Flash string         // what was done on the page before
	Care  string         // what stands above every page of a screen, while it holds
	Data  any            // the screen's own

	Refused bool // it answers a form that wasn't taken
}

// newPages finds the pages that there are. The kit's own folder is the first,
// and its parts are there for the pages of all.
func newPages(book *words.Book, files *assets, now clock.Clock, folders []Folder) (*pages, error) {
	p := &pages{sources: map[string]map[string]*source{}}
	for _, locale := range words.Locales() {
		p.sources[locale] = map[string]*source{}
		blank := func() *template.Template { return template.New("").Funcs(helpers(book.In(locale), files, now)) }
		shared := sync.OnceValues(func() (*template.Template, error) { return blank().ParseFS(folders[0].Files, "parts/*.html") })
		for _, folder := range folders {
			names, err := fs.Glob(folder.Files, "*.html")
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				key := folder.Name + "/" + strings.TrimSuffix(name, ".html")
				p.sources[locale][key] = &source{blank: blank, shared: shared, folder: folder.Files, name: name}
			}
		}
	}
	return p, nil
}

// Show writes a page: "segment/list" for list.html of the folder segment.
func (x *Exchange) Show(name string, data any) error { return x.Answer(http.StatusOK, name, data) }

// Answer writes a page with a status. Script that asked for a part gets the
// page's main part alone.
func (x *Exchange) Answer(status int, name string, data any) error {
	if x.Partial() {
		return x.AnswerPart(status, name, "main", data)
	}
	x.flash = flash(x)
	x.refused = status >= http.StatusBadRequest && x.Request.Method == http.MethodPost
	return x.AnswerPart(status, name, "document", data)
}

// Part writes one named part of a page, for script that puts it in place.
func (x *Exchange) Part(name, part string, data any) error {
	return x.AnswerPart(http.StatusOK, name, part, data)
}

// AnswerPart writes one named part of a page with a status.
func (x *Exchange) AnswerPart(status int, name, part string, data any) error {
	body, err := x.Render(name, part, data)
	if err != nil {
		return err
	}
	x.Send(status, "text/html; charset=utf-8", []byte(body))
	return nil
}

// Render returns a part of a page. It is whole or an error: nobody gets half a
// page.
func (x *Exchange) Render(name, part string, data any) (string, error) {
	page, ok := x.desk.pages.sources[x.Say.Locale][name]
	if !ok {
		return "", fmt.Errorf("there is no page %s", name)
	}
	t, err := page.part(part)
	if err != nil {
		return "", fmt.Errorf("page %s: %w", name, err)
	}
	var body strings.Builder
	err = t.ExecuteTemplate(&body, part, Page{
		User: x.User, Label: x.Label, Home: home(x), Sees: x.Sees, Path: x.Request.URL.Path, Query: x.Request.URL.RawQuery,
		Nonce: x.context.GetString(nonceKey), Frame: frameOf(x), Theme: x.Theme, Flash: x.flash, Care: x.Caution,
		Refused: x.refused, Data: data,
	})
	if err != nil {
		return "", fmt.Errorf("page %s: %w", name, err)
	}
	return body.String(), nil
}
