package member

import (
	"slices"
	"time"

	"keur/accounts"
	"keur/members"
	"keur/reports"
	"keur/web/desk"
)

// answer says in one glance what somebody who ordered asks: which click, when, to
// which shop, with which sub-id, of a person or a machine, and what the network
// says of the order.
type answer struct {
	Click  *reports.Traced // nil: none is known
	Order  *reports.Order  // nil: none is asked for
	SubID  string
	Zone   *time.Location
	Nobody bool // nobody knows whose it is
	Looks  bool // the reader may look at mailings
}

// answerOfOrder finds the click that led to an order by the sub-id that came back.
func (s *finder) answerOfOrder(x *desk.Exchange, o *reports.Order) (*answer, error) {
	click, err := s.clickOf(x, o.SubID)
	return &answer{Click: click, Order: o, SubID: o.SubID, Zone: x.Zone(), Looks: x.Can(accounts.Viewer)}, err
}

// asked returns the answer about the click or the order that the address of a
// member's page names, if that is the member's.
func (s *finder) asked(x *desk.Exchange, of members.ID) (*answer, error) {
	if subID := x.Query("click"); subID != "" {
		click, err := s.clickOf(x, subID)
		if err != nil || click == nil || click.Member != of {
			return nil, err
		}
		return &answer{Click: click, SubID: subID, Zone: x.Zone(), Looks: x.Can(accounts.Viewer)}, nil
	}
	ref := x.Query("order")
	if ref == "" {
		return nil, nil
	}
	orders, err := s.Reports.Members.Orders(x.Context(), x.Label.ID, ref)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(orders, func(o reports.Order) bool { return o.Member == of })
	if at < 0 {
		return nil, nil
	}
	return s.answerOfOrder(x, &orders[at])
}
