package calendar

import (
	"cmp"
	"fmt"
	"slices"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/mailings"
	"keur/reports"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/entries"
)

// clash is a pair of mailings that stand too close together, by the moments at
// which they are closest.
type clash struct {
	entries.Nearness
	More int // how many other moments of the two are too close
}

// clashesIn returns the pairs of which at least one lies within the days that
// are shown, each pair of mailings once. First stand those of one advertiser,
// then those of one category; of these the closest, then the soonest.
func clashesIn(all []entries.Entry, from, until civil.Date) []clash {
	within := func(e entries.Entry) bool { return e.Day.Compare(from) >= 0 && e.Day.Compare(until) < 0 }
	var pairs []entries.Nearness
	for _, e := range all {
		for _, c := range e.Close {
			// The later one of a pair can be changed, and so has it.
			if c.B.Mailing == e.Mailing && c.B.At.Equal(e.At) && (within(c.A) || within(c.B)) {
				pairs = append(pairs, c)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b entries.Nearness) int {
		return cmp.Or(cmp.Compare(rank(a.Why), rank(b.Why)), cmp.Compare(a.Apart(), b.Apart()), a.A.At.Compare(b.A.At))
	})
	var found []clash
	for _, p := range pairs {
		same := func(c clash) bool {
			ids := func(n entries.Nearness) [2]mailings.ID {
				return [2]mailings.ID{min(n.A.Mailing, n.B.Mailing), max(n.A.Mailing, n.B.Mailing)}
			}
			return c.Why == p.Why && ids(c.Nearness) == ids(p)
		}
		if at := slices.IndexFunc(found, same); at >= 0 {
			found[at].More++
			continue
		}
		found = append(found, clash{Nearness: p})
	}
	return found
}

// rank is how much a clash weighs, the heaviest first.
func rank(why reports.Clash) int {
	return slices.Index([]reports.Clash{reports.SameAdvertiser, reports.SameCategory}, why)
}

// bothView is how many members two mailings both reach.
type bothView struct {
	segments.Overlapped
	A, B mailings.Mailing
}

// ShareOfA and ShareOfB say which part of each audience that is.
func (o bothView) ShareOfA() float64 { return shareOf(o.Both, o.Both+o.OnlyA) }

// ShareOfB is the same for the other.
func (o bothView) ShareOfB() float64 { return shareOf(o.Both, o.Both+o.OnlyB) }

func shareOf(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// overlap counts whom two mailings' segments both hold. It takes a while, so it
// is done for a pair when somebody asks.
func (s *Screen) overlap(x *desk.Exchange) error {
	view := bothView{}
	var err error
	var a, b segments.Rule
	if view.A, a, err = s.audienceOf(x, x.Query("a")); err != nil {
		return err
	}
	if view.B, b, err = s.audienceOf(x, x.Query("b")); err != nil {
		return err
	}
	if view.Overlapped, err = s.Audiences.Overlap(x.Context(), x.Label.ID, a, b); err != nil {
		return err
	}
	if few := desk.Few(x, desk.Discreet(x, &view.Overlapped)); few != "" {
		return x.Part("calendar/calendar", "few", few)
	}
	return x.Part("calendar/calendar", "overlap", view)
}

// audienceOf reads whom a mailing of the page's label is for.
func (s *Screen) audienceOf(x *desk.Exchange, text string) (m mailings.Mailing, rule segments.Rule, err error) {
	var id mailings.ID
	if _, err := fmt.Sscan(text, &id); err != nil {
		return m, rule, desk.NotHere()
	}
	if m, err = s.Mailings.Get(x.Context(), id); err != nil {
		return m, rule, desk.Hidden(err)
	}
	if m.LabelID != x.Label.ID {
		return m, rule, desk.NotHere()
	}
	if m.RevisionID == nil {
		return m, rule, fault.New(fault.Conflict, "mailings.no_content")
	}
	content, err := s.Mailings.Content(x.Context(), *m.RevisionID)
	if err != nil {
		return m, rule, err
	}
	for _, ref := range content.Audience.Segments {
		rule.Any = append(rule.Any, ref.Rule)
	}
	return m, rule, nil
}
