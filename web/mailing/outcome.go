package mailing

import (
	"keur/web/desk"
	"keur/web/desk/outcome"
)

// outcomeStep is what became of the mailing's sends.
type outcomeStep struct {
	mailingView
	Outcome outcome.View
}

func (s *Screen) mailingOutcome(x *desk.Exchange) error {
	view, err := s.openMailing(x, "outcome")
	if err != nil {
		return err
	}
	outcome, err := s.Outcome.OfMailing(x, view.Mailing)
	if err != nil {
		return err
	}
	outcome.Beside = true
	return x.Show("mailing/outcome", outcomeStep{view, outcome})
}
