package series_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/webtest"

	"github.com/jmoiron/sqlx"
	"golang.org/x/net/html"
)

// stepOn is a brief for members who joined so many days ago.
func stepOn(t *testing.T, d *webtest.Desk, days int) mailings.Brief {
	t.Helper()
	b := d.Brief(t, webtest.Slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: days, Time: "10:00"}}
	return b
}

// From a series without steps to its third: new steps begin like the last one,
// order follows days, and each mailing says where it stands.
func TestASeriesIsMadeStepByStep(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	loose, _ := d.Draft(t, stepOn(t, d, 3))
	s := d.As("planner")
	if r := s.Post("/series?label=nl", url.Values{"name": {""}, "after": {"joined"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", r.Status)
	}
	r := s.Post("/series?label=nl", url.Values{"name": {"Welkom"}, "after": {"joined"}})
	if r.Header.Get("Location") != "/series/1" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r = s.Post("/series/1/steps", url.Values{"name": {"Dag 0"}, "days": {"x"}, "time": {"10:00"}})
	if r.Status != http.StatusUnprocessableEntity {
		t.Errorf("on no day: %d", r.Status)
	}
	if r := s.Post("/series/1/steps", url.Values{"mailing": {webtest.Itoa(loose.ID)}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r = s.Post("/series/1/steps", url.Values{"name": {"Dag 7"}, "days": {"7"}, "time": {"09:00"}})
	if r.Header.Get("Location") != "/mailings/2/content" {
		t.Fatalf("%d %s %s", r.Status, r.Header.Get("Location"), r.Body)
	}
	begun, err := d.Mailings.Get(t.Context(), 2)
	if err != nil || begun.CopyOf == nil || *begun.CopyOf != loose.ID || begun.State != mailings.Draft {
		t.Errorf("%+v, %v", begun, err)
	}
	// A name that is none is given back beside the field.
	r = s.Post("/series/1/rename", url.Values{"name": {"  "}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `<details class="menu manage" open>`) {
		t.Errorf("no name: %d %s", r.Status, r.Body)
	}
	if page := s.Get("/mailings/2/content").Body; !strings.Contains(page, "Step 2 of 2 of Welkom") {
		t.Error("the mailing doesn't say where it stands")
	}
	r = s.Post("/series/1/steps/2/moment", url.Values{"version": {"0"}, "days": {"0"}, "time": {"09:00"}})
	if r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	page := s.Get("/series/1").Body
	if first, second := strings.Index(page, "Dag 7"), strings.Index(page, loose.Name); first < 0 || second < first {
		t.Errorf("the order doesn't follow the days: %s", page)
	}
	if strings.Contains(d.As("viewer").Get("/series/1").Body, "<form method=\"post\" action=\"/series") {
		t.Error("who only looks is offered changes")
	}
	if r := s.Post("/series/1/steps/2/remove", nil); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if page := s.Get("/mailings/2/content").Body; strings.Contains(page, "of Welkom") {
		t.Error("it is still in the series")
	}
	// Where there can be no step, there is no mailing either.
	if r := s.Post("/series/1/end", nil); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Post("/series/1/steps", url.Values{"name": {"Dag 9"}, "days": {"9"}, "time": {"09:00"}}); r.Status < http.StatusBadRequest {
		t.Errorf("a step of a series that has ended: %d", r.Status)
	}
	if n := pgtest.Count(t, d.Owner, `SELECT count(*) FROM mailings WHERE name = 'Dag 9'`); n != 0 {
		t.Errorf("%d mailings are of no series", n)
	}
}

// sentFor puts three sends of the series' first step behind it, of 100 members each.
func sentFor(d *webtest.Desk, first mailings.ID, r mailings.RevisionID) {
	d.T.Helper()
	now := d.Clock.Now()
	pgtest.Unguarded(d.T, d.Owner, func(tx *sqlx.Tx) {
		for send, ago := range map[int]int{901: 1, 902: 2, 903: 9} {
			at := now.AddDate(0, 0, -ago)
			tx.MustExec(`INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, frozen_at, audience, waterfall)
				OVERRIDING SYSTEM VALUE
				VALUES ($1, $2, $3, $4, $5::timestamptz AT TIME ZONE 'Europe/Amsterdam', $5, date_trunc('month', $5::timestamptz AT TIME ZONE 'UTC'),
				        'finished', $5, 100, '{"matched": 130, "steps": [{"reason": "suppressed", "n": 30}], "audience": 100}')`,
				send, first, r, d.Label.ID, at)
			for measure, n := range map[string]int{"sent": 100, "unsubscribe": 6} {
				tx.MustExec(`INSERT INTO outcome_counts (send_id, measure, hour, n) VALUES ($1, $2, date_trunc('hour', $3::timestamptz), $4)`,
					send, measure, at, n)
			}
		}
	})
}

// How many are on the way, got and left is told from what is kept by send.
func TestWhoIsOnTheWay(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	first, r := d.Draft(t, stepOn(t, d, 0))
	second, _ := d.Draft(t, stepOn(t, d, 3))
	webtest.Series(d, "Welkom", first.ID, second.ID)
	sentFor(d, first.ID, r.ID)
	page := d.As("planner").Get("/series/1").Body
	for _, part := range []string{"188 members are on the way here", `<dd class="n">300</dd>`, "Begins here"} {
		if !strings.Contains(page, part) {
			t.Errorf("%q isn't told: %s", part, page)
		}
	}
	if page := d.As("viewer").Get("/series/1").Body; strings.Contains(page, "188 members") || !strings.Contains(page, "200 members") {
		t.Errorf("who only looks is told exactly: %s", page)
	}
}

// A series is one line of the report with its steps under it, and one thing over
// the days of the calendar, under its own name.
func TestASeriesIsOneThingElsewhere(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	first, r := d.Draft(t, stepOn(t, d, 0))
	second, _ := d.Draft(t, stepOn(t, d, 3))
	webtest.Series(d, "Welkom", first.ID, second.ID)
	sentFor(d, first.ID, r.ID)
	s := d.As("planner")
	rows := tableOf(s.Get("/reports?label=nl&by=step").Body)
	for _, row := range []string{
		"Welkom not approved yet | 300 | 300 | 0 0% | 0 0% | – | 18",
		"1. " + first.Name + " on day 0 after joining, at 10:00 | 300 | 300 | 0 0% | 0 0% | – | 18",
		"2. " + second.Name + " on day 3 after joining, at 10:00 | 0 | 0 | 0 | 0 | – | 0",
	} {
		if !strings.Contains(rows, row) {
			t.Errorf("%q isn't in the report:\n%s", row, rows)
		}
	}
	rows = tableOf(d.As("viewer").Get("/reports?label=nl&by=step").Body)
	if !strings.Contains(rows, "Welkom not approved yet | 300 | 300 | 0 0% | 0 0% | – | 0") {
		t.Errorf("who only looks is told of few who left:\n%s", rows)
	}
	if file := s.Get("/reports?label=nl&by=step&format=data").Body; !strings.Contains(file, "Welkom,1,"+first.Name) {
		t.Errorf("the file has %s", file)
	}
	month := s.Get("/calendar?label=nl").Body
	if n := strings.Count(month, `href="/series/1"`); n < 3 || strings.Contains(month, `href="/mailings/1"`) {
		t.Errorf("in the month it stands on %d days, or its steps stand there alone", n)
	}
	list := s.Get("/calendar?label=nl&mode=list").Body
	if n := strings.Count(list, `href="/series/1"`); n != 1 || !strings.Contains(list, "series of 2 steps") {
		t.Errorf("in the list it stands %d times: %s", n, list)
	}
}

// tableOf is the text of a page's rows, cell by cell.
func tableOf(page string) string {
	var rows strings.Builder
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return err.Error()
	}
	for n := range doc.Descendants() {
		switch n.Data {
		case "tr":
			rows.WriteString("\n")
		case "td":
			if n.PrevSibling != nil && rows.Len() > 0 && !strings.HasSuffix(rows.String(), "\n") {
				rows.WriteString(" | ")
			}
			rows.WriteString(strings.Join(strings.Fields(webtest.Text(n)), " "))
		}
	}
	return rows.String()
}

func TestLookAtSeries(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	first, r := d.Draft(t, stepOn(t, d, 0))
	second, _ := d.Draft(t, stepOn(t, d, 3))
	of := webtest.Series(d, "Welkom", first.ID, second.ID)
	if _, err := d.Deps.Scheduler.Series.Pause(approvaltest.As(d.Maker), of, d.Maker.ID); err != nil {
		t.Fatal(err)
	}
	d.Look("planner", "series", "/series/1")
	d.Look("planner", "series-list", "/series?label=nl")
	sentFor(d, first.ID, r.ID)
	d.Look("planner", "series-report", "/reports?label=nl&by=step")
	d.Look("planner", "series-calendar", "/calendar?label=nl")
}
