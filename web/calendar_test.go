package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/accounts"
	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
)

var feedShape = regexp.MustCompile(`/calendar/feed/[A-Za-z0-9_-]+\.ics`)

func TestFeedOpensWithoutSignInUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, testSlot))
	s := d.as("viewer")
	path := feedShape.FindString(s.post("/calendar/feeds?label=nl", url.Values{}).body)
	if path == "" {
		t.Fatal("no link was shown")
	}
	program := d.as("")
	got := program.get(path)
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/calendar") || !strings.Contains(got.body, "DTSTART:20261124T090000Z\r\n") || !strings.Contains(got.body, "Winterzon solo") {
		t.Errorf("the feed is %d %s", got.status, got.body)
	}
	if body := s.get("/calendar?label=nl").body; strings.Contains(body, path) || !strings.Contains(body, "last read") {
		t.Error("the link is shown again, or isn't known to be read")
	}
	feeds, err := d.Mailings.Feeds(t.Context(), d.Label.ID)
	if err != nil || len(feeds) != 1 {
		t.Fatal(feeds, err)
	}
	s.post(fmt.Sprintf("/calendar/feeds/%d/revoke?label=nl", feeds[0].ID), url.Values{})
	if got := program.get(path); got.status != http.StatusNotFound {
		t.Errorf("the link that was taken back opens: %d", got.status)
	}
}

func TestMoveSaysWhatFallsAndCanBeUndone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, testSlot))
	path := fmt.Sprintf("/mailings/%d/move", m.ID)
	s := d.as("planner")
	if body := s.get(path + "?to=2026-11-26").body; !strings.Contains(body, "every approval falls") || !strings.Contains(body, `value="2026-11-26"`) {
		t.Fatalf("the move doesn't say what it undoes: %s", body)
	}
	if r := s.post(path, url.Values{"day": {"2026-11-01"}, "time": {"10:00"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "has passed") {
		t.Errorf("it moved into the past: %d", r.status)
	}
	r := s.post(path, url.Values{"day": {"2026-11-26"}, "time": {"11:30"}})
	if r.status != http.StatusSeeOther || d.slotOf(m.ID) != "2026-11-26T11:30" || d.read(m.ID).State != mailings.Draft {
		t.Fatalf("moving: %d, it goes out %s as %s", r.status, d.slotOf(m.ID), d.read(m.ID).State)
	}
	back := s.get(r.header.Get("Location"))
	if !strings.Contains(back.body, "Back to 2026-11-24 10:00") {
		t.Error("the calendar offers no way back")
	}
	if r := s.post(path, url.Values{"day": {"2026-11-24"}, "time": {"10:00"}}); r.status != http.StatusSeeOther || d.slotOf(m.ID) != testSlot {
		t.Errorf("going back: %d, it goes out %s", r.status, d.slotOf(m.ID))
	}
}

// slotOf returns when the newest revision goes out.
func (d *testDesk) slotOf(id mailings.ID) string {
	d.t.Helper()
	content, err := d.Mailings.Content(d.t.Context(), *d.read(id).RevisionID)
	if err != nil {
		d.t.Fatal(err)
	}
	return content.Schedule.At.String()
}

func TestOverlapIsCountedForAPair(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	a, _ := d.Draft(t, d.Brief(t, testSlot))
	b, _ := d.Draft(t, d.Brief(t, "2026-11-26T10:00"))
	s := d.as("viewer")
	if body := s.get("/calendar?label=nl").body; !strings.Contains(body, "Zonvakantie twice within a week") {
		t.Error("the clash isn't told")
	}
	if r := s.get(fmt.Sprintf("/calendar/overlap?label=nl&a=%d&b=%d", a.ID, b.ID)); !strings.Contains(r.body, "3 members are in both audiences") {
		t.Errorf("the overlap is %d %s", r.status, r.body)
	}
	if r := s.get("/calendar?label=nl&format=csv"); strings.Count(r.body, "Winterzon solo") != 2 {
		t.Errorf("the table is %s", r.body)
	}
}

// fillMonth fills the month with mailings in every state.
func (d *testDesk) fillMonth() mailings.Mailing {
	d.t.Helper()
	if _, err := d.Labels.Update(d.t.Context(), d.Label.ID, func(l *labels.Label) error {
		l.Caps = []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 2}}
		l.BlackoutDates = []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 11, Day: 29}, Reason: "verhuizing"}}
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	m, _ := d.Approved(d.t, d.Brief(d.t, testSlot))
	if err := d.deps.Scheduler.Tick(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.submitted(d.Brief(d.t, "2026-11-26T09:30"))
	d.Draft(d.t, d.Brief(d.t, "2026-11-26T14:00"))
	house := d.Brief(d.t, "2026-11-27T10:00")
	house.Placements = nil
	house.Schedule = mailings.Schedule{Kind: mailings.Recurring, Cron: "0 8 * * 1"}
	d.Draft(d.t, house)
	return m
}

func TestDragMovesAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m := d.fillMonth()
	w := d.browse("planner", desktop)
	w.open("/calendar?label=nl")
	w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const entry = document.querySelector('[data-move="/mailings/%d/move"]'), day = document.querySelector('[data-day="2026-11-28"]');
		const carry = (where, kind) => where.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: new DataTransfer()}));
		carry(entry, "dragstart"); carry(day, "dragover"); carry(day, "drop"); carry(entry, "dragend");
	})()`, m.ID)), chromedp.WaitVisible(css("dialog .notice.care")))
	w.shoot("calendar-drag")
	w.do(chromedp.Submit(css("dialog #day")), chromedp.WaitVisible(css(".notice.good")))
	if got := d.slotOf(m.ID); got != "2026-11-28T10:00" {
		t.Errorf("it goes out %s", got)
	}
}

func TestLookAtCalendar(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	d.fillMonth()
	d.look("planner", "calendar", "/calendar?label=nl")
	w := d.browse("planner", desktop)
	if _, err := d.Accounts.Update(t.Context(), d.users["planner"].ID, func(u *accounts.User) error { u.Locale = "nl"; return nil }); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"calendar-week": "/calendar?label=nl&mode=week", "calendar-list": "/calendar?label=nl&mode=list"} {
		w.open(path)
		w.shoot(name)
		w.accessible(name)
	}
}

func TestBarsSayHowMuchOfTheCapIsSpent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	d.fillMonth()
	body := d.as("viewer").get("/calendar/contacts?label=nl&from=2026-11-23&until=2026-11-30").body
	for _, want := range []string{`id="contacts-2026-11-24"`, "40 of 80 contacts in the 7 days up to here (2 per member)", "80 of 80 contacts"} {
		if !strings.Contains(body, want) {
			t.Errorf("the bars don't say %q: %s", want, body)
		}
	}
	if strings.Contains(body, `id="contacts-2026-11-23"`) {
		t.Error("a day before anything goes out has a bar")
	}
}
