package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/web/desk"
	"keur/web/desk/entries"
)

func (s *Screen) calendarRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/calendar", desk.Under(accounts.Viewer), s.calendar),
		desk.Get("/calendar/contacts", desk.Under(accounts.Viewer), s.contacts),
		desk.Get("/calendar/overlap", desk.Under(accounts.Viewer), s.overlap),
		desk.Post("/calendar/feeds", desk.Under(accounts.Viewer), s.openFeed),
		desk.Post("/calendar/feeds/:feed/revoke", desk.Under(accounts.Viewer), s.revokeFeed),
		desk.Get("/calendar/feed/:token", desk.Strangers(), s.feed),
		desk.Get("/mailings/:mailing/move", desk.OfMailing(s.Mailings, accounts.Planner), s.askMove),
		desk.Post("/mailings/:mailing/move", desk.OfMailing(s.Mailings, accounts.Planner), s.move),
	}
}

// calendarView is the mailings of a month, a week or some weeks, day by day.
type calendarView struct {
	List        desk.Listing
	Mode        string // month, week or list
	Modes       []desk.Choice
	Title       string
	Prev, Next  civil.Date
	From, Until civil.Date // Until is the first day after
	Weekdays    []string
	Days        []calendarDay
	Clashes     []clash
	All         bool // all labels, not just the one
	Zone        *time.Location
	Moved       *movedView
	Feeds       []mailings.Feed
	FeedURL     string // of the one made just now, shown this once
	Plans       bool   // the user may move mailings
}

// calendarDay is one day with what goes out on it.
type calendarDay struct {
	Date     civil.Date
	Name     string
	Outside  bool // of another month
	Today    bool
	Past     bool
	Blackout string // why no mail leaves
	Closed   bool
	Entries  []entries.Entry
	Runs     []entries.Run // series; of a list, over all its days, on the first
	Contacts int           // members' contacts that are planned or spent
}

// Bare reports whether nothing goes out, or only a series goes on that began before.
func (d calendarDay) Bare() bool {
	return len(d.Entries) == 0 && !slices.ContainsFunc(d.Runs, func(r entries.Run) bool { return r.Begins })
}

func (s *Screen) calendar(x *desk.Exchange) error {
	view, err := s.calendarView(x)
	if err != nil {
		return err
	}
	if desk.WantsFile(x) {
		return s.exportCalendar(x, &view)
	}
	view.join()
	return x.Show("calendar/calendar", view)
}

// join puts the steps of series together: on each day, or in a list on the first
// of their days.
func (v *calendarView) join() {
	first, warned := map[series.ID][2]int{}, map[series.ID]bool{} // first: the day and place of each series' run
	for i := range v.Days {
		day := &v.Days[i]
		alone, runs := entries.Apart(day.Entries)
		day.Entries = alone
		for _, run := range runs {
			at, known := first[run.Series]
			switch {
			case !known:
				first[run.Series] = [2]int{i, len(day.Runs)}
				run.Begins = true
			case v.Mode == "list":
				whole := &v.Days[at[0]].Runs[at[1]]
				whole.Until, whole.Steps = run.Until, append(whole.Steps, run.Steps...)
				continue
			}
			run.Named = run.Begins || monday(day.Date) == day.Date
			run.Warns = run.Close() && !warned[run.Series]
			warned[run.Series] = warned[run.Series] || run.Warns
			day.Runs = append(day.Runs, run)
		}
	}
}

func (s *Screen) calendarView(x *desk.Exchange) (calendarView, error) {
	view := calendarView{
		List: desk.NewListing(x), Mode: x.Query("mode"), Zone: x.Zone(), All: x.Query("all") == "yes", Plans: x.Can(accounts.Planner),
	}
	for _, mode := range []string{"", "week", "list"} {
		view.Modes = append(view.Modes, desk.Choice{Value: mode, Word: x.Say.Of("calendar_mode", "mode_"+mode)})
	}
	s.setSpan(x, &view)
	found, err := s.Entries.Between(
		x, s.calendarLabels(x, view.All), view.From.AddDays(-entries.ClashDays), view.Until.AddDays(entries.ClashDays),
	)
	if err != nil {
		return view, err
	}
	view.Clashes = clashesIn(found, view.From, view.Until)
	s.fillDays(x, &view, found)
	if view.Moved, err = s.justMoved(x); err != nil {
		return view, err
	}
	view.Feeds, err = s.Feeds.List(x.Context(), x.Label.ID)
	return view, err
}

// calendarLabels are the labels that the calendar shows.
func (s *Screen) calendarLabels(x *desk.Exchange, all bool) []labels.ID {
	if all {
		return x.Seen()
	}
	return []labels.ID{x.Label.ID}
}

// listDays is how many days the list shows at once.
const listDays = 42

