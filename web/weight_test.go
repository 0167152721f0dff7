package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/requests"
	"keur/web"
	"keur/web/webtest"
)

// A page, its style and its script weigh at most this much on their way to a
// browser that comes for the first time; editors bring their own.
const mostBytes = 250_000

// What a page, a style sheet or a module makes a browser fetch.
var (
	fetchedByPage = regexp.MustCompile(
		`<(?:link rel="(?:stylesheet|modulepreload|icon)"[^>]* href|script[^>]* src|img[^>]* src|iframe[^>]* src)="(/[^"]+)"`,
	)
	fetchedByStyle  = regexp.MustCompile(`url\("?([^")]+)"?\)`)
	fetchedByModule = regexp.MustCompile(`(?:from|import) "(\.{1,2}/[^"]+)"`)
)

func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	d, _, _ := webtest.NewSendingDesk(t, nil)
	if _, err := d.Deps.Requests.Create(
		approvaltest.As(d.Users["planner"]), requests.Request{LabelID: d.Label.ID, Kind: requests.Idea, Title: "Actie rond Sinterklaas"},
	); err != nil {
		t.Fatal(err)
	}
	d.ImportFile("e-mail\nanna@post.example\n")
	d.Template = d.OwnTemplate()
	d.Mailing, _ = d.Draft(t, d.Brief(t, "2026-12-24T10:00"))
	d.FurnishApprovals()
	d.Erasure = d.AskErasure().ID
	d.Sent(webtest.Postman{})
	editors := []string{"/mailings/:mailing/content", "/mailings/:mailing/visual", "/templates/:template", "/templates/:template/visual"}
	admin, weighed := d.As("admin"), 0
	for _, r := range web.Routes(d.Deps) {
		if r.Method != http.MethodGet || slices.Contains(editors, r.Path) || strings.HasSuffix(r.Path, "/live") {
			continue
		}
		address := fill(d, r.Path) + "?label=" + d.Label.Code
		scale := scale{Browser: admin, seen: map[string]bool{}}
		if body := scale.put(address); !strings.HasPrefix(body, "<!doctype html") || strings.Contains(body, `class="notice-page"`) {
			continue // a part, a file, a way on or a refusal
		}
		weighed++
		t.Logf("%7d bytes in %2d requests  %s", scale.bytes, len(scale.seen), r.Path)
		if scale.bytes > mostBytes {
			t.Errorf("%s weighs %d bytes of %d", r.Path, scale.bytes, mostBytes)
		}
	}
	if weighed < 40 {
		t.Errorf("only %d pages were weighed", weighed)
	}
}

// scale adds up what a browser fetches for one page, as it is sent.
type scale struct {
	*webtest.Browser
	seen  map[string]bool
	bytes int
}

// put weighs what stands at an address with all that it fetches, and returns
// what it says.
func (s *scale) put(address string) string {
	s.Helper()
	if s.seen[address] {
		return ""
	}
	s.seen[address] = true
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.URL+address, nil)
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // by hand, so that it is left compressed
	answer, err := s.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	sent := &counted{Reader: answer.Body}
	var plain io.Reader = sent
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if plain, err = gzip.NewReader(sent); err != nil {
			s.Fatal(err)
		}
	}
	body, err := io.ReadAll(plain)
	if err != nil {
		s.Fatal(err)
	}
	s.bytes += sent.n
	for _, next := range fetches(answer.Header.Get("Content-Type"), string(body)) {
		if !strings.HasPrefix(next, "data:") {
			s.put(resolve(address, next))
		}
	}
	return string(body)
}

// fetches returns the addresses that a thing of that kind makes a browser fetch.
func fetches(kind, body string) []string {
	by := map[string]*regexp.Regexp{"text/html": fetchedByPage, "text/css": fetchedByStyle, "text/javascript": fetchedByModule}
	kind, _, _ = strings.Cut(kind, ";")
	if by[kind] == nil {
		return nil
	}
	var found []string
	for _, match := range by[kind].FindAllStringSubmatch(body, -1) {
		found = append(found, strings.ReplaceAll(match[1], "&amp;", "&"))
	}
	return found
}

// resolve returns the address that one on a page at another means.
func resolve(at, address string) string {
	if strings.HasPrefix(address, "/") {
		return address
	}
	return path.Join(path.Dir(at), address)
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
