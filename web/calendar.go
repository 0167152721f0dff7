package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
)

func (d *door) calendarRoutes() []route {
	return []route{
		{http.MethodGet, "/calendar", under(accounts.Viewer), (*visit).calendar},
		{http.MethodGet, "/calendar/contacts", under(accounts.Viewer), (*visit).contacts},
		{http.MethodGet, "/calendar/overlap", under(accounts.Viewer), (*visit).overlap},
		{http.MethodPost, "/calendar/feeds", under(accounts.Viewer), (*visit).openFeed},
		{http.MethodPost, "/calendar/feeds/:feed/revoke", under(accounts.Viewer), (*visit).revokeFeed},
		{http.MethodGet, "/calendar/feed/:token", strangers(), (*visit).feed},
		{http.MethodGet, "/mailings/:mailing/move", ofMailing(accounts.Planner), (*visit).askMove},
		{http.MethodPost, "/mailings/:mailing/move", ofMailing(accounts.Planner), (*visit).move},
	}
}

// calendarView is the mailings of a month, a week or some weeks, day by day.
type calendarView struct {
	List        listing
	Mode        string // month, week or list
	Modes       []choice
	Title       string
	Prev, Next  civil.Date
	From, Until civil.Date // Until is the first day after
	Weekdays    []string
	Days        []calendarDay
	Clashes     []nearness
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
	Entries  []entry
	Contacts int // members' contacts that are planned or spent
}

func (v *visit) calendar() error {
	view, err := v.calendarView()
	if err != nil {
		return err
	}
	if v.wantsCSV() {
		return v.exportCalendar(&view)
	}
	return v.show("calendar", view)
}

func (v *visit) calendarView() (calendarView, error) {
	view := calendarView{List: v.newListing(), Mode: v.Query("mode"), Zone: v.zone(), All: v.Query("all") == "yes", Plans: v.can(accounts.Planner)}
	for _, mode := range []string{"", "week", "list"} {
		view.Modes = append(view.Modes, choice{mode, v.Say.Of("calendar_mode", "mode_"+mode)})
	}
	v.setSpan(&view)
	found, err := v.entries(v.calendarLabels(view.All), view.From.AddDays(-clashDays), view.Until.AddDays(clashDays))
	if err != nil {
		return view, err
	}
	view.Clashes = clashesIn(found, view.From, view.Until)
	v.fillDays(&view, found)
	if view.Moved, err = v.justMoved(); err != nil {
		return view, err
	}
	view.Feeds, err = v.Mailings.Feeds(v.ctx(), v.Label.ID)
	return view, err
}

// calendarLabels are the labels that the calendar shows.
func (v *visit) calendarLabels(all bool) []labels.ID {
	if all {
		return v.seen()
	}
	return []labels.ID{v.Label.ID}
}

// listDays is how many days the list shows at once.
const listDays = 42

// setSpan finds out which days are shown: whole weeks around the month, one
// week, or the list's.
func (v *visit) setSpan(view *calendarView) {
	today := civil.DateOf(v.now().In(view.Zone))
	at, err := civil.ParseDate(v.Query("from"))
	if err != nil {
		at = today
	}
	switch view.Mode {
	case "week":
		view.From = monday(at)
		view.Until, view.Prev, view.Next = view.From.AddDays(7), view.From.AddDays(-7), view.From.AddDays(7)
		view.Title = v.Say.T("calendar.week", "from", v.sayDate(view.From), "until", v.sayDate(view.From.AddDays(6)))
	case "list":
		view.From = at
		view.Until, view.Prev, view.Next = at.AddDays(listDays), at.AddDays(-listDays), at.AddDays(listDays)
		view.Title = v.Say.T("calendar.week", "from", v.sayDate(view.From), "until", v.sayDate(view.Until.AddDays(-1)))
	default:
		view.Mode = ""
		first := civil.Date{Year: at.Year, Month: at.Month, Day: 1}
		view.From, view.Prev, view.Next = monday(first), first.AddDays(-1), first.AddDays(32)
		view.Next.Day, view.Prev.Day = 1, 1
		view.Until = monday(view.Next.AddDays(6))
		view.Title = v.Say.Month(noon(first))
	}
	view.Weekdays = v.Say.Weekdays()
}

// fillDays puts what was found on its days.
func (v *visit) fillDays(view *calendarView, found []entry) {
	today := civil.DateOf(v.now().In(view.Zone))
	wanted, state := strings.ToLower(view.List.Get("q")), view.List.Get("state")
	for day := view.From; day.Compare(view.Until) < 0; day = day.AddDays(1) {
		d := calendarDay{Date: day, Name: v.Say.ShortDay(noon(day), v.now()), Today: day == today, Past: day.Compare(today) < 0}
		d.Outside = view.Mode == "" && day.Month != view.Next.AddDays(-1).Month
		if at := slices.IndexFunc(v.Label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }); at >= 0 && !view.All {
			d.Closed, d.Blackout = true, v.Label.BlackoutDates[at].Reason
		}
		for _, e := range found {
			if e.Day != day {
				continue
			}
			d.Contacts += e.Reached()
			if (wanted == "" || strings.Contains(strings.ToLower(e.Name), wanted)) && (state == "" || state == string(e.State)) {
				d.Entries = append(d.Entries, e)
			}
		}
		view.Days = append(view.Days, d)
	}
}

// exportCalendar writes what is shown as a table.
func (v *visit) exportCalendar(view *calendarView) error {
	var all []entry
	for _, d := range view.Days {
		all = append(all, d.Entries...)
	}
	header := []string{"day", "time", "zone", "mailing_id", "name", "kind", "state", "send_state", "advertisers", "members"}
	whole := func(paging.Ask) (paging.Page[entry], error) { return paging.Whole(all), nil }
	return export(v, "calendar-"+v.Label.Code, header, whole, func(e entry) []string {
		return []string{
			e.Day.String(), v.Say.Clock(e.At.In(e.Zone)), e.Zone.String(), itoa(e.Mailing), e.Name, string(e.Kind), string(e.State),
			string(e.SendState), advertisersOf(e.Placed, v.Say), itoa(e.Reached()),
		}
	})
}

// monday is the first day of the week that a day is in.
func monday(d civil.Date) civil.Date {
	return d.AddDays(-(int(noon(d).Weekday()) + 6) % 7)
}

// noon is a moment of the day, for words that are made of moments.
func noon(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

func (v *visit) sayDate(d civil.Date) string { return v.Say.Date(noon(d)) }
