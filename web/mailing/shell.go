package mailing

import (
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/series"
	"keur/templates/lint"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/reviews"
)

func (s *Screen) mailingRoutes() []desk.Route {
	check := &check{s}
	content := &content{s}
	moment := &moment{s}
	rounds := &rounds{s}
	look, plan := desk.OfMailing(s.Mailings, accounts.Viewer), desk.OfMailing(s.Mailings, accounts.Planner)
	return []desk.Route{
		desk.Get("/mailings/:mailing", look, s.toMailingStep),
		desk.Get("/mailings/:mailing/live", look, s.mailingLive),
		desk.Get("/mailings/:mailing/preview", look, s.mailingPreview),
		desk.Get("/mailings/:mailing/content", look, content.mailingContent),
		desk.Get("/mailings/:mailing/moment", look, moment.mailingMoment),
		desk.Post("/mailings/:mailing/moment", plan, moment.saveMoment),
		desk.Get("/mailings/:mailing/moment/end", look, moment.momentEnds),
		desk.Get("/mailings/:mailing/check", look, check.mailingCheck),
		desk.Post("/mailings/:mailing/check", plan, check.saveRevision),
		desk.Post("/mailings/:mailing/pictures", plan, check.copyAgain),
		desk.Get("/mailings/:mailing/foreseen", look, check.foresee),
		desk.Get("/mailings/:mailing/spam", look, check.spam),
		desk.Get("/mailings/:mailing/spelling", look, check.spelling),
		desk.Post("/mailings/:mailing/spelling", plan, check.addWord),
		desk.Get("/mailings/:mailing/faces", look, check.faces),
		desk.Get("/mailings/:mailing/faces/:number/mail", look, check.face),
		desk.Post("/mailings/:mailing/faces/:number/seen", desk.OfMailing(s.Mailings, accounts.Planner, accounts.Approver), check.seeFace),
		desk.Post("/mailings/:mailing/test", plan, check.sendTest),
		desk.Post("/mailings/:mailing/contacts", plan, check.proposeContact),
		desk.Get("/mailings/:mailing/approval", look, rounds.mailingApproval),
		desk.Get("/mailings/:mailing/outcome", look, s.mailingOutcome),
		desk.Get("/mailings/:mailing/sample", plan, s.sampleMember),
		desk.Post("/mailings/:mailing/content", plan, content.saveContent),
		desk.Get("/mailings/:mailing/campaigns", plan, content.campaignPicks),
		desk.Get("/mailings/:mailing/material", plan, content.placementMaterial),
		desk.Get("/mailings/:mailing/products", plan, content.placementProducts),
		desk.Get("/mailings/:mailing/blocks", plan, (&savedBlocks{s}).picks),
		desk.Post("/mailings/:mailing/rebase", plan, s.rebaseMailing),
		desk.Post("/mailings/:mailing/discard", plan, s.discardMailing),
	}
}

// mailingView is what stands around each step of a mailing. The view of a step
// embeds it, and its page stands between mailing-open and mailing-close.
type mailingView struct {
	Mailing  mailings.Mailing
	Work     mailings.WorkingCopy // what is being written; the newest revision if nothing is
	Content  mailings.Content     // how that looks to members; audience and schedule stand in Work.Brief
	Faults   []fault.Detail       // what in it refers to nothing, or is missing
	Findings []lint.Finding       // what lint says of it
	Sends    []mailings.Send      // the newest first, at most one page
	Steps    []step
	Here     string // the step that is shown
	Others   []present
	Stopped  []mailings.Stop // of advertisers in it
	Pins     reviews.Pins    // changes that were asked for, and wait for an answer
	Place    *series.Place   // in its series; nil: it is in none
	Look     editor.Look
	Zone     *time.Location
	Plans    bool // the user plans for this label
	MayEdit  bool // and the mailing hasn't ended
}

// present is someone else who has the mailing open.
type present struct {
	Name string
	Step string
}

// Standing reports whether approvals would fall with the next change, because
// nothing was changed since.
func (m mailingView) Standing() bool {
	switch m.Mailing.State {
	case mailings.InReview, mailings.Approved, mailings.Scheduled:
		return !m.Work.Changed()
	}
	return false
}

// Blocked reports whether lint or a missing thing keeps the mail from being sent.
func (m mailingView) Blocked() bool { return len(m.Faults) > 0 || lint.Blocked(m.Findings) }

// Version is that of a part in the working copy, which a form names when it
// saves.
func (m mailingView) Version(part mailings.Part) int { return m.Work.Changes[part].Version }

// mailingPath is the address of a mailing.
func mailingPath(id mailings.ID) string { return "/mailings/" + desk.Itoa(id) }

