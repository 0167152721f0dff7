package today

import (
	"keur/accounts"
	"keur/conversions"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// backView is what networks report under a label: of the sales of this month and
// the one before, and what waits for a person.
type backView struct {
	Label   labels.Label
	Months  []reports.Earning // the newest first, a line for each currency
	Waiting conversions.Waiting
	Looks   bool // at the transactions themselves
}

// cameBack reads it for the labels of which the user is told.
func (s *Screen) cameBack(x *desk.Exchange) ([]backView, error) {
	var found []backView
	for _, l := range x.Sees {
		view, err := s.Earned.Under(x, l, reports.EarnedByMonth, reports.EarningsFilter{})
		if err != nil {
			return nil, err
		}
		if view == nil || len(view.Lines) == 0 {
			continue
		}
		now := x.Now().In(l.Location())
		months := []string{now.Format("2006-01"), now.AddDate(0, 0, -now.Day()).Format("2006-01")}
		back := backView{Label: l}
		for _, month := range months {
			for _, e := range view.Lines {
				if e.Of.Period == month {
					back.Months = append(back.Months, e)
				}
			}
		}
		for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance} {
			back.Looks = back.Looks || x.User.Can(l.ID, role)
		}
		if back.Looks {
			if back.Waiting, err = s.Conversions.Waiting(x.Context(), l.ID); err != nil {
				return nil, err
			}
		}
		found = append(found, back)
	}
	return found, nil
}
