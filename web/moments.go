package web

import (
	"time"

	"keur/mailings"
)

// sayWhen says when a schedule goes out: once at its moment, or again and again,
// next at one.
func (v *visit) sayWhen(s *mailings.Schedule, zone *time.Location) string {
	if s.Kind == mailings.Once {
		return v.Say.When(s.At.In(zone), v.now(), zone)
	}
	next, ok := s.Next(zone, v.now())
	if !ok {
		return v.Say.T("approvals.never")
	}
	moment := v.Say.When(next.At, v.now(), zone)
	if s.Kind == mailings.Series {
		return v.Say.T("approvals.series", "days", s.Step.Days, "when", moment)
	}
	return v.Say.T("approvals.recurring", "when", moment)
}
