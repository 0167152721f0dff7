package networktest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// catalogue asks for all programmes, page by page. What a later page says of one
// counts, but for what a brief one leaves out.
func (a *account) catalogue(t *testing.T, from networks.Cataloguer) (map[string]networks.Programme, []networks.Unread, error) {
	t.Helper()
	found, unread, cursor := map[string]networks.Programme{}, []networks.Unread{}, ""
	for range 100 {
		page, err := from.Programmes(t.Context(), a.client, cursor)
		if err != nil {
			return found, unread, err
		}
		for _, p := range page.Programmes {
			found[p.Ref] = p
		}
		unread = append(unread, page.Unread...)
		if cursor = page.Next; cursor == "" {
			return found, unread, nil
		}
	}
	return found, unread, errors.New("a hundred pages, and no end of them")
}

// Where a network tells of its programmes, all of them come, page by page, as they
// are. What it doesn't say of them is unknown. A word that nobody knows makes no
// programme joined, and an error is no empty list.
func programmes(t *testing.T, a *account) {
	from, is := a.Adapter.(networks.Cataloguer)
	if !is {
		return
	}
	if found, unread, err := a.catalogue(t, from); err != nil || len(found)+len(unread) > 0 {
		t.Errorf("of no programmes it says %+v, %+v, %v", found, unread, err)
	}
	relations := []networks.Relation{networks.Joined, networks.Applied, networks.Rejected}
	policies := []networks.Policy{networks.Allowed, networks.Limited, networks.Disallowed}
	begins, until := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)
	for n := range 9 {
		a.Offer(simulators.Offer{
			Ref: fmt.Sprint(9000 + n), Name: fmt.Sprintf("Zee & Zon %d", n), Relation: relations[n%3], Stopped: n == 6,
			From: begins, Until: until, Email: policies[n/3], Cashback: policies[(n/3+1)%3], Codes: policies[(n/3+2)%3],
			NoSubIDs: n == 3, Days: 45, Points: 92_50, EPC: 34,
			Groups: []simulators.Group{{Ref: "g1", Name: "Sales", Points: 5_25}, {Ref: "g2", Name: "Leads", Cents: 3_00}},
		})
	}
	before := a.Calls()
	spent := a.spent
	found, unread, err := a.catalogue(t, from)
	if err != nil || len(unread) > 0 || len(found) != 9 {
		t.Fatalf("of nine programmes it says %d, %+v, %v", len(found), unread, err)
	}
	if calls := a.Calls() - before; calls != a.spent-spent {
		t.Errorf("%d calls were made, and %d counted", calls, a.spent-spent)
	}
	for _, o := range a.Offers() {
		if p := found[o.Ref]; p.Relation == networks.Joined {
			describes(t, p, o)
		} else if p.Relation != o.Relation || p.Name != o.Name {
			t.Errorf("%s is %s, %s", o.Ref, p.Relation, p.Name)
		}
	}
	strange(t, a, from)
}

// describes holds what is said of a programme to what it is. Each of it may be
// left out by a network, but said wrong by none.
func describes(t *testing.T, p networks.Programme, o simulators.Offer) {
	t.Helper()
	for name, said := range map[string][2]networks.Policy{
		"email": {p.Email, o.Email}, "cashback": {p.Cashback, o.Cashback}, "codes": {p.Codes, o.Codes},
	} {
		if said[0] != networks.Unknown && said[0] != said[1] {
			t.Errorf("%s: of %s it says %s, and not %s", o.Ref, name, said[0], said[1])
		}
	}
	if p.Brief || p.Name != o.Name || p.SubIDs != nil && *p.SubIDs == o.NoSubIDs ||
		p.ValidationDays != nil && *p.ValidationDays != o.Days || p.ApprovalPoints != nil && *p.ApprovalPoints != o.Points ||
		p.EarningsPer100 != nil && *p.EarningsPer100 != 100*o.EPC {
		t.Errorf("%s is %+v", o.Ref, p)
	}
	// At noon of its last day it runs, and at noon of the next it doesn't.
	if p.Until != nil && (!p.Until.After(o.Until) || p.Until.After(o.Until.AddDate(0, 0, 1))) || p.From != nil && p.From.After(o.From) {
		t.Errorf("%s runs from %v to %v", o.Ref, p.From, p.Until)
	}
	shares, amounts := 0, 0
	for _, term := range p.Terms {
		switch {
		case term.BasisPoints != nil && *term.BasisPoints == 5_25:
			shares++
		case term.Minor != nil && *term.Minor == 3_00 && term.Currency != "":
			amounts++
		default:
			t.Errorf("%s pays %+v", o.Ref, term)
		}
	}
	if shares == 0 || amounts == 0 {
		t.Errorf("%s pays %+v", o.Ref, p.Terms)
	}
}

// strange is what goes wrong.
func strange(t *testing.T, a *account, from networks.Cataloguer) {
	t.Helper()
	a.Offer(simulators.Offer{Ref: "9100", Name: "Raar", Word: "frozen"})
	found, unread, err := a.catalogue(t, from)
	if p := found["9100"]; err != nil || !p.Brief && p.Relation == networks.Joined || len(unread) != 1 {
		t.Errorf("a word that nobody knows makes it %+v, %+v, %v", p, unread, err)
	}
	a.Withdraw("9100")
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		if found, _, err := a.catalogue(t, from); !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %d programmes, %v", wrong, len(found), err)
		}
	}
	if found, _, err := a.catalogue(t, from); err != nil || len(found) != 9 {
		t.Errorf("after its trouble it says %d programmes, %v", len(found), err)
	}
}
