package web

import (
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/templates/lint"
)

func (d *door) mailingRoutes() []route {
	look, plan := ofMailing(accounts.Viewer), ofMailing(accounts.Planner)
	return []route{
		{http.MethodGet, "/mailings/:mailing", look, (*visit).toMailingStep},
		{http.MethodGet, "/mailings/:mailing/live", look, (*visit).mailingLive},
		{http.MethodGet, "/mailings/:mailing/preview", look, (*visit).mailingPreview},
		{http.MethodGet, "/mailings/:mailing/content", look, (*visit).mailingContent},
		{http.MethodGet, "/mailings/:mailing/moment", look, (*visit).mailingMoment},
		{http.MethodPost, "/mailings/:mailing/moment", plan, (*visit).saveMoment},
		{http.MethodGet, "/mailings/:mailing/moment/end", look, (*visit).momentEnds},
		{http.MethodGet, "/mailings/:mailing/check", look, (*visit).mailingCheck},
		{http.MethodPost, "/mailings/:mailing/check", plan, (*visit).saveRevision},
		{http.MethodGet, "/mailings/:mailing/foreseen", look, (*visit).foresee},
		{http.MethodGet, "/mailings/:mailing/spam", look, (*visit).spam},
		{http.MethodPost, "/mailings/:mailing/test", plan, (*visit).sendTest},
		{http.MethodGet, "/mailings/:mailing/approval", look, (*visit).mailingApproval},
		{http.MethodGet, "/mailings/:mailing/outcome", look, (*visit).mailingOutcome},
		{http.MethodGet, "/mailings/:mailing/sample", plan, (*visit).sampleMember},
		{http.MethodPost, "/mailings/:mailing/content", plan, (*visit).saveContent},
		{http.MethodGet, "/mailings/:mailing/campaigns", plan, (*visit).campaignPicks},
		{http.MethodPost, "/mailings/:mailing/rebase", plan, (*visit).rebaseMailing},
		{http.MethodPost, "/mailings/:mailing/discard", plan, (*visit).discardMailing},
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
	Look     look
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

// openMailing reads the mailing in the path, for the page of a step.
func (v *visit) openMailing(here string) (mailingView, error) {
	id, err := v.id("mailing")
	if err != nil {
		return mailingView{}, err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return mailingView{}, err
	}
	view := mailingView{Mailing: m, Here: here, Zone: v.zone(), Look: v.look(), Plans: v.can(accounts.Planner)}
	view.MayEdit = view.Plans && !m.Ended()
	if view.Work, err = v.bench().Open(v.ctx(), &m); err != nil {
		return view, err
	}
	if err := v.judge(&view); err != nil {
		return view, err
	}
	sends, err := v.Mailings.Sends(v.ctx(), mailings.SendFilter{Mailing: m.ID}, paging.Ask{})
	if err != nil {
		return view, err
	}
	view.Sends = sends.Items
	view.Steps = stepsOf(&view, v.now())
	view.Others, err = v.others(m.ID, here)
	return view, err
}

// bench is where mailings are worked on.
func (d *door) bench() *mailings.Workbench { return mailings.NewWorkbench(d.Mailings, d.Composer) }

// judge finds out how the working copy looks, and what is wrong with it.
func (v *visit) judge(view *mailingView) error {
	var err error
	view.Faults, view.Findings = nil, nil
	view.Content, err = v.Composer.Appearance(v.ctx(), &view.Mailing, view.Work.Brief)
	if err := view.note(err); err != nil {
		return err
	}
	if err := view.note(view.Content.ValidateAppearance()); err != nil {
		return err
	}
	_, view.Findings, _, err = view.Content.Compile(v.ctx(), v.Compiler)
	if fault.Is(err, fault.Invalid) {
		return nil // the findings say it
	}
	return err
}

// note keeps what a person can mend.
func (m *mailingView) note(err error) error {
	told, ok := asFault(err)
	if !ok || told.Kind != fault.Invalid {
		return err
	}
	m.Faults = append(m.Faults, told.Details...)
	return nil
}

// others notes that the user is here, and tells who else is.
func (v *visit) others(id mailings.ID, here string) ([]present, error) {
	found, err := v.bench().Attend(v.ctx(), id, here, v.User.ID)
	if err != nil {
		return nil, err
	}
	var others []present
	for _, p := range found {
		u, err := v.Accounts.Get(v.ctx(), p.UserID)
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
func (v *visit) mailingLive() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	here := v.Query("step")
	if !isStep(here) {
		return notHere()
	}
	return v.live(presenceEvery, func() (string, error) {
		others, err := v.others(mailings.ID(id), here)
		if err != nil {
			return "", err
		}
		return v.render("mailing_content", "mailing-others", others)
	})
}

func (v *visit) toMailingStep() error {
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	return v.to(v.Request.URL.Path + "/" + nextStep(view.Steps))
}

// rebaseMailing goes on with what was typed, on top of a revision that somebody
// saved meanwhile.
func (v *visit) rebaseMailing() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	if err := v.bench().Rebase(v.ctx(), mailings.ID(id)); err != nil {
		return err
	}
	return v.to(strings.TrimSuffix(v.Request.URL.Path, "/rebase") + "/content")
}

// discardMailing gives up what was changed since the newest revision.
func (v *visit) discardMailing() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	if err := v.bench().Discard(v.ctx(), mailings.ID(id), f.number("version")); err != nil {
		return err
	}
	return v.to(strings.TrimSuffix(v.Request.URL.Path, "/discard") + "/content")
}
