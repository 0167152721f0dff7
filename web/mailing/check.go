package mailing

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"keur/accounts"
	"keur/approval/policies"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/mailings"
	"keur/members"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

// checkView is whether the mailing can be put up for approval: what is wrong,
// where to mend it, and a test in one's own inbox.
type checkView struct {
	mailingView
	Groups  []checkGroup
	Version int // of the working copy, which is saved
	Testers []desk.Tester
	Form    desk.Form
	Tested  bool
	Judged  bool             // by a spam checker
	Plans   bool             // so that the user may send a test
	Missing mailings.Missing // pictures of elsewhere that the newest revision couldn't have
	Refused *stepDeciders    // the client for whom a contact was proposed, and refused
}

// checkGroup is what was found about one step of the mailing.
type checkGroup struct {
	Step  string
	Found []desk.Finding
	Later bool // is found out when the page is open
}

// Blocks reports whether something in the group keeps the mailing from being
// sent.
func (g checkGroup) Blocks() bool {
	return slices.ContainsFunc(g.Found, func(t desk.Finding) bool { return t.Block })
}

// Stops reports whether anything blocks.
func (c checkView) Stops() bool { return slices.ContainsFunc(c.Groups, checkGroup.Blocks) }

func (s *check) mailingCheck(x *desk.Exchange) error {
	view, err := s.checkView(x, desk.Form{})
	if err != nil {
		return err
	}
	return x.Show("mailing/check", view)
}

func (s *check) checkView(x *desk.Exchange, f desk.Form) (view checkView, err error) {
	if view.mailingView, err = s.openMailing(x, "check"); err != nil {
		return view, err
	}
	view.Form, view.Version, view.Tested, view.Judged = f, view.Work.Version, x.Query("tested") != "", s.Spam.Checker != nil
	view.Plans, view.Refused = x.Can(accounts.Planner), refusedContact(f)
	view.Groups = []checkGroup{
		{Step: "content", Found: s.checkContent(x, &view.mailingView)},
		{Step: "audience", Found: s.checkAudience(x, &view.mailingView)},
		{Step: "moment", Found: s.checkMoment(x, &view.mailingView)},
	}
	if view.Missing, err = s.Workbench.Missing(x.Context(), view.Work); err != nil {
		return view, err
	}
	for _, m := range view.Missing {
		view.Groups[0].Found = append(view.Groups[0].Found, desk.Finding{Block: true, Text: x.Say.Sentence(m)})
	}
	view.Testers, err = desk.Testers(x)
	return view, err
}

// checkContent is all that lint and the composer say of what is being written.
func (s *check) checkContent(x *desk.Exchange, m *mailingView) []desk.Finding {
	var found []desk.Finding
	for _, f := range m.Faults {
		found = append(found, desk.FaultFindings(x, m.Faults, f.Path)...)
	}
	for _, f := range m.Findings {
		found = append(found, desk.Findings(x, m.Findings, f.Part)...)
	}
	return distinct(found)
}

func (s *check) checkAudience(x *desk.Exchange, m *mailingView) []desk.Finding {
	if len(m.Work.Brief.Audience.Segments) == 0 {
		return []desk.Finding{{Block: true, Text: x.Say.T("check.no_audience")}}
	}
	return nil
}

// checkMoment says what is wrong with the schedule, and warns where approval
// would have little time.
func (s *check) checkMoment(x *desk.Exchange, m *mailingView) []desk.Finding {
	view := newMoment(x, *m, desk.Form{})
	var found []desk.Finding
	for _, field := range momentFields() {
		if sentence := view.Missing[field]; sentence != "" {
			found = append(found, desk.Finding{Block: true, Text: sentence})
		}
	}
	for _, sentence := range view.Other {
		found = append(found, desk.Finding{Block: true, Text: sentence})
	}
	far, tooFar := errors.AsType[*fault.Error](policies.CheckFar(&m.Work.Brief.Schedule, x.Zone(), x.Now()))
	switch {
	case len(found) > 0:
	case tooFar:
		found = append(found, desk.Finding{Block: true, Text: x.Say.Sentence(far.Message)})
	case len(view.Next) == 0:
		found = append(found, desk.Finding{Block: true, Text: x.Say.T("check.no_slot")})
	case view.Next[0].At.Before(x.Now()):
		found = append(found, desk.Finding{Block: true, Text: x.Say.T("check.slot_passed")})
	case view.Next[0].At.Before(x.Now().Add(shortNotice)):
		found = append(found, desk.Finding{Text: x.Say.T("check.short_notice", "when", x.Say.FromNow(view.Next[0].At, x.Now()))})
	}
	return found
}

