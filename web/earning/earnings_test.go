package earning_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/labels"
	"keur/networks"
	"keur/tracking"
	"keur/web/webtest"
)

// sold is a desk with a mailing that was sent, of which a network reports four
// sales: three by its clicks, and one of nobody.
func sold(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 60)
	send := d.Sent(webtest.Postman{})
	_, err := d.Deps.Connections.Create(approvaltest.As(d.Users["admin"]),
		networks.Connection{LabelID: d.Label.ID, Network: "awin", Name: "Awin NL", Publisher: "45628"})
	if err != nil {
		t.Fatal(err)
	}
	var link uint16
	if err := d.DB.Get(&link, `SELECT number FROM links WHERE placement_key <> '' AND revision_id = $1 LIMIT 1`, send.RevisionID); err != nil {
		t.Fatal(err)
	}
	sub := func(click uint64) string {
		return string(d.Ring.AppendSubID(nil, tracking.SubID{Send: int64(send.ID), Link: link, Click: click}))
	}
	paid, of := true, d.Programme.Ref
	webtest.Sold(d, 1,
		networks.Report{
			Transaction: "T-1", Programme: of, Sale: 12_000, Commission: 600, SubID: sub(1), Status: networks.Approved, Paid: &paid,
		},
		networks.Report{Transaction: "T-2", Programme: of, Sale: 8_000, Commission: 400, SubID: sub(2)},
		networks.Report{
			Transaction: "T-3", Programme: of, Sale: 5_000, Commission: 250, SubID: sub(3), Status: networks.Declined, Reason: "returned",
		},
		networks.Report{Transaction: "T-4", Programme: of, Sale: 3_000, Commission: 150, Unknown: "on_hold"},
	)
	return d
}

// says fails for each text that a page of a user's lacks.
func says(t *testing.T, d *webtest.Desk, user, path string, texts ...string) {
	t.Helper()
	page := d.As(user).Get(path)
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("%s doesn't say %q to a %s: %d", path, text, user, page.Status)
		}
	}
}

