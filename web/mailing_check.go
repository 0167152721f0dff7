package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/members"
)

// checkView is whether the mailing can be put up for approval: what is wrong,
// where to mend it, and a test in one's own inbox.
type checkView struct {
	mailingView
	Groups  []checkGroup
	Version int // of the working copy, which is saved
	Testers []tester
	Form    form
	Tested  bool
	Judged  bool // by a spam checker
}

// checkGroup is what was found about one step of the mailing.
type checkGroup struct {
	Step  string
	Found []told
	Later bool // is found out when the page is open
}

// Blocks reports whether something in the group keeps the mailing from being
// sent.
func (g checkGroup) Blocks() bool {
	return slices.ContainsFunc(g.Found, func(t told) bool { return t.Block })
}

// Stops reports whether anything blocks.
func (c checkView) Stops() bool { return slices.ContainsFunc(c.Groups, checkGroup.Blocks) }

// tester is somebody who may get a test: a colleague, or a seed address.
type tester struct {
	Address, Name string
	Me            bool
}

func (v *visit) mailingCheck() error {
	view, err := v.checkView(form{})
	if err != nil {
		return err
	}
	return v.show("mailing_check", view)
}

func (v *visit) checkView(f form) (view checkView, err error) {
	if view.mailingView, err = v.openMailing("check"); err != nil {
		return view, err
	}
	view.Form, view.Version, view.Tested, view.Judged = f, view.Work.Version, v.Query("tested") != "", v.Spam != nil
	view.Groups = []checkGroup{
		{Step: "content", Found: v.checkContent(&view.mailingView)},
		{Step: "audience", Found: v.checkAudience(&view.mailingView)},
		{Step: "moment", Found: v.checkMoment(&view.mailingView)},
	}
	view.Testers, err = v.testers()
	return view, err
}

// checkContent is all that lint and the composer say of what is being written.
func (v *visit) checkContent(m *mailingView) []told {
	var found []told
	for _, f := range m.Faults {
		found = append(found, v.tellFaults(m.Faults, f.Path)...)
	}
	for _, f := range m.Findings {
		found = append(found, v.tell(m.Findings, f.Part)...)
	}
	return distinct(found)
}

func (v *visit) checkAudience(m *mailingView) []told {
	if len(m.Work.Brief.Audience.Segments) == 0 {
		return []told{{Block: true, Text: v.Say.T("check.no_audience")}}
	}
	return nil
}

// checkMoment says what is wrong with the schedule, and warns where approval
// would have little time.
func (v *visit) checkMoment(m *mailingView) []told {
	view := v.newMoment(*m, form{})
	var found []told
	for _, field := range momentFields() {
		if sentence := view.Missing[field]; sentence != "" {
			found = append(found, told{Block: true, Text: sentence})
		}
	}
	for _, sentence := range view.Other {
		found = append(found, told{Block: true, Text: sentence})
	}
	switch {
	case len(found) > 0:
	case len(view.Next) == 0:
		found = append(found, told{Block: true, Text: v.Say.T("check.no_slot")})
	case view.Next[0].At.Before(v.now()):
		found = append(found, told{Block: true, Text: v.Say.T("check.slot_passed")})
	case view.Next[0].At.Before(v.now().Add(shortNotice)):
		found = append(found, told{Text: v.Say.T("check.short_notice", "when", v.Say.FromNow(view.Next[0].At, v.now()))})
	}
	return found
}

// shortNotice is less than a client usually takes to approve.
const shortNotice = 24 * time.Hour

// distinct drops what was said twice, what blocks first.
func distinct(found []told) []told {
	var out []told
	for _, blocks := range []bool{true, false} {
		for _, t := range found {
			if t.Block == blocks && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// testers are those who may get a test: oneself, the colleagues of the label,
// and its seed addresses.
func (v *visit) testers() ([]tester, error) {
	found := []tester{{Address: v.User.Email, Name: v.User.Name, Me: true}}
	page, err := v.Accounts.List(v.ctx(), accounts.Filter{Label: v.Label.ID, Active: true}, paging.Ask{Limit: exportPage, Sort: "name"})
	if err != nil {
		return nil, err
	}
	for _, u := range page.Items {
		if u.ID != v.User.ID {
			found = append(found, tester{Address: u.Email, Name: u.Name})
		}
	}
	for _, seed := range v.Label.Seeds {
		found = append(found, tester{Address: seed.Address, Name: seed.Name})
	}
	return found, nil
}

// foresee runs the checks that take a while, for the open page: whom it would
// reach, advertisers, sender, stock of codes, and whether links answer.
func (v *visit) foresee() error {
	view, err := v.openMailing("check")
	if err != nil {
		return err
	}
	if view.Work.Changed() || view.Mailing.RevisionID == nil {
		return v.part("mailing_check", "foreseen-later", nil)
	}
	outlook, err := v.Scheduler.Outlook(v.ctx(), &view.Mailing)
	if err != nil {
		return err
	}
	out := foreseenView{Audience: outlook.Waterfall.Audience, Matched: outlook.Waterfall.Matched, Mailing: view.Mailing.ID}
	for _, f := range outlook.Found {
		out.Found = append(out.Found, told{Block: true, Text: v.Say.Fault(f.Fault.Form)})
	}
	return v.part("mailing_check", "foreseen", out)
}

// foreseenView is what those checks found.
type foreseenView struct {
	Audience, Matched int
	Found             []told
	Mailing           mailings.ID
}

// saveRevision makes what is being written the newest revision.
func (v *visit) saveRevision() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	_, _, err = v.bench().Save(v.ctx(), mailings.ID(id), f.number("version"), v.User.ID)
	if err != nil {
		return v.checkRefused(f, err)
	}
	return v.to("/mailings/" + itoa(mailings.ID(id)) + "/check")
}

// checkRefused shows the step again with what was refused.
func (v *visit) checkRefused(f form, cause error) error {
	if err := f.take(cause); err != nil {
		return err
	}
	view, err := v.checkView(f)
	if err != nil {
		return err
	}
	return v.answer(http.StatusUnprocessableEntity, "mailing_check", view)
}

// sendTest sends the newest revision to those who were ticked.
func (v *visit) sendTest() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return err
	}
	if m.RevisionID == nil {
		return fault.New(fault.Conflict, "this mailing has no content yet, so nobody can be counted")
	}
	err = v.Proofs.SendTest(v.ctx(), *m.RevisionID, f.number("variant"), members.ID(f.number("member")), f.Values["to"])
	if err != nil {
		return v.checkRefused(f, err)
	}
	return v.to(strings.TrimSuffix(v.Request.URL.Path, "/test") + "/check?tested=yes")
}
