package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
)

func (d *door) memberRoutes() []route {
	plans := ofMember(accounts.Planner)
	return []route{
		{http.MethodGet, "/members", under(accounts.Planner), (*visit).members},
		{http.MethodPost, "/members", under(accounts.Planner), (*visit).findMember},
		{http.MethodGet, "/members/:member", plans, (*visit).memberPage},
		{http.MethodGet, "/members/:member/export", plans, (*visit).exportMember},
		{http.MethodPost, "/members/:member/suppress", plans, (*visit).suppressMember},
		{http.MethodPost, "/members/:member/lift", plans, (*visit).liftSuppression},
		{http.MethodPost, "/members/:member/preferences", plans, (*visit).changePreferences},
		{http.MethodPost, "/members/:member/erasure", plans, (*visit).askErasure},
		{http.MethodPost, "/erasures/:erasure", ofErasure(accounts.Planner), (*visit).decideErasure},
	}
}

// membersView is where member service begins: one member is looked for, by an
// address that stands in no address of a page.
type membersView struct {
	Form     form
	Recent   []memberLine
	Erasures []erasureLine
	Erased   bool // just now
}

// memberLine is a member whom the user looked at.
type memberLine struct {
	members.Member
	Under members.Membership
}

func (v *visit) members() error { return v.showMembers(http.StatusOK, newForm(v.Say)) }

func (v *visit) showMembers(status int, f form) error {
	view := membersView{Form: f, Erased: v.Query("erased") != ""}
	for _, id := range v.recentMembers() {
		m, err := v.Members.Get(v.ctx(), id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if under, is := m.Under(v.Label.ID); is {
			view.Recent = append(view.Recent, memberLine{m, under})
		}
	}
	var err error
	if view.Erasures, err = v.waitingErasures(); err != nil {
		return err
	}
	return v.answer(status, "members", view)
}

// findMember takes an address, in any spelling, or a member's number.
func (v *visit) findMember() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	m, err := v.memberBy(f.Field("member"))
	if err == nil {
		if _, is := m.Under(v.Label.ID); is {
			return v.to(v.memberPath(m.ID))
		}
		err = fault.New(fault.NotFound, "%s", v.Say.T("members.nobody", "label", v.Label.Name))
	}
	switch {
	case fault.Is(err, fault.NotFound):
		f.refuse("member", v.Say.T("members.nobody", "label", v.Label.Name))
	case fault.Is(err, fault.Invalid):
		f.refuse("member", v.Say.T("members.no_address"))
	default:
		return err
	}
	return v.showMembers(http.StatusUnprocessableEntity, f)
}

func (v *visit) memberBy(typed string) (members.Member, error) {
	if id, err := strconv.ParseInt(typed, 10, 64); err == nil {
		return v.Members.Get(v.ctx(), members.ID(id))
	}
	return v.Members.Find(v.ctx(), typed)
}

// memberPath is the address of a member under the page's label.
func (v *visit) memberPath(id members.ID) string {
	return "/members/" + itoa(id) + "?label=" + v.Label.Code
}

// The numbers of the members whom the user looked at last are kept in their
// browser; a number tells nobody anything outside the base.
const (
	recentCookie = "keur-members"
	recentShown  = 8
)

func (v *visit) recentMembers() []members.ID {
	kept, err := v.Cookie(recentCookie)
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

func (v *visit) rememberMember(id members.ID) {
	ids := slices.DeleteFunc(v.recentMembers(), func(other members.ID) bool { return other == id })
	texts := []string{itoa(id)}
	for _, other := range ids[:min(len(ids), recentShown-1)] {
		texts = append(texts, itoa(other))
	}
	http.SetCookie(v.Writer, &http.Cookie{
		Name: recentCookie, Value: strings.Join(texts, "."), Path: "/members", MaxAge: 30 * 24 * 3600,
		HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// erasureLine is an erasure that waits for somebody to decide.
type erasureLine struct {
	members.Erasure
	By   string // who asked
	Mine bool   // the user asked, so another decides
}

// waitingErasures are those under labels for which the user plans.
func (v *visit) waitingErasures() ([]erasureLine, error) {
	var under []labels.ID
	for _, l := range v.Sees {
		if v.User.Can(l.ID, accounts.Planner) {
			under = append(under, l.ID)
		}
	}
	page, err := v.Members.Erasures(v.ctx(), under, true, paging.Ask{Limit: paging.Most})
	if err != nil {
		return nil, err
	}
	lines := make([]erasureLine, len(page.Items))
	for i, e := range page.Items {
		if lines[i], err = v.erasureLine(e); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func (v *visit) erasureLine(e members.Erasure) (erasureLine, error) {
	by, err := v.Accounts.Get(v.ctx(), accounts.UserID(e.RequestedBy))
	return erasureLine{Erasure: e, By: by.Name, Mine: by.ID == v.User.ID}, err
}