// Commission stands beside the clicks wherever one looks at what was sent, and
// what nobody could attribute is booked by a person, who says why.
func TestCommissionStandsBesideClicks(t *testing.T) {
	t.Parallel()
	d := sold(t)
	for _, path := range []string{
		"/mailings/1/outcome", "/sends/1", "/campaigns/1", "/advertisers/1", "/earnings?label=nl", "/earnings?label=nl&by=campaign",
	} {
		says(t, d, "planner", path, "€10.00", "€6.00", "€4.00", "€2.50", "too early to say")
	}
	says(t, d, "planner", "/earnings?label=nl&by=network", "Awin", "€11.50")
	says(t, d, "planner", "/earnings?label=nl&by=month&format=csv", "2026-11")
	says(t, d, "planner", "/earnings?label=nl&by=month", "November 2026")
	says(t, d, "planner", "/today/behind", "€11.50", "1 transaction of the last month", "1 transaction has a status")
	open := d.As("planner").Get("/transactions?label=nl&basis=none").Body
	if !strings.Contains(open, "T-4") || strings.Contains(open, "T-1") || !strings.Contains(open, "unknown: on_hold") {
		t.Error("the list of what is nobody's isn't that")
	}
	says(t, d, "planner", "/transactions/4", `value="placement 1 1 `, "two days before", "on_hold")
	says(t, d, "planner", "/transactions/3", "returned", "by click")
	to := url.Values{"to": {"campaign"}, "campaign": {"1"}}
	if r := d.As("planner").Post("/transactions/4/assign", to); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "say why") {
		t.Errorf("booked for no reason: %d", r.Status)
	}
	if r := d.As("planner").Post("/transactions/4/assign", url.Values{"reason": {"x"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "name a campaign") {
		t.Errorf("booked nowhere: %d", r.Status)
	}
	to.Set("reason", "the shop said so")
	if r := d.As("finance").Post("/transactions/4/assign", to); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	says(t, d, "finance", "/transactions/4", "the shop said so", "Test Finance", "by hand")
	says(t, d, "finance", "/campaigns/1", "€11.50")
	says(t, d, "finance", "/transactions?label=nl&status=pending&advertiser=1", "T-2", "T-4")
	says(t, d, "finance", "/earnings/open?label=nl", "€5.50", "November 2026")
	d.Clock.Set(d.Clock.Now().AddDate(0, 4, 0))
	says(t, d, "finance", "/earnings/open?label=nl", "Dear partner, 2 sales of",
		"Beste partner", "vanaf november 2026", "usually decided within 60 days")
}

// A network's file is read as somebody said that it writes, looked at, and booked.
func TestAFileIsLookedAtAndBooked(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	if _, err := d.Deps.Connections.Create(approvaltest.As(d.Users["admin"]),
		networks.Connection{LabelID: d.Label.ID, Network: "other", Name: "Klein netwerk"}); err != nil {
		t.Fatal(err)
	}
	finance, path := d.As("finance"), "/transactions/files/1"
	says(t, d, "finance", "/transactions/files?label=nl", "Klein netwerk")
	mapping := url.Values{
		"delimiter": {"semicolon"}, "decimal": {"comma"}, "dates": {"day_first"}, "time_zone": {"Europe/Amsterdam"}, "currency": {"eur"},
		"programme_ref": {"77"}, "columns.transaction": {"Nummer"}, "columns.status": {"Status"}, "columns.commission": {"Vergoeding"},
		"words.pending": {"Ter beoordeling, In behandeling"},
	}
	if r := finance.Post(path, mapping); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "In behandeling") {
		t.Errorf("without a column of the moment: %d", r.Status)
	}
	mapping.Set("columns.occurred", "Datum")
	if r := finance.Post(path, mapping); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	file := map[string]string{"file": "Nummer;Status;Vergoeding;Datum\n1;Goedgekeurd;12,50;01-11-2026 10:00\n" +
		"2;in behandeling;3,00;02-11-2026\n3;Open;2.5;03-11-2026\n"}
	if r := finance.Files(path+"/look", nil, file); !strings.Contains(r.Body, "€12.50") ||
		!strings.Contains(r.Body, "nothing is booked") || !strings.Contains(r.Body, "1 row can") {
		t.Errorf("looked at: %d %s", r.Status, r.Body)
	}
	for _, says := range []string{"2 new, 0 changed", "0 new, 0 changed, 2 as they were"} {
		if r := finance.Files(path+"/book", nil, file); !strings.Contains(r.Body, says) {
			t.Errorf("booked, it doesn't say %q: %d %s", says, r.Status, r.Body)
		}
	}
}

// A label may keep what networks report to finance; then no page tells others.
func TestALabelKeepsMoneyToFinance(t *testing.T) {
	t.Parallel()
	d := sold(t)
	if _, err := d.Labels.Update(approvaltest.As(d.Users["admin"]), d.Label.ID,
		func(l *labels.Label) error { l.MoneyHidden = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"planner", "viewer", "approver"} {
		for _, path := range []string{
			"/mailings/1/outcome", "/sends/1", "/campaigns/1", "/advertisers/1", "/campaigns?label=nl", "/today/behind",
		} {
			if page := d.As(user).Get(path); page.Status != http.StatusOK || strings.Contains(page.Body, "€10.00") ||
				strings.Contains(page.Body, "€11.50") {
				t.Errorf("%s tells a %s, or not: %d", path, user, page.Status)
			}
		}
		for _, path := range []string{"/earnings?label=nl", "/earnings?label=nl&format=csv", "/transactions?label=nl", "/transactions/1"} {
			if page := d.As(user).Get(path); page.Status != http.StatusForbidden || strings.Contains(page.Body, "T-1") {
				t.Errorf("%s as %s: %d", path, user, page.Status)
			}
		}
	}
	says(t, d, "planner", "/campaigns/1", "Kept to finance")
	says(t, d, "finance", "/earnings?label=nl", "€10.00")
	says(t, d, "admin", "/transactions?label=nl", "T-1")
}

func TestLookAtEarnings(t *testing.T) {
	t.Parallel()
	d := sold(t)
	d.Clock.Set(d.Clock.Now().Add(time.Hour))
	d.Look("planner", "earnings", "/earnings?label=nl&by=placement")
	d.Look("planner", "transactions", "/transactions?label=nl")
	d.Look("planner", "transaction", "/transactions/4")
}
