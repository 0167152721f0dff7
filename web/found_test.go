package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/web"
	"keur/web/webtest"
)

// guarded are the tables in which guards look up what a part of the path names.
var guarded = map[string]string{
	":mailing": "mailings", ":review": "mailings|approval_reviews|approval_rounds", ":revision": "revisions", ":send": "sends",
	":member": "members", ":campaign": "campaigns", ":template": "templates t", ":segment": "segments s",
	":upload": "import_uploads", ":import": "imports",
}

// isGuarded reports whether a path names something that guards look up.
func isGuarded(path string) bool {
	for name := range guarded {
		if strings.Contains(path, name) {
			return true
		}
	}
	return false
}

// writes are statements after which reading anew is right.
var writes = regexp.MustCompile(`^(INSERT|UPDATE|DELETE)|FOR (NO KEY )?UPDATE`)

// readTwice returns the reads of what the path names that were done before, up
// to the first write.
func readTwice(path string, statements []string) []string {
	var found []string
	for name, tables := range guarded {
		if !strings.Contains(path, name) {
			continue
		}
		reads := regexp.MustCompile(`\bFROM (` + tables + `)\b.* WHERE (\w\.)?id = \$1 `)
		seen := map[string]bool{}
		for _, s := range statements {
			if writes.MatchString(s) {
				break
			}
			if reads.MatchString(s) && seen[s] {
				found = append(found, s)
			}
			seen[s] = true
		}
	}
	return found
}

// TestNothingIsReadTwice asks for every page about one thing, and sends some
// forms about one: a handler uses what its guard has read.
func TestNothingIsReadTwice(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Template = d.OwnTemplate()
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.FurnishApprovals()
	d.Plan()
	d.ImportFile("E-mail;Voornaam\nnieuw@post.example;Nina\n")
	desk, err := web.New(d.Deps)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan []string, 1) // by a request, when it has ended
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log := new(pgtest.Asked)
		desk.ServeHTTP(w, r.WithContext(log.Context(r.Context())))
		asked <- log.Statements()
	}))
	t.Cleanup(func() { desk.Stop(); server.Close() })
	d.URL = server.URL
	planner := d.As("planner")
	<-asked
	approver := d.As("approver")
	<-asked
	try := func(method, path string, form url.Values) {
		t.Helper()
		person := planner
		if strings.HasSuffix(path, "/approve") {
			person = approver
		}
		answer := person.Send(method, fill(d, path)+"?label="+d.Label.Code, form)
		if answer.Status >= http.StatusBadRequest && answer.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d", method, path, answer.Status)
		}
		for _, s := range readTwice(path, <-asked) {
			t.Errorf("%s %s reads again: %s", method, path, s)
		}
	}
	for _, r := range web.Routes(d.Deps) {
		if r.Method == http.MethodGet && isGuarded(r.Path) && !strings.HasSuffix(r.Path, "/live") {
			try(r.Method, r.Path, nil)
		}
	}
	for path, form := range map[string]url.Values{
		"/mailings/:mailing/rename":       {"name": {"Herfst"}},
		"/mailings/:mailing/source":       {"version": {"0"}, "format": {"html"}, "source": {"<p>x</p>"}},
		"/mailings/:mailing/source/check": {"format": {"html"}, "source": {"<p>x</p>"}},
		"/mailings/:mailing/audience":     {"version": {"0"}},
		"/mailings/:mailing/moment":       {"version": {"0"}, "kind": {"once"}, "at": {webtest.TestSlot}},
		"/mailings/:mailing/copy":         {},
		"/members/:member/preferences":    {"per_week": {"2"}},
		"/approvals/:review/comments":     {"body": {"Klopt"}},
		"/templates/:template":            {"name": {"Brief"}, "format": {"html"}, "version": {"1"}, "source": {"<p>x</p>"}},
		"/segments/:segment/archive":      {},
		"/imports/files/:upload/cancel":   {},
		"/campaigns/:campaign/vouchers":   {"name": {"Lente"}},
		"/sends/:send/cancel":             {},
	} {
		try(http.MethodPost, path, form)
	}
}

func TestReadTwice(t *testing.T) {
	t.Parallel()
	read, other := "SELECT id FROM mailings WHERE id = $1 4", "SELECT id FROM mailings WHERE id = $1 5"
	for name, c := range map[string]struct {
		path       string
		statements []string
		found      int
	}{
		"once":                 {"/mailings/:mailing", []string{read, other}, 0},
		"again":                {"/mailings/:mailing", []string{read, other, read}, 1},
		"after a write":        {"/mailings/:mailing", []string{read, "UPDATE mailings SET name = $1 x", read}, 0},
		"after a lock":         {"/mailings/:mailing", []string{read, "SELECT id FROM mailings WHERE id = $1 FOR UPDATE 4", read}, 0},
		"of what no guard has": {"/members/:member", []string{read, read}, 0},
	} {
		if got := readTwice(c.path, c.statements); len(got) != c.found {
			t.Errorf("%s: %v", name, got)
		}
	}
}
