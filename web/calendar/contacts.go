package calendar

import (
	"keur/internal/civil"
	"keur/labels"
	"keur/members"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/entries"
)

// spending is how much of what a cap allows the members' contacts use up, in
// the window that ends with a day.
type spending struct {
	Day  string
	Used int
	Most int
	Cap  labels.Cap
	Over bool // more than all members together may get
}

// contacts fills the thin bars under the days. For it the members are estimated
// who want mail, for which the calendar itself doesn't wait.
func (s *Screen) contacts(x *desk.Exchange) error {
	from, err := civil.ParseDate(x.Query("from"))
	if err != nil {
		return desk.NotHere()
	}
	until, err := civil.ParseDate(x.Query("until"))
	if err != nil || until.Compare(from.AddDays(mostDays)) > 0 {
		return desk.NotHere()
	}
	caps, longest := labelCaps(x.Label)
	willing, err := s.Audiences.Estimate(
		x.Context(), x.Label.ID, segments.Rule{Consent: &segments.Consent{Kind: string(members.MailConsent), Given: true}},
	)
	if err != nil {
		return err
	}
	found, err := s.Entries.Between(x, []labels.ID{x.Label.ID}, from.AddDays(-longest), until)
	if err != nil {
		return err
	}
	var days []spending
	for day := from; day.Compare(until) < 0; day = day.AddDays(1) {
		days = append(days, spent(found, day, caps, willing.N))
	}
	return x.Part("calendar/calendar", "contacts", days)
}

// mostDays bounds for how many days contacts are asked at once.
const mostDays = 62

// labelCaps are the caps on all mail of the label, and the days of the longest.
func labelCaps(l *labels.Label) (caps []labels.Cap, longest int) {
	for _, c := range l.Caps {
		if c.Scope == labels.PerLabel {
			caps, longest = append(caps, c), max(longest, c.Days)
		}
	}
	return caps, longest
}

// spent finds the cap that the contacts up to a day come closest to.
func spent(found []entries.Entry, day civil.Date, caps []labels.Cap, members int) spending {
	closest := spending{Day: day.String()}
	for _, c := range caps {
		used := 0
		for _, e := range found {
			if e.Day.Compare(day) <= 0 && e.Day.Compare(day.AddDays(-c.Days)) > 0 {
				used += e.Contacts()
			}
		}
		most := members * c.AtMost
		if most > 0 && (closest.Most == 0 || used*closest.Most > closest.Used*most) {
			closest = spending{Day: closest.Day, Used: used, Most: most, Cap: c, Over: used > most}
		}
	}
	return closest
}
