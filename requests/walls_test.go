package requests

import (
	"fmt"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
)

// TestRequestsStayWithinTheirLabel: what one is about, who should act, and who
// is mailed are its label's, by the store and for whoever has the login.
func TestRequestsStayWithinTheirLabel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.label("other")
	users := accounts.NewStore(h.db.App, h.fake, pgtest.Key())
	eve, err := users.Create(h.ann, accounts.User{Name: "Eve", Email: "eve@p.nl", Locale: "en",
		Roles: map[labels.ID][]accounts.Role{other: {accounts.Planner}}}, "a long password for tests")
	if err != nil {
		t.Fatal(err)
	}
	foreign, nobody := h.campaign(other, "sea"), accounts.UserID(9999)
	var said []string
	for name, r := range map[string]Request{
		"another label's campaign": {AboutKind: AboutCampaign, AboutRef: foreign},
		"a campaign that isn't":    {AboutKind: AboutCampaign, AboutRef: "98765"},
		"another label's mailing":  {AboutKind: AboutMailing, AboutRef: "1"},
		"another label's member":   {AboutKind: AboutMember, AboutRef: "1"},
		"an unknown image":         {AboutKind: AboutCreative, AboutRef: strings.Repeat("a", 64)},
		"another label's user":     {AssigneeID: &eve.ID},
		"a user who isn't":         {AssigneeID: &nobody},
	} {
		r.Kind, r.Title = Task, "x"
		_, err := h.Create(h.ann, r)
		if fault.Of(err) != fault.Conflict && fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(name, "campaign") {
			said = append(said, fmt.Sprint(err))
		}
	}
	if said[0] != said[1] {
		t.Errorf("told apart: %q and %q", said[0], said[1])
	}
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "Ours", AboutKind: AboutCampaign, AboutRef: h.campaign(h.own, "road")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Update(h.ann, r.ID, func(r *Request) error { r.AssigneeID = &eve.ID; return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("handed over the wall: %v", err)
	}
	for _, set := range []string{
		fmt.Sprintf("label_id = %d", other), fmt.Sprintf("assignee_id = %d", eve.ID), "about_ref = '" + foreign + "'",
	} {
		if _, err := h.db.App.Exec(`UPDATE requests SET `+set+` WHERE id = $1`, r.ID); err == nil || !strings.Contains(err.Error(), "label") {
			t.Errorf("the login sets %s: %v", set, err)
		}
	}
	h.mails()
	if err := h.Comment(h.ann, r.ID, "@eve, look"); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) > 0 {
		t.Errorf("mailed over the wall: %+v", got)
	}
	for label, want := range map[labels.ID]int{h.own: 1, other: 0} {
		if page, err := h.List(h.ann, Filter{Labels: []labels.ID{label}}, paging.Ask{}); err != nil || len(page.Items) != want {
			t.Errorf("label %d lists %v, %v", label, page.Items, err)
		}
	}
}

// TestWhoLeftIsToldNothing: who asked and has no role there any more.
func TestWhoLeftIsToldNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "Ours", AssigneeID: &h.ben.ID})
	if err != nil {
		t.Fatal(err)
	}
	h.mails()
	h.db.Owner.MustExec(`DELETE FROM user_roles WHERE user_id = $1`, h.ben.ID)
	if err := h.Comment(h.ann, r.ID, "@ben, look"); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(); len(got) > 0 {
		t.Errorf("mailed who left: %+v", got)
	}
}
