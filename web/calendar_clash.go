package web

import (
	"fmt"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/mailings"
	"keur/reports"
	"keur/segments"
)

// How many days two mailings that have something in common should be apart.
const (
	clashDays    = 7 // the same advertiser
	categoryDays = 3 // the same category
)

// nearness is a pair of mailings that stand too close to each other.
type nearness struct {
	A, B entry // A goes out first
	Why  reports.Clash
	Name string // of what they share
}

// markClashes tells each entry with which others it clashes. The entries are in
// the order of their moments.
func markClashes(all []entry) {
	for i := range all {
		for j := i + 1; j < len(all) && all[j].At.Sub(all[i].At) < clashDays*24*time.Hour; j++ {
			a, b := &all[i], &all[j]
			if a.Mailing == b.Mailing || a.Label != b.Label {
				continue
			}
			why, name := a.Clashes(&b.Occasion)
			if why == "" || why == reports.SameCategory && b.At.Sub(a.At) >= categoryDays*24*time.Hour {
				continue
			}
			c := nearness{A: *a, B: *b, Why: why, Name: name}
			a.Close, b.Close = append(a.Close, c), append(b.Close, c)
		}
	}
}

// clashesIn returns the pairs of which at least one lies within the days that
// are shown and hasn't gone out yet.
func clashesIn(all []entry, from, until civil.Date) []nearness {
	var found []nearness
	for _, e := range all {
		for _, c := range e.Close {
			within := func(e entry) bool { return e.Day.Compare(from) >= 0 && e.Day.Compare(until) < 0 }
			if c.A.Mailing == e.Mailing && c.A.At.Equal(e.At) && (within(c.A) || within(c.B)) && !c.B.Started {
				found = append(found, c)
			}
		}
	}
	return found
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
func (v *visit) overlap() error {
	view := bothView{}
	var err error
	var a, b segments.Rule
	if view.A, a, err = v.audienceOf(v.Query("a")); err != nil {
		return err
	}
	if view.B, b, err = v.audienceOf(v.Query("b")); err != nil {
		return err
	}
	if view.Overlapped, err = v.Audiences.Overlap(v.ctx(), v.Label.ID, a, b); err != nil {
		return err
	}
	return v.part("calendar", "overlap", view)
}

// audienceOf reads whom a mailing of the page's label is for.
func (v *visit) audienceOf(text string) (m mailings.Mailing, rule segments.Rule, err error) {
	var id mailings.ID
	if _, err := fmt.Sscan(text, &id); err != nil {
		return m, rule, notHere()
	}
	if m, err = v.Mailings.Get(v.ctx(), id); err != nil {
		return m, rule, err
	}
	if m.LabelID != v.Label.ID {
		return m, rule, notHere()
	}
	if m.RevisionID == nil {
		return m, rule, fault.New(fault.Conflict, "this mailing has no content yet, so nobody can be counted")
	}
	content, err := v.Mailings.Content(v.ctx(), *m.RevisionID)
	if err != nil {
		return m, rule, err
	}
	for _, ref := range content.Audience.Segments {
		rule.Any = append(rule.Any, ref.Rule)
	}
	return m, rule, nil
}
