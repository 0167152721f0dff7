package docs

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	source "github.com/yuin/goldmark/text"
)

// TestLinksLeadSomewhere: as files, each link and picture of a page is there,
// with the heading that it names.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for _, page := range pages {
		root, _, err := parse(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range targets(root) {
			name, heading, _ := strings.Cut(to, "#")
			if strings.Contains(name, "://") {
				continue
			}
			file := page
			if name != "" {
				file = filepath.Join(filepath.Dir(page), filepath.FromSlash(name))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("docs/%s links to %s, which isn't there", page, to)
			} else if heading != "" && !hasHeading(t, file, heading) {
				t.Errorf("docs/%s links to %s, where there is no such heading", page, to)
			}
		}
	}
}

// targets returns where links and pictures of a page lead.
func targets(root ast.Node) (found []string) {
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				found = append(found, string(n.Destination))
			}
		case *ast.Image:
			if entering {
				found = append(found, string(n.Destination))
			}
		}
		return ast.WalkContinue, nil
	})
	return found
}

func hasHeading(t *testing.T, file, id string) (is bool) {
	t.Helper()
	md, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root := markdown.Parser().Parse(source.NewReader(md))
	_ = ast.Walk(root, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		if got, has := n.AttributeString("id"); has {
			name, _ := got.([]byte)
			is = is || string(name) == id
		}
		return ast.WalkContinue, nil
	})
	return is
}

var reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// TestSite walks the site as a reader does, from its first page on.
func TestSite(t *testing.T) {
	t.Parallel()
	site, err := Site()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var walk func(from, to string)
	walk = func(from, to string) {
		if seen[to] {
			return
		}
		seen[to] = true
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, to, nil))
		if answer.Code != http.StatusOK {
			t.Errorf("%s leads to %s: %d", from, to, answer.Code)
		}
		if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			return
		}
		base := &url.URL{Path: to}
		for _, found := range reference.FindAllStringSubmatch(answer.Body.String(), -1) {
			next, err := base.Parse(found[1])
			if err != nil {
				t.Errorf("%s leads to %q: %v", to, found[1], err)
			} else if next.Host == "" {
				walk(to, next.Path)
			}
		}
	}
	walk("", "/")
	pages, err := read()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if !seen["/"+p.Path] && p.Path != index {
			t.Errorf("nothing leads to %s", p.Path)
		}
		if p.Title == "" {
			t.Errorf("%s has no title", p.Path)
		}
	}
	drawings, _ := files.ReadDir("pictures")
	for _, d := range drawings {
		if !seen["/"+path.Join("pictures", d.Name())] {
			t.Errorf("no page shows %s", d.Name())
		}
	}
}

func TestSiteHasNothingElse(t *testing.T) {
	t.Parallel()
	site, err := Site()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/docs.go", "/pictures/", "/pictures/none.svg", "/internal/house/house_test.go", "/nothing.md"} {
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, name, nil))
		if answer.Code != http.StatusNotFound {
			t.Errorf("%s is answered by %d", name, answer.Code)
		}
	}
}
