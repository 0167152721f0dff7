//go:build bench

package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/internal/benchtest"
	"keur/internal/pgtest"
	"keur/requests"
	"keur/web"
	"keur/web/webtest"
)

// What README promises of a page, and of a part that counts an audience while
// its page is there already: 95 of 100 times within so many milliseconds.
const (
	pageWithin  = 50
	countWithin = 300
)

// TestBenchPages asks for each page of the desk again and again, over a million
// members with ten million deliveries and twenty million events.
func TestBenchPages(t *testing.T) {
	own := pgtest.Server(t)
	d := webtest.Over(t, pgtest.DB{
		App: pgtest.Open(t, own.AppURL()), Owner: pgtest.Open(t, own.OwnerURL()), AppURL: own.AppURL(), OwnerURL: own.OwnerURL(),
	}, 1)
	b := benchtest.New(t, d.Owner)
	d.AddServer(nil)
	if _, err := d.Deps.Requests.Create(approvaltest.As(d.Users["planner"]),
		requests.Request{LabelID: d.Label.ID, Kind: requests.Idea, Title: "Actie rond Sinterklaas"}); err != nil {
		t.Fatal(err)
	}
	d.ImportFile("e-mail\nanna@post.example\n")
	d.Template = d.OwnTemplate()
	d.Mailing, _ = d.Draft(t, d.Brief(t, "2026-12-24T10:00"))
	d.FurnishApprovals()
	news, _ := d.World.Newsletter(t, "2026-12-24T12:00")
	news.Brief.Placements[1].Text = "Nu vanaf € 199.\nAlleen deze week."
	changed, _ := news.Save(t)
	d.Erasure = d.AskErasure().ID
	d.Sent(webtest.Postman{})
	d.Clock.Set(webtest.SlotAt.Add(4 * 24 * time.Hour)) // most have opened by then
	a := d.Segment("Klikkers", `{"all":[{"attribute":"first_name","op":"is","value":"Lid7"},{"engagement":"clicked","within_days":30}]}`)
	z := d.Segment("Openers", `{"engagement":"opened","within_days":90}`)
	grow(t, b, d)

	p := pages{b, d, d.As("admin"), map[string]string{
		"/calendar/contacts":      "from=2026-10-26&until=2026-12-07",
		"/calendar/overlap":       fmt.Sprintf("a=%d&b=%d", d.Mailing.ID, d.Planned.MailingID),
		"/segments/overlap":       fmt.Sprintf("a=%d&b=%d", a.ID, z.ID),
		"/segments/overlap/count": fmt.Sprintf("a=%d&b=%d", a.ID, z.ID),
	}}
	for _, r := range web.Routes(d.Deps) {
		if r.Method == http.MethodGet && !strings.HasSuffix(r.Path, "/live") {
			p.measure(r.Path, r.Path)
		}
	}
	draft := d.Mailing
	d.Mailing = d.Read(d.Planned.MailingID)
	for _, r := range web.Routes(d.Deps) {
		if r.Method == http.MethodGet && strings.Contains(r.Path, ":mailing") && !strings.HasSuffix(r.Path, "/live") {
			p.measure(r.Path+" of one that was sent", r.Path)
		}
	}
	d.Mailing = d.Read(changed.ID)
	for _, route := range []string{"/mailings/:mailing/approval", "/mailings/:mailing/asked"} {
		p.measure(route+" of one whose clients approved it before", route)
	}
	d.Mailing = draft
	// What a planner sees while writing a rule.
	rule := webtest.RuleValues("all", map[string]string{"subject": "attribute:first_name", "op": "is", "value": "Lid7"},
		map[string]string{"subject": "engagement:clicked", "op": "did", "days": "30"})
	for _, path := range []string{"/segments/count", "/segments/preview", "/segments/sample"} {
		p.post(path, rule)
	}
}

// pages asks for pages as somebody.
type pages struct {
	*benchtest.Bench
	d     *webtest.Desk
	as    *webtest.Browser
	query map[string]string // by route: what it asks for besides its label
}

// measure asks for the page of a route, unless it is none.
func (p *pages) measure(name, route string) {
	p.d.T.Helper()
	path := fill(p.d, route) + "?label=" + p.d.Label.Code + "&" + p.query[route]
	first := p.as.Get(path)
	switch {
	case first.Status >= http.StatusInternalServerError:
		p.d.T.Errorf("%s answers %d", name, first.Status)
	case first.Status != http.StatusOK || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/html"):
		p.Say("%s answers %d with %q, and isn't measured", name, first.Status, first.Header.Get("Content-Type"))
	default:
		p.judge(name, route, func() webtest.Response { return p.as.Get(path) })
	}
}

func (p *pages) post(path string, form url.Values) {
	p.d.T.Helper()
	p.judge("POST "+path, path, func() webtest.Response { return p.as.Post(path+"?label="+p.d.Label.Code, form) })
}

// judge takes the time within which 95 of 100 answers came.
func (p *pages) judge(name, route string, ask func() webtest.Response) {
	p.d.T.Helper()
	const rounds = 20
	p95 := p.Measure(3, func() float64 {
		took := make([]time.Duration, rounds)
		for i := range took {
			began := time.Now()
			if got := ask(); got.Status != http.StatusOK {
				p.d.T.Fatalf("%s answers %d", name, got.Status)
			}
			took[i] = time.Since(began)
		}
		slices.Sort(took)
		return benchtest.Milliseconds(took[rounds*95/100-1])
	})
	within := p.Within(pageWithin)
	if slices.Contains(counting, route) {
		within = p.Within(countWithin)
	}
	p.Target("page "+name+", p95", p95, within, "ms")
}

// counting are the parts of pages that count an audience.
var counting = []string{
	"/calendar/contacts", "/calendar/overlap", "/mailings/:mailing/audience/overlap", "/mailings/:mailing/audience/waterfall",
	"/mailings/:mailing/asked", "/mailings/:mailing/foreseen", "/mailings/:mailing/spam", "/mailings/:mailing/spelling",
	"/segments/:segment/count", "/segments/overlap/count",
	"/segments/count", "/segments/preview", "/segments/sample",
}
