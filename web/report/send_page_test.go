package report_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

func TestLookAtOutcome(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 60)
	send := d.Sent(webtest.Postman{Loses: "lid7@"})
	d.Look("approver", "send", "/sends/"+webtest.Itoa(send.ID))
	d.Look("planner", "mailing_outcome", "/mailings/"+webtest.Itoa(send.MailingID)+"/outcome")
	d.Look("finance", "reports", "/reports?label="+d.Label.Code)
}

// TestAnOutcomeBehindARelay says what is known of what the relay accepted.
func TestAnOutcomeBehindARelay(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 60)
	send := d.Sent(webtest.Postman{})
	path := "/mailings/" + webtest.Itoa(send.MailingID) + "/outcome"
	if page := d.As("planner").Get(path).Body; strings.Contains(page, "At the relay") {
		t.Error("it tells of a relay that posts nothing")
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET reported = true`)
		tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, n)
			SELECT id, 'relay_delivered', date_trunc('hour', now()), 50 FROM sends`)
	})
	page := d.As("planner").Get(path).Body
	for _, want := range []string{
		"60 mails were taken and didn&#39;t come back", "<dt>Accepted by the relay</dt><dd>60</dd>",
		"<dt>Delivered, as it reports</dt><dd>50</dd>",
		"<dt>Not yet known</dt><dd>10</dd>", "<dt>Returned</dt><dd>0</dd>", "Taken, not returned",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	d.Look("planner", "mailing_outcome_relayed", path)
}

// TestOneHourIsASentence: of it no curve is drawn.
func TestOneHourIsASentence(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	send := d.Sent(webtest.Postman{})
	page := d.As("planner").Get("/mailings/" + webtest.Itoa(send.MailingID) + "/outcome").Body
	if !strings.Contains(page, "within the hour from") || strings.Contains(page, "data-curve") {
		t.Errorf("one hour is drawn: %s", page)
	}
}

// TestAReportInPictures: the period before, day by day, and the hours of the week.
func TestAReportInPictures(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 60)
	d.Sent(webtest.Postman{})
	s := d.As("planner")
	if one := s.Get("/reports/pictures?label=nl&from=2026-11-20&to=2026-11-26").Body; strings.Contains(one, `class="rail"`) ||
		!strings.Contains(one, "All of it went out on one day, 24 November 2026. Members who clicked: ") {
		t.Errorf("a single day is drawn: %s", one)
	}
	pgtest.Unguarded(t, d.Owner, theDayBefore)
	pictures := s.Get("/reports/pictures?label=nl&from=2026-11-20&to=2026-11-26").Body
	for _, want := range []string{
		"<svg", "24 November 2026: ", "When members click", "Most clicks of people fall on", `<th scope="row">Tuesday</th>`,
	} {
		if !strings.Contains(pictures, want) {
			t.Errorf("the pictures don't say %q: %s", want, pictures)
		}
	}
	if strings.Contains(pictures, "days before") {
		t.Error("it is held against a period in which nothing was sent")
	}
	if later := s.Get("/reports/pictures?label=nl&from=2026-11-20&to=2026-11-22").Body; strings.Contains(later, "<svg") {
		t.Errorf("nothing is drawn: %s", later)
	}
	for path, want := range map[string]string{
		"by=month": "November 2026", "by=week": "week 48 of 2026", "by=day": "24 November 2026",
		"by=mailing&sort=clicks": `aria-current="true">Clicks`,
		"by=position":            "Place 1", "by=creative": "without a picture", "by=page": "zonvakantie.example/winter",
		"by=label": `<a href="/reports?label=nl&amp;from=2026-11-20&amp;to=2026-11-26">` + d.Label.Name + `</a>`,
	} {
		if page := s.Get("/reports?label=nl&from=2026-11-20&to=2026-11-26&" + path).Body; !strings.Contains(page, want) {
			t.Errorf("%s doesn't say %q: %s", path, want, page)
		}
	}
	w := d.Browse("planner", webtest.Phone) // who only looks is told of no send so small
	w.Open("/reports?label=nl&from=2026-11-20&to=2026-11-26")
	w.Until(`document.querySelector("#pictures svg rect.full")?.getBoundingClientRect().height > 0`)
	w.Whole("reports-pictures")
}

