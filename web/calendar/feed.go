package calendar

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/internal/civil"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/entries"
)

// openFeed makes a secret link to the label's calendar and shows it, once.
func (s *Screen) openFeed(x *desk.Exchange) error {
	token, err := s.Feeds.Open(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	view, err := s.calendarView(x)
	if err != nil {
		return err
	}
	view.join()
	view.FeedURL = desk.Address(x, "/calendar/feed/"+token+".ics")
	return x.Show("calendar/calendar", view)
}

func (s *Screen) revokeFeed(x *desk.Exchange) error {
	id, err := x.ID("feed")
	if err != nil {
		return err
	}
	if err := s.Feeds.Revoke(x.Context(), x.Label.ID, id); err != nil {
		return err
	}
	return x.GoTo("/calendar?label=" + x.Label.Code)
}

// How many days of the calendar a feed holds.
const (
	feedBack  = 31
	feedAhead = 120
)

// feed hands a label's calendar to a calendar program, which can't sign in: the
// token in the address is its key.
func (s *Screen) feed(x *desk.Exchange) error {
	f, err := s.Feeds.ByToken(x.Context(), strings.TrimSuffix(x.Param("token"), ".ics"))
	if err != nil {
		return err
	}
	l, err := s.Labels.Get(x.Context(), f.LabelID)
	if err != nil {
		return err
	}
	x.Sees, x.Label, x.Say = []labels.Label{l}, &l, desk.Book(x).In(l.Locale)
	today := civil.DateOf(x.Now().In(l.Location()))
	found, err := s.Entries.Between(x, []labels.ID{l.ID}, today.AddDays(-feedBack), today.AddDays(feedAhead))
	if err != nil {
		return err
	}
	// What was never sent and has passed comes no more.
	found = slices.DeleteFunc(found, func(e entries.Entry) bool { return e.Send == 0 && e.At.Before(x.Now()) })
	x.Send(http.StatusOK, "text/calendar; charset=utf-8", []byte(ics(&l, found, x.Say, x.Now())))
	return nil
}

// ics writes entries as iCalendar (RFC 5545), a series as one event over its days.
func ics(l *labels.Label, found []entries.Entry, say words.Speaker, now time.Time) string {
	var out strings.Builder
	line := func(name, value string) { fold(&out, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Keur//Calendar//EN")
	line("NAME", escaped(l.Name))
	line("X-WR-CALNAME", escaped(l.Name))
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	alone, runs := entries.Apart(found)
	for _, r := range runs {
		line("BEGIN", "VEVENT")
		line("UID", fmt.Sprintf("series-%d@%s", r.Series, l.ListID))
		line("DTSTAMP", stamp(now))
		line("DTSTART;VALUE=DATE", dateOf(r.From))
		line("DTEND;VALUE=DATE", dateOf(r.Until.AddDays(1)))
		line("SUMMARY", escaped(r.Name+" ("+say.Of(r.Family(), r.Current())+")"))
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	for _, e := range alone {
		line("BEGIN", "VEVENT")
		line("UID", fmt.Sprintf("mailing-%d-%d@%s", e.Mailing, e.At.Unix(), l.ListID))
		line("DTSTAMP", stamp(now))
		line("DTSTART", stamp(e.At))
		line("DTEND", stamp(e.At.Add(time.Hour)))
		line("SUMMARY", escaped(e.Name+" ("+say.Of(e.Family(), e.Current())+")"))
		if text := advertisersOf(e.Placed, say); text != "" {
			line("DESCRIPTION", escaped(text))
		}
		line("STATUS", statusOf(e))
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return out.String()
}

func advertisersOf(placed []reports.Placed, say words.Speaker) string {
	names := make([]string, len(placed))
	for i, p := range placed {
		names[i] = p.Name
	}
	return say.List(names)
}

// statusOf is confirmed once there is a send that goes on, and cancelled when it
// won't (RFC 5545, 3.8.1.11).
func statusOf(e entries.Entry) string {
	switch {
	case e.Send == 0, e.Passed, e.SendState == mailings.Held:
		return "TENTATIVE"
	case e.SendState == mailings.Missed, e.SendState == mailings.SendCancelled:
		return "CANCELLED"
	}
	return "CONFIRMED"
}

// dateOf writes a date without a time (RFC 5545, 3.3.4).
func dateOf(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escaped writes text so that it stays one value (RFC 5545, 3.3.11).
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(text)
}

// octets is how long a line of iCalendar may be (RFC 5545, 3.1).
const octets = 75

// fold writes a line, broken into such as are short enough, never within a
// character.
func fold(out *strings.Builder, text string) {
	room := octets
	for _, r := range text {
		if n := len(string(r)); n > room {
			out.WriteString("\r\n ")
			room = octets - 1
		}
		out.WriteRune(r)
		room -= len(string(r))
	}
	out.WriteString("\r\n")
}