// shortNotice is less than a client usually takes to approve.
const shortNotice = 24 * time.Hour

// distinct drops what was said twice, what blocks first.
func distinct(found []desk.Finding) []desk.Finding {
	var out []desk.Finding
	for _, blocks := range []bool{true, false} {
		for _, t := range found {
			if t.Block == blocks && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// foresee runs the checks that take a while, for the open page: whom it would
// reach, advertisers, sender, stock of codes, and whether links answer.
func (s *check) foresee(x *desk.Exchange) error {
	view, err := s.openMailing(x, "check")
	if err != nil {
		return err
	}
	if view.Work.Changed() || view.Mailing.RevisionID == nil {
		return x.Part("mailing/check", "foreseen-later", nil)
	}
	outlook, err := s.Preflight.Outlook(x.Context(), &view.Mailing)
	if err != nil {
		return err
	}
	deciders, err := s.Approval.Candidates.Of(x.Context(), &view.Mailing, outlook.Waterfall.Audience, x.User.ID)
	if err != nil {
		return err
	}
	steps, err := s.withProposed(x, deciders)
	if err != nil {
		return err
	}
	few := desk.Few(x, desk.Discreet(x, &outlook.Waterfall))
	out := foreseenView{
		Few: few, Audience: outlook.Waterfall.Audience, Matched: outlook.Waterfall.Matched, Deciders: steps, Mailing: view.Mailing.ID,
	}
	for _, f := range outlook.Found {
		found := desk.Finding{Block: f.Severity == links.Blocks, Text: x.Say.Sentence(f.Message)}
		if f.Listing != 0 { // what it asks has to be answered first
			found.Block, found.Where = f.Severity != links.Tells, "/listings/"+desk.Itoa(f.Listing)
		}
		if f.Taken != nil {
			found = gallery.Finding(x, *f.Taken)
		}
		out.Found = append(out.Found, found)
	}
	return x.Part("mailing/check", "foreseen", out)
}

// foreseenView is what those checks found.
type foreseenView struct {
	Few               string // why the audience isn't told
	Audience, Matched int
	Found             []desk.Finding
	Deciders          []stepDeciders
	Mailing           mailings.ID
}

// saveRevision makes what is being written the newest revision.
func (s *check) saveRevision(x *desk.Exchange) error {
	return s.copying(x, func(ctx context.Context, m mailings.Mailing, f desk.Form) error {
		_, _, err := s.Workbench.Save(ctx, m, f.Number("version"), x.User.ID)
		return err
	})
}

// copyAgain tries the pictures once more that the newest revision couldn't have.
func (s *check) copyAgain(x *desk.Exchange) error {
	return s.copying(x, func(ctx context.Context, m mailings.Mailing, f desk.Form) error {
		_, err := s.Workbench.CopyAgain(ctx, m.ID, mailings.RevisionID(f.Number("revision")), x.User.ID)
		return err
	})
}

// copying does what may fetch pictures of elsewhere. With script the page shows
// how far it is, and can cancel it.
func (s *check) copying(x *desk.Exchange, do func(context.Context, mailings.Mailing, desk.Form) error) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	return desk.Watched(x, mailingPath(m.ID)+"/check", "mailing/check", "copying", func(ctx context.Context, tell func(any)) error {
		return do(mailings.Watching(ctx, func(at mailings.Copying) { tell(at) }), m, f)
	}, func(err error) error { return s.checkRefused(x, f, err) })
}

// checkRefused shows the step again with what was refused.
func (s *check) checkRefused(x *desk.Exchange, f desk.Form, cause error) error {
	if err := f.Take(cause); err != nil {
		return err
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	view, err := s.checkView(x, f)
	if err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "mailing/check", view)
}

// sendTest sends the newest revision to those who were ticked.
func (s *check) sendTest(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	if m.RevisionID == nil {
		return fault.New(fault.Conflict, "mailings.no_content")
	}
	err = s.Proofs.SendTest(x.Context(), *m.RevisionID, f.Number("variant"), members.ID(f.Number("member")), f.Values["to"])
	if err != nil {
		return s.checkRefused(x, f, err)
	}
	return x.GoTo(mailingPath(m.ID) + "/check?tested=yes")
}
