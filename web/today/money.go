package today

import (
	"cmp"
	"slices"
	"time"

	"keur/accounts"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// moneyView is what of a label's sales and their money waits for the user: members'
// cases, verdicts that are late, and payments that are late or short.
type moneyView struct {
	Label    labels.Label
	Cases    int
	Overdue  []reports.Undecided // of all advertisers, a line for each currency
	Payments int
}

// Things counts what it has.
func (m moneyView) Things() int {
	n := min(m.Cases, 1) + min(len(m.Overdue), 1) + min(m.Payments, 1)
	return n
}

// money finds it.
type money struct{ *Screen }

// add finds it: cases for who serves members, late verdicts once a week for who
// follows them up, and payments for who bills.
func (s money) add(x *desk.Exchange, view *todayView) (err error) {
	for _, l := range x.Sees {
		can := func(role accounts.Role) bool { return x.User.Can(l.ID, role) }
		m := moneyView{Label: l}
		if can(accounts.Planner) || can(accounts.Service) {
			if m.Cases, err = s.Claims.Waiting(x.Context(), l.ID); err != nil {
				return err
			}
		}
		weekly := x.Now().In(l.Location()).Weekday() == time.Monday
		if sees := x.User.SeesMoney(l); sees && weekly && (can(accounts.Planner) || can(accounts.Finance)) {
			if m.Overdue, err = s.overdue(x, l); err != nil {
				return err
			}
		}
		if can(accounts.Finance) {
			if m.Payments, err = s.Payments.Wanting(x.Context(), l.ID); err != nil {
				return err
			}
		}
		if m.Things() > 0 {
			view.Money = append(view.Money, m)
		}
	}
	return nil
}

// overdue sums up what waits for a verdict for longer than usual, by currency.
func (s money) overdue(x *desk.Exchange, l labels.Label) ([]reports.Undecided, error) {
	all, err := s.Reports.Earnings.Undecided(x.Context(), l.ID, &x.User, x.Now())
	var found []reports.Undecided
	for _, u := range all {
		if u.OverdueN == 0 {
			continue
		}
		i := slices.IndexFunc(found, func(f reports.Undecided) bool { return f.Currency == u.Currency })
		if i < 0 {
			i = len(found)
			found = append(found, reports.Undecided{Currency: u.Currency})
		}
		found[i].Overdue, found[i].OverdueN = found[i].Overdue+u.Overdue, found[i].OverdueN+u.OverdueN
	}
	slices.SortFunc(found, func(a, b reports.Undecided) int { return cmp.Compare(a.Currency, b.Currency) })
	return found, err
}