// openMailing reads what the page of a step shows of the route's mailing.
func (s *Screen) openMailing(x *desk.Exchange, here string) (mailingView, error) {
	return s.open(x, desk.Found[mailings.Mailing](x), here)
}

// reopenMailing is openMailing after something was written.
func (s *Screen) reopenMailing(x *desk.Exchange, here string) (mailingView, error) {
	if err := desk.FindAgain(x); err != nil {
		return mailingView{}, err
	}
	return s.openMailing(x, here)
}

func (s *Screen) open(x *desk.Exchange, m mailings.Mailing, here string) (view mailingView, err error) {
	view = mailingView{Mailing: m, Here: here, Zone: x.Zone(), Look: editor.ReadLook(x), Plans: x.Can(accounts.Planner)}
	view.MayEdit = view.Plans && !m.Ended()
	if view.Work, err = s.Workbench.Open(x.Context(), &m); err != nil {
		return view, err
	}
	if err := s.judge(x, &view); err != nil {
		return view, err
	}
	sends, err := s.Sends.List(x.Context(), mailings.SendFilter{Mailing: m.ID}, paging.Ask{})
	if err != nil {
		return view, err
	}
	view.Sends = sends.Items
	view.Steps = stepsOf(&view, x.Now())
	stops, err := s.Sends.Stops(x.Context(), m.ID)
	if err != nil {
		return view, err
	}
	view.Stopped = stops[m.ID]
	if view.Pins, err = s.Reviews.Pins(x, &m, &view.Content); err != nil {
		return view, err
	}
	if view.Place, err = s.Series.PlaceOf(x.Context(), m.ID); err == nil {
		view.Others, err = s.others(x, m.ID, here)
	}
	return view, err
}

// judge finds out how the working copy looks, and what is wrong with it.
func (s *Screen) judge(x *desk.Exchange, view *mailingView) error {
	var err error
	view.Faults, view.Findings = nil, nil
	view.Content, err = s.Composer.Appearance(x.Context(), &view.Mailing, view.Work.Brief)
	if err := view.note(err); err != nil {
		return err
	}
	if err := view.note(view.Content.ValidateAppearance()); err != nil {
		return err
	}
	_, found, _, err := view.Content.Compile(x.Context(), s.Compiler)
	view.Findings = desk.Unsaid(found, view.Faults)
	if fault.Is(err, fault.Invalid) {
		return nil // the findings say it
	}
	return err
}

// note keeps what a person can mend.
func (m *mailingView) note(err error) error {
	problem, ok := desk.AsFault(err)
	if !ok || problem.Kind != fault.Invalid {
		return err
	}
	m.Faults = append(m.Faults, problem.Details...)
	return nil
}

// others notes that the user is here, and tells who else is.
func (s *Screen) others(x *desk.Exchange, id mailings.ID, here string) ([]present, error) {
	found, err := s.Workbench.Attend(x.Context(), id, here, x.User.ID)
	if err != nil {
		return nil, err
	}
	var others []present
	for _, p := range found {
		u, err := s.Accounts.Get(x.Context(), p.UserID)
		if err != nil {
			return nil, err
		}
		others = append(others, present{Name: u.Name, Step: p.Step})
	}
	return others, nil
}

// presenceEvery is how often an open page says that it is open.
const presenceEvery = 5 * time.Second

// mailingLive tells an open page who else has the mailing open, and that it is
// open itself.
func (s *Screen) mailingLive(x *desk.Exchange) error {
	m, here := desk.Found[mailings.Mailing](x), x.Query("step")
	if !isStep(here) {
		return desk.NotHere()
	}
	return desk.Live(x, presenceEvery, func() (string, error) {
		others, err := s.others(x, m.ID, here)
		if err != nil {
			return "", err
		}
		return x.Render("mailing/content", "mailing-others", others)
	})
}

func (s *Screen) toMailingStep(x *desk.Exchange) error {
	view, err := s.openMailing(x, "content")
	if err != nil {
		return err
	}
	return x.GoTo(mailingPath(view.Mailing.ID) + "/" + nextStep(view.Steps))
}

// rebaseMailing goes on with what was typed, on top of a revision that somebody
// saved meanwhile.
func (s *Screen) rebaseMailing(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	if err := s.Workbench.Rebase(x.Context(), m.ID); err != nil {
		return err
	}
	return x.GoTo(mailingPath(m.ID) + "/content")
}

// discardMailing gives up what was changed since the newest revision.
func (s *Screen) discardMailing(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	if err := s.Workbench.Discard(x.Context(), m.ID, f.Number("version")); err != nil {
		return err
	}
	return x.GoTo(mailingPath(m.ID) + "/content")
}