// theDayBefore adds a send to the one there is, a day earlier, of which the same came.
func theDayBefore(tx *sqlx.Tx) {
	tx.MustExec(`
		INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, started_at, finished_at)
		SELECT mailing_id, revision_id, label_id, slot_local - interval '1 day', slot_at - interval '1 day', month, state, audience, frozen_at,
		       started_at, finished_at FROM sends`)
	tx.MustExec(`
		INSERT INTO outcome_deltas (send_id, measure, hour, variant, link_id, domain, n)
		SELECT (SELECT max(id) FROM sends), measure, hour, variant, link_id, domain, n FROM outcomes`)
}

// TestReportsAreSaved: under a name, for oneself until one shares it.
func TestReportsAreSaved(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	mine, theirs := d.As("planner"), d.As("viewer")
	fields := url.Values{"name": {"Per week"}, "by": {"week"}, "sort": {"clicks"}, "from": {"2026-10-01"}, "to": {"2026-10-31"}}
	const opens = "/reports?by=week&amp;from=2026-10-01&amp;label=nl&amp;sort=clicks&amp;to=2026-10-31"
	r := mine.Post("/reports/saved?label=nl", fields)
	if r.Status != http.StatusSeeOther || strings.ReplaceAll(r.Header.Get("Location"), "&", "&amp;") != opens {
		t.Fatalf("%d %s", r.Status, r.Header.Get("Location"))
	}
	again := mine.Post("/reports/saved?label=nl", fields)
	if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.Body, `value="Per week"`) {
		t.Errorf("twice under one name: %d", again.Status)
	}
	if page := mine.Get("/reports?label=nl").Body; !strings.Contains(page, opens) {
		t.Error("one's own isn't there")
	}
	if page := theirs.Get("/reports?label=nl").Body; strings.Contains(page, "Per week") {
		t.Error("others see what isn't shared")
	}
	for path, want := range map[string]int{"share": http.StatusNotFound, "remove": http.StatusNotFound} {
		if r := theirs.Post("/reports/saved/1/"+path, url.Values{"shared": {"yes"}}); r.Status != want {
			t.Errorf("%s somebody else's: %d", path, r.Status)
		}
	}
	mine.Post("/reports/saved/1/share", url.Values{"shared": {"yes"}})
	if page := theirs.Get("/reports?label=nl").Body; !strings.Contains(page, opens) || !strings.Contains(page, "shared by Test Planner") ||
		strings.Contains(page, "/reports/saved/1/") {
		t.Errorf("what is shared: %s", page)
	}
	if r := mine.Post("/reports/saved/1/remove", nil); r.Status != http.StatusSeeOther ||
		strings.Contains(theirs.Get("/reports?label=nl").Body, opens) {
		t.Errorf("it is still there: %d", r.Status)
	}
}

func TestDoubtsAreResolvedByAPerson(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 5)
	send := d.Sent(webtest.Postman{Loses: "lid3@"})
	path := "/sends/" + webtest.Itoa(send.ID)
	planner := d.As("planner")
	if page := planner.Get(path).Body; !strings.Contains(page, "One delivery in doubt") || strings.Contains(page, "@post.example") {
		t.Error("the page hides the doubt, or shows an address")
	}
	if page := d.As("viewer").Get(path); page.Status != http.StatusOK || strings.Contains(page.Body, "/doubts/") {
		t.Errorf("a viewer is offered to resolve a doubt: %d", page.Status)
	}
	if r := planner.Post(path+"/doubts/3", url.Values{"how": {"leave"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := planner.Get(path).Body; strings.Contains(page, "/doubts/") {
		t.Error("the doubt is still there")
	}
}
