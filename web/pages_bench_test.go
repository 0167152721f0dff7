//go:build bench

package web_test

import (
	"keur/approval/approvaltest"
	"keur/requests"
	"keur/web"
	"keur/web/webtest"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// What issue and README promise of every page, over a million members and
// twenty million events.
const (
	promised = 50 * time.Millisecond
	rounds   = 20
)

// growth turns the world of the tests into a large publisher: past the
// triggers, as members' panels are made anew below.
var growth = []string{
	`SET session_replication_role = replica; SET synchronous_commit = off; SELECT setseed(0.5)`,
	`INSERT INTO members (address, address_key, domain)
	 SELECT a, a, 'post.example' FROM (SELECT 'groei' || i || '@post.example' AS a FROM generate_series(1, 1000000) i) x`,
	`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent, joined_at, t1)
	 SELECT 1, id, true, true, now() - random() * interval '1800 days', 'Lid' FROM members WHERE address_key LIKE 'groei%' ORDER BY id`,
	`INSERT INTO panel_changes (label_id, block, first, last)
	 SELECT label_id, member_id >> 15, min(member_id), max(member_id) FROM memberships GROUP BY 1, 2`,
	`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on, currency)
	 SELECT 1, 1, 'Campagne ' || i, current_date - 200, current_date + 200, 'EUR' FROM generate_series(1, 400) i`,
	`INSERT INTO mailings (label_id, name, kind, state) SELECT 1, 'Mailing ' || i, 'house', 'done' FROM generate_series(1, 2000) i`,
	`INSERT INTO behaviours (label_id, kind, mailing_id, day, member_id, campaign_id, n)
	 SELECT 1, 'open', m.id, current_date - (m.id % 500)::int, 1 + (i::bigint * 7919 + m.id) % 1000000, 0, 2
	   FROM (SELECT id FROM mailings WHERE name LIKE 'Mailing %' ORDER BY id LIMIT 200) m, generate_series(1, 50000) i`,
	`VACUUM (ANALYZE)`,
}

// TestBenchPages asks for each page of the desk again and again.
func TestBenchPages(t *testing.T) {
	d, _, _ := webtest.NewSendingDesk(t, nil)
	if _, err := d.Deps.Requests.Create(approvaltest.As(d.Users["planner"]), requests.Request{Kind: requests.Idea, Title: "Actie rond Sinterklaas"}); err != nil {
		t.Fatal(err)
	}
	d.ImportFile("e-mail\nanna@post.example\n")
	d.Template = d.OwnTemplate()
	d.Mailing, _ = d.Draft(t, d.Brief(t, "2026-12-24T10:00"))
	d.FurnishApprovals()
	d.Erasure = d.AskErasure().ID
	d.Sent(webtest.Postman{})
	conn, err := d.Owner.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range growth {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close()
	someone := d.As("admin")
	for _, r := range web.Routes(d.Deps) {
		if r.Method != http.MethodGet || strings.HasSuffix(r.Path, "/live") {
			continue
		}
		path := fill(d, r.Path) + "?label=" + d.Label.Code
		first := someone.Get(path)
		if first.Status != http.StatusOK || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/html") {
			t.Logf("         %-48s %d, not measured", r.Path, first.Status)
			continue
		}
		took := make([]time.Duration, rounds)
		for i := range took {
			began := time.Now()
			someone.Get(path)
			took[i] = time.Since(began)
		}
		slices.Sort(took)
		p95 := took[rounds*95/100-1]
		t.Logf("p95 %6.1f ms  median %6.1f ms  %s", p95.Seconds()*1000, took[rounds/2].Seconds()*1000, r.Path)
		if p95 > promised && !counts(r.Path) {
			t.Errorf("%s takes %v of %v", r.Path, p95, promised)
		}
	}
}

// counts reports whether an address is a part that counts an audience while its
// page is there already.
func counts(path string) bool {
	return slices.ContainsFunc([]string{"/count", "/waterfall", "/overlap", "/foreseen", "/spam", "/contacts"}, func(end string) bool { return strings.HasSuffix(path, end) })
}
