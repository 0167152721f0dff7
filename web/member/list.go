package member

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/redact"
	"keur/labels"
	"keur/members"
	"keur/web/desk"
)

func (s *Screen) memberRoutes() []desk.Route {
	changes := &changes{s}
	plans := desk.OfMember(s.Members, accounts.Planner, accounts.Service)
	looks := []accounts.Role{accounts.Planner, accounts.Service, accounts.Approver} // approvers see no addresses
	all := desk.Under(looks...)
	return []desk.Route{
		desk.Get("/members", all, s.members),
		desk.Post("/members", all, (&finder{s}).findMember),
		desk.Get("/members/unfounded", desk.Admins(), s.unfounded),
		desk.Post("/members/unfounded", desk.Admins(), changes.liftUnfounded),
		desk.Get("/members/:member", desk.OfMember(s.Members, looks...), s.memberPage),
		desk.Get("/members/:member/export", plans, changes.exportMember),
		desk.Post("/members/:member/suppress", plans, changes.suppressMember),
		desk.Post("/members/:member/lift", plans, changes.liftSuppression),
		desk.Post("/members/:member/preferences", plans, changes.changePreferences),
		desk.Post("/members/:member/pause", plans, changes.pauseMember),
		desk.Post("/members/:member/erasure", plans, changes.askErasure),
		desk.Post("/members/:member/address", plans, changes.moveMember),
		desk.Post("/erasures/:erasure", desk.OfErasure(s.Erasures, accounts.Planner, accounts.Service), changes.decideErasure),
	}
}

// membersView is where member service begins: one member is looked for, by an
// address or name that stand in no address of a page.
type membersView struct {
	Form     desk.Form
	People   []members.Summary // of the name that was looked for
	Most     int               // of them
	Answer   *answer           // about a click or an order that is nobody's, as far as one knows
	Recent   []memberLine
	Erasures []erasureLine
	Erased   bool // just now
	Serves   bool // the user answers members, and sees their addresses
}

// memberLine is a member whom the user looked at.
type memberLine struct {
	members.Member
	Under members.Membership
}

func (s *Screen) members(x *desk.Exchange) error {
	return s.showMembers(x, http.StatusOK, desk.NewForm(x.Say), lead{})
}

func (s *Screen) showMembers(x *desk.Exchange, status int, f desk.Form, found lead) error {
	view := membersView{
		Form: f, Erased: x.Query("erased") != "", People: found.people, Most: members.MostNamed, Answer: found.answer,
		Serves: desk.Serves(x, x.Label.ID),
	}
	for _, id := range s.recentMembers(x) {
		m, err := s.Members.Get(x.Context(), id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if under, is := m.Under(x.Label.ID); is {
			if !view.Serves {
				m.Address, under.Source = "", redact.Addresses(under.Source)
			}
			view.Recent = append(view.Recent, memberLine{m, under})
		}
	}
	var err error
	if view.Erasures, err = s.waitingErasures(x); err != nil {
		return err
	}
	return x.Answer(status, "member/list", view)
}

// memberPath is the address of a member under the page's label.
func (s *Screen) memberPath(x *desk.Exchange, id members.ID) string {
	return "/members/" + desk.Itoa(id) + "?label=" + x.Label.Code
}

// The numbers of the members whom the user looked at last are kept in their
// browser; a number tells nobody anything outside the base.
const (
	recentCookie = "keur-members"
	recentShown  = 8
)

func (s *Screen) recentMembers(x *desk.Exchange) []members.ID {
	kept, err := x.Cookie(recentCookie)
	if err != nil {
		return nil
	}
	var ids []members.ID
	for text := range strings.SplitSeq(kept, ".") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && len(ids) < recentShown {
			ids = append(ids, members.ID(id))
		}
	}
	return ids
}

func (s *Screen) rememberMember(x *desk.Exchange, id members.ID) {
	ids := slices.DeleteFunc(s.recentMembers(x), func(other members.ID) bool { return other == id })
	texts := []string{desk.Itoa(id)}
	for _, other := range ids[:min(len(ids), recentShown-1)] {
		texts = append(texts, desk.Itoa(other))
	}
	desk.KeepCookie(x, recentCookie, strings.Join(texts, "."), "/members", 30*24*time.Hour)
}

// erasureLine is an erasure that waits for somebody to decide.
type erasureLine struct {
	members.Erasure
	By   string // who asked
	Mine bool   // the user asked, so another decides
}

// waitingErasures are those under labels for which the user plans.
func (s *Screen) waitingErasures(x *desk.Exchange) ([]erasureLine, error) {
	var under []labels.ID
	for _, l := range x.Sees {
		if desk.Serves(x, l.ID) {
			under = append(under, l.ID)
		}
	}
	page, err := s.Erasures.List(x.Context(), under, true, paging.Ask{Limit: paging.Most})
	if err != nil {
		return nil, err
	}
	lines := make([]erasureLine, len(page.Items))
	for i, e := range page.Items {
		if lines[i], err = s.erasureLine(x, e); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func (s *Screen) erasureLine(x *desk.Exchange, e members.Erasure) (erasureLine, error) {
	by, err := s.Accounts.Get(x.Context(), accounts.UserID(e.RequestedBy))
	return erasureLine{Erasure: e, By: by.Name, Mine: by.ID == x.User.ID}, err
}
