package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// Page is one page, rendered.
type Page struct {
	Path  string // of its file, from the folder of the pages or, outside it, from the project's
	Title string
	Group string // heading of the index under which it is listed
	HTML  template.HTML
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// read returns all pages in the order of the index, which comes first.
func read() ([]Page, error) {
	pages := []Page{{Path: index}}
	root, md, err := parse(index)
	if err != nil {
		return nil, err
	}
	group := ""
	err = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, is := n.(*ast.Heading); is && entering && h.Level == 2 {
			group = words(h, md)
		}
		if link, is := n.(*ast.Link); is && entering {
			if name := served(string(link.Destination)); strings.HasSuffix(name, ".md") {
				pages = append(pages, Page{Path: name, Group: group})
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	names, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range names {
		if strings.HasSuffix(f.Name(), ".md") && !slices.ContainsFunc(pages, func(p Page) bool { return p.Path == f.Name() }) {
			return nil, fmt.Errorf("the page %s isn't listed in docs/%s", f.Name(), index)
		}
	}
	for i := range pages {
		if err := pages[i].render(); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// render fills in the title and the HTML. Of links to files that aren't served,
// such as the code, it leaves only their words.
func (p *Page) render() error {
	root, md, err := parse(p.Path)
	if err != nil {
		return err
	}
	if h, is := root.FirstChild().(*ast.Heading); is && h.Level == 1 {
		p.Title = words(h, md)
	}
	for _, link := range links(root) {
		if served(string(link.Destination)) != "" {
			continue
		}
		for link.FirstChild() != nil {
			link.Parent().InsertBefore(link.Parent(), link, link.FirstChild())
		}
		link.Parent().RemoveChild(link.Parent(), link)
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, md, root); err != nil {
		return fmt.Errorf("render the page %s: %w", p.Path, err)
	}
	p.HTML = template.HTML(out.String()) //nolint:gosec // our own text, in which Markdown lets no HTML through
	return nil
}

// links returns the links of a page.
func links(root ast.Node) (found []*ast.Link) {
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // which returns no error
		if link, is := n.(*ast.Link); is && entering {
			found = append(found, link)
		}
		return ast.WalkContinue, nil
	})
	return found
}

// served returns what a link leads to, if the site has it: a page, a place on
// the same page, or another site; else "".
func served(link string) string {
	name, _, _ := strings.Cut(link, "#")
	switch {
	case name == "" || strings.Contains(name, "://"):
		return link
	case name == "../"+languagePath:
		return languagePath
	case strings.HasPrefix(name, "../"):
		return ""
	}
	return name
}

func parse(name string) (ast.Node, []byte, error) {
	md, err := text(name)
	if err != nil {
		return nil, nil, err
	}
	return markdown.Parser().Parse(source.NewReader(md)), md, nil
}

// words returns the words of a heading or a link.
func words(n ast.Node, md []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, is := c.(*ast.Text); is {
			b.Write(t.Segment.Value(md))
			continue
		}
		b.WriteString(words(c, md))
	}
	return b.String()
}
