package member

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/redact"
	"keur/mailings"
	"keur/members"
	"keur/reports"
	"keur/tracking/recorder"
	"keur/web/desk"
)

// finder finds whom an address, number, name, order or sub-id means.
type finder struct{ *Screen }

// findMember leads to the member whom the address, number, name, order or sub-id
// means. Nobody leafs through the others from here, and who sees no addresses finds
// nobody by theirs, nor by name.
func (s *finder) findMember(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	typed := f.Field("member")
	serves := desk.Serves(x, x.Label.ID)
	looks := []func(*desk.Exchange, string) (lead, error){s.byNumber, s.bySubID, s.byOrder}
	if serves {
		looks = []func(*desk.Exchange, string) (lead, error){s.byNumber, s.bySubID, s.byAddress, s.byOrder, s.byName}
	}
	if !serves && redact.Addresses(typed) != typed { // a publisher's number, or a shop's, may be one
		looks = nil
	}
	for _, look := range looks {
		found, err := look(x, typed)
		switch {
		case err == nil && found.path != "":
			return x.GoTo(found.path)
		case err == nil && (len(found.people) > 0 || found.answer != nil):
			return s.showMembers(x, http.StatusOK, f, found)
		case err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			return err
		}
	}
	f.Refuse("member", x.Say.T("members.nobody", "label", x.Label.Name))
	return s.showMembers(x, http.StatusUnprocessableEntity, f, lead{})
}

// lead is where what was typed leads: to the page of one member, to several
// people of one name, or to a click or an order of which nobody knows whose it is.
type lead struct {
	path   string
	people []members.Summary
	answer *answer
}

func (s *finder) byNumber(x *desk.Exchange, typed string) (lead, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		m, err := members.NewFinder(s.Members).ByKey(x.Context(), x.Label.ID, typed)
		return s.toMember(x, m, err)
	}
	m, err := members.NewFinder(s.Members).Whose(x.Context(), x.Label.ID, members.ID(id), typed)
	return s.toMember(x, m, err)
}

func (s *finder) byAddress(x *desk.Exchange, typed string) (lead, error) {
	m, err := s.Members.Find(x.Context(), typed)
	return s.toMember(x, m, err)
}

func (s *finder) toMember(x *desk.Exchange, m members.Member, err error) (lead, error) {
	if _, is := m.Under(x.Label.ID); err != nil || !is {
		return lead{}, err
	}
	return lead{path: s.memberPath(x, m.ID)}, nil
}

// bySubID finds the click that a sub-id of ours names.
func (s *finder) bySubID(x *desk.Exchange, typed string) (lead, error) {
	click, err := s.clickOf(x, typed)
	if err != nil || click == nil {
		return lead{}, err
	}
	if click.Member != 0 {
		return lead{path: s.tracePath(x, click.Member, "click", typed)}, nil
	}
	return lead{answer: &answer{Click: click, SubID: typed, Zone: x.Zone(), Nobody: true, Looks: x.Can(accounts.Viewer)}}, nil
}

// clickOf returns the click that a sub-id names, or nil if it isn't one of ours.
func (s *finder) clickOf(x *desk.Exchange, subID string) (*reports.Traced, error) {
	id, ours := s.Ring.ParseSubID(strings.TrimSpace(subID))
	if !ours {
		return nil, nil
	}
	click, err := s.Reports.Members.ClickOf(x.Context(), x.Label.ID, mailings.SendID(id.Send), recorder.ClickRef(id.Click))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &click, err
}

// byOrder finds the transaction that a network or a shop calls by the reference.
func (s *finder) byOrder(x *desk.Exchange, typed string) (lead, error) {
	orders, err := s.Reports.Members.Orders(x.Context(), x.Label.ID, typed)
	if err != nil || len(orders) == 0 {
		return lead{}, err
	}
	if of := orders[0].Member; of != 0 {
		return lead{path: s.tracePath(x, of, "order", typed)}, nil
	}
	a, err := s.answerOfOrder(x, &orders[0])
	a.Nobody = true
	return lead{answer: a}, err
}

// byName finds who bears the name. One alone is shown at once.
func (s *finder) byName(x *desk.Exchange, typed string) (lead, error) {
	found, err := members.NewFinder(s.Members).Named(x.Context(), x.Label.ID, typed)
	if err == nil && len(found) == 1 {
		return lead{path: s.memberPath(x, found[0].ID)}, nil
	}
	return lead{people: found}, err
}

// tracePath is the page of a member's clicks, which answers about one of them.
func (s *finder) tracePath(x *desk.Exchange, id members.ID, by, ref string) string {
	return "/members/" + desk.Itoa(id) + "?" + url.Values{"label": {x.Label.Code}, "tab": {"clicks"}, by: {ref}}.Encode()
}
