package calendar_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/approvaltest"
	"keur/internal/civil"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/webtest"
)

var feedShape = regexp.MustCompile(`/calendar/feed/[A-Za-z0-9_-]+\.ics`)

func TestFeedOpensWithoutSignInUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Approved(t, d.Brief(t, webtest.TestSlot))
	s := d.As("viewer")
	path := feedShape.FindString(s.Post("/calendar/feeds?label=nl", url.Values{}).Body)
	if path == "" {
		t.Fatal("no link was shown")
	}
	program := d.As("")
	got := program.Get(path)
	if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/calendar") || !strings.Contains(got.Body, "DTSTART:20261124T090000Z\r\n") ||
		!strings.Contains(got.Body, "Winterzon solo") {
		t.Errorf("the feed is %d %s", got.Status, got.Body)
	}
	if body := s.Get("/calendar?label=nl").Body; strings.Contains(body, path) || !strings.Contains(body, "last read") {
		t.Error("the link is shown again, or isn't known to be read")
	}
	feeds, err := d.Deps.Feeds.List(t.Context(), d.Label.ID)
	if err != nil || len(feeds) != 1 {
		t.Fatal(feeds, err)
	}
	s.Post(fmt.Sprintf("/calendar/feeds/%d/revoke?label=nl", feeds[0].ID), url.Values{})
	if got := program.Get(path); got.Status != http.StatusNotFound {
		t.Errorf("the link that was taken back opens: %d", got.Status)
	}
}

// TestAdminsSeeEachLinkToACalendar, whoever made it, and end it.
func TestAdminsSeeEachLinkToACalendar(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	path := feedShape.FindString(d.As("viewer").Post("/calendar/feeds?label=nl", url.Values{}).Body)
	admin := d.As("admin")
	list := admin.Get("/settings/feeds").Body
	end := regexp.MustCompile(`/settings/feeds/[0-9]+/revoke`).FindString(list)
	if path == "" || end == "" || !strings.Contains(list, "Test Viewer") || strings.Contains(list, path) {
		t.Fatalf("it isn't listed, or shown again: %s", list)
	}
	admin.Post(end, url.Values{})
	if got := d.As("").Get(path); got.Status != http.StatusNotFound {
		t.Errorf("ended, it opens: %d", got.Status)
	}
}

func TestMoveSaysWhatFallsAndCanBeUndone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, _ := d.Approved(t, d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/mailings/%d/move", m.ID)
	s := d.As("planner")
	if body := s.Get(path + "?to=2026-11-26").Body; !strings.Contains(body, "every approval falls") ||
		!strings.Contains(body, `value="2026-11-26"`) {
		t.Fatalf("the move doesn't say what it undoes: %s", body)
	}
	if r := s.Post(path, url.Values{"day": {"2026-11-01"}, "time": {"10:00"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "has passed") {
		t.Errorf("it moved into the past: %d", r.Status)
	}
	r := s.Post(path, url.Values{"day": {"2026-11-26"}, "time": {"11:30"}})
	if r.Status != http.StatusSeeOther || slotOf(d, m.ID) != "2026-11-26T11:30" || d.Read(m.ID).State != mailings.Draft {
		t.Fatalf("moving: %d, it goes out %s as %s", r.Status, slotOf(d, m.ID), d.Read(m.ID).State)
	}
	back := s.Get(r.Header.Get("Location"))
	if !strings.Contains(back.Body, "Back to 24 November 2026, 10:00") {
		t.Error("the calendar offers no way back")
	}
	if r := s.Post(path, url.Values{"day": {"2026-11-24"}, "time": {"10:00"}}); r.Status != http.StatusSeeOther ||
		slotOf(d, m.ID) != webtest.TestSlot {
		t.Errorf("going back: %d, it goes out %s", r.Status, slotOf(d, m.ID))
	}
}

func TestMovingKeepsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	webtest.Prove(d, "approver")
	if r := d.As("approver").Post(fmt.Sprintf("/approvals/%d/changes", review),
		url.Values{"digest": {round.Digest.String()}, "reason": {"De prijs ontbreekt."}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	path := fmt.Sprintf("/mailings/%d/move", round.MailingID)
	r := d.As("planner").Post(path, url.Values{"day": {"2026-11-26"}, "time": {"11:30"}})
	if m := d.Read(round.MailingID); r.Status != http.StatusSeeOther || m.State != mailings.ChangesRequested ||
		*m.RevisionID != round.RevisionID {
		t.Errorf("%d: moved, it is %s at revision %d", r.Status, m.State, *m.RevisionID)
	}
	if at := d.Working().Brief.Schedule.At.String(); at != "2026-11-26T11:30" {
		t.Errorf("it goes out %s", at)
	}
	page := d.As("planner").Get(fmt.Sprintf("/mailings/%d/approval", round.MailingID)).Body
	if !strings.Contains(page, "De prijs ontbreekt.") {
		t.Error("what was asked for is gone")
	}
}

// slotOf returns when the newest revision goes out.
func slotOf(d *webtest.Desk, id mailings.ID) string {
	d.T.Helper()
	content, err := d.Mailings.Content(d.T.Context(), *d.Read(id).RevisionID)
	if err != nil {
		d.T.Fatal(err)
	}
	return content.Schedule.At.String()
}

func TestOverlapIsCountedForAPair(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	a, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	b, _ := d.Draft(t, d.Brief(t, "2026-11-26T10:00"))
	s := d.As("planner")
	if body := s.Get("/calendar?label=nl").Body; !strings.Contains(body, "Zonvakantie twice within a week") {
		t.Error("the clash isn't told")
	}
	if r := s.Get(fmt.Sprintf("/calendar/overlap?label=nl&a=%d&b=%d", a.ID, b.ID)); !strings.Contains(
		r.Body, "3 members are in both audiences",
	) {
		t.Errorf("the overlap is %d %s", r.Status, r.Body)
	}
	if r := s.Get("/calendar?label=nl&format=csv"); strings.Count(r.Body, "Winterzon solo") != 2 {
		t.Errorf("the table is %s", r.Body)
	}
}

// fillMonth fills the month with mailings in every state.
func fillMonth(d *webtest.Desk) mailings.Mailing {
	d.T.Helper()
	if _, err := d.Labels.Update(approvaltest.As(d.Maker), d.Label.ID, func(l *labels.Label) error {
		l.Caps = []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 2}}
		l.BlackoutDates = []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 11, Day: 29}, Reason: "verhuizing"}}
		return nil
	}); err != nil {
		d.T.Fatal(err)
	}
	m, _ := d.Approved(d.T, d.Brief(d.T, webtest.TestSlot))
	if err := d.Deps.Scheduler.Tick(d.T.Context()); err != nil {
		d.T.Fatal(err)
	}
	d.Submitted(d.Brief(d.T, "2026-11-26T09:30"))
	d.Draft(d.T, d.Brief(d.T, "2026-11-26T14:00"))
	house := d.Brief(d.T, "2026-11-27T10:00")
	house.Placements = nil
	house.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 8 * * 1"}
	d.Draft(d.T, house)
	return m
}

func TestDragMovesAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m := fillMonth(d)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/calendar?label=nl")
	w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const entry = document.querySelector('[data-move="/mailings/%d/move"]'), day = document.querySelector('[data-day="2026-11-28"]');
		const carry = (where, kind) => where.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: new DataTransfer()}));
		carry(entry, "dragstart"); carry(day, "dragover"); carry(day, "drop"); carry(entry, "dragend");
	})()`, m.ID)), chromedp.WaitVisible(webtest.CSS("dialog .notice.care")))
	w.Shoot("calendar-drag")
	w.Do(webtest.Send("dialog #day"), chromedp.WaitVisible(webtest.CSS(".notice.good")))
	if got := slotOf(d, m.ID); got != "2026-11-28T10:00" {
		t.Errorf("it goes out %s", got)
	}
}

func TestLookAtCalendar(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 40)
	fillMonth(d)
	d.Look("planner", "calendar", "/calendar?label=nl")
	w := d.Browse("planner", webtest.Desktop)
	if _, err := d.Accounts.Update(
		pgtest.Acting(t.Context(), "console:test"), d.Users["planner"].ID, func(u *accounts.User) error { u.Locale = "nl"; return nil },
	); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"calendar-week": "/calendar?label=nl&mode=week",
		"calendar-list": "/calendar?label=nl&mode=list"} {
		w.Open(path)
		w.Shoot(name)
		w.Accessible(name)
	}
}

func TestBarsSayHowMuchOfTheCapIsSpent(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 40)
	fillMonth(d)
	body := d.As("viewer").Get("/calendar/contacts?label=nl&from=2026-11-23&until=2026-11-30").Body
	for _, want := range []string{`id="contacts-2026-11-24"`, "40 of 80 contacts in the 7 days up to here (2 per member)", "80 of 80 contacts"} {
		if !strings.Contains(body, want) {
			t.Errorf("the bars don't say %q: %s", want, body)
		}
	}
	if strings.Contains(body, `id="contacts-2026-11-23"`) {
		t.Error("a day before anything goes out has a bar")
	}
}

// A slot that has passed isn't coming: what was missed is cancelled, and what
// never had a send is left out.
func TestFeedsShowNothingPastAsComing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Approved(t, d.Brief(t, webtest.TestSlot))
	d.Draft(t, d.Brief(t, webtest.TestSlot))
	s, program := d.As("viewer"), d.As("")
	path := feedShape.FindString(s.Post("/calendar/feeds?label=nl", url.Values{}).Body)
	if body := program.Get(path).Body; strings.Count(body, "BEGIN:VEVENT") != 2 {
		t.Fatalf("two are to come: %s", body)
	}
	d.Clock.Set(time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC))
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
			SELECT id, revision_id, label_id, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', 'missed' FROM mailings WHERE state = 'approved'`)
	})
	body := program.Get(path).Body
	if strings.Count(body, "BEGIN:VEVENT") != 1 || !strings.Contains(body, "STATUS:CANCELLED") ||
		strings.Contains(body, "STATUS:CONFIRMED") {
		t.Errorf("two hours later: %s", body)
	}
}