// setSpan finds out which days are shown: whole weeks around the month, one
// week, or the list's.
func (s *Screen) setSpan(x *desk.Exchange, view *calendarView) {
	today := civil.DateOf(x.Now().In(view.Zone))
	at, err := civil.ParseDate(x.Query("from"))
	if err != nil {
		at = today
	}
	switch view.Mode {
	case "week":
		view.From = monday(at)
		view.Until, view.Prev, view.Next = view.From.AddDays(7), view.From.AddDays(-7), view.From.AddDays(7)
		view.Title = x.Say.T("calendar.week", "from", desk.SayDate(x, view.From), "until", desk.SayDate(x, view.From.AddDays(6)))
	case "list":
		view.From = at
		view.Until, view.Prev, view.Next = at.AddDays(listDays), at.AddDays(-listDays), at.AddDays(listDays)
		view.Title = x.Say.T("calendar.week", "from", desk.SayDate(x, view.From), "until", desk.SayDate(x, view.Until.AddDays(-1)))
	default:
		view.Mode = ""
		first := civil.Date{Year: at.Year, Month: at.Month, Day: 1}
		view.From, view.Prev, view.Next = monday(first), first.AddDays(-1), first.AddDays(32)
		view.Next.Day, view.Prev.Day = 1, 1
		view.Until = monday(view.Next.AddDays(6))
		view.Title = x.Say.Month(desk.Noon(first))
	}
	view.Weekdays = x.Say.Weekdays()
}

// fillDays puts what was found on its days.
func (s *Screen) fillDays(x *desk.Exchange, view *calendarView, found []entries.Entry) {
	today := civil.DateOf(x.Now().In(view.Zone))
	wanted, state := strings.ToLower(view.List.Get("q")), view.List.Get("state")
	for day := view.From; day.Compare(view.Until) < 0; day = day.AddDays(1) {
		d := calendarDay{Date: day, Name: x.Say.ShortDay(desk.Noon(day), x.Now()), Today: day == today, Past: day.Compare(today) < 0}
		d.Outside = view.Mode == "" && day.Month != view.Next.AddDays(-1).Month
		if at := slices.IndexFunc(x.Label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }); at >= 0 && !view.All {
			d.Closed, d.Blackout = true, x.Label.BlackoutDates[at].Reason
		}
		for _, e := range found {
			if e.Day != day {
				continue
			}
			d.Contacts += e.Contacts()
			if holds(e, wanted) && (state == "" || state == string(e.State)) {
				d.Entries = append(d.Entries, e)
			}
		}
		view.Days = append(view.Days, d)
	}
}

// holds reports whether a mailing's name, or its series', has a text in lower case.
func holds(e entries.Entry, wanted string) bool {
	return wanted == "" || strings.Contains(strings.ToLower(e.Name+"\n"+e.SeriesName), wanted)
}

// exportCalendar writes what is shown as a table.
func (s *Screen) exportCalendar(x *desk.Exchange, view *calendarView) error {
	var all []entries.Entry
	for _, d := range view.Days {
		all = append(all, d.Entries...)
	}
	type row = entries.Entry
	columns := []tables.Column[row]{
		tables.DayOf("day", func(e row) civil.Date { return e.Day }),
		tables.TextOf("time", func(e row) string { return x.Say.Clock(e.At.In(e.Zone)) }),
		tables.TermOf("zone", func(e row) (string, string) { return e.Zone.String(), words.Place(e.Zone) }),
		tables.IDOf("mailing_id", func(e row) mailings.ID { return e.Mailing }),
		tables.TextOf("name", func(e row) string { return e.Name }),
		tables.TextOf("series", func(e row) string { return e.SeriesName }),
		tables.TermOf("kind", func(e row) (string, string) { return desk.WordOf(x, "mailing_kind", e.Kind) }),
		tables.TermOf("state", func(e row) (string, string) { return desk.WordOf(x, "mailing_state", e.State) }),
		tables.TermOf("send_state", func(e row) (string, string) { return desk.WordOf(x, "send_state", e.SendState) }),
		tables.TermOf("passed", func(e row) (string, string) { return strconv.FormatBool(e.Passed), desk.YesOrNo(x, e.Passed) }),
		tables.TextOf("advertisers", func(e row) string { return advertisersOf(e.Placed, x.Say) }),
		tables.CountOf("members", func(e row) int { return e.Reached() }),
	}
	whole := func(paging.Ask) (paging.Page[entries.Entry], error) { return paging.Whole(all), nil }
	return desk.Export(x, "calendar-"+x.Label.Code, x.Say.T("section.calendar"), columns, whole)
}

// monday is the first day of the week that a day is in.
func monday(d civil.Date) civil.Date {
	return d.AddDays(-(int(desk.Noon(d).Weekday()) + 6) % 7)
}
