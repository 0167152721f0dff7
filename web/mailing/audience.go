package mailing

import (
	"time"

	"keur/accounts"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/rules"
)

func (s *audience) mailingAudienceRoutes() []desk.Route {
	look, plan := desk.OfMailing(s.Mailings, accounts.Viewer), desk.OfMailing(s.Mailings, accounts.Planner)
	return []desk.Route{
		desk.Get("/mailings/:mailing/audience", look, s.mailingAudience),
		desk.Post("/mailings/:mailing/audience", plan, s.saveAudience),
		desk.Post("/mailings/:mailing/audience/rule", plan, s.audienceRule),
		desk.Get("/mailings/:mailing/audience/waterfall", look, s.audienceWaterfall),
		desk.Get("/mailings/:mailing/audience/overlap", look, s.audienceOverlap),
	}
}

// audienceView is for whom the mailing is.
type audienceView struct {
	mailingView
	Form     desk.Form
	Segments []chosenSegment // whose members get it
	Exclude  []chosenSegment // … unless they are in one of these
	Mailings []chosenMailing // … or got one of these
	Own      *rules.Form     // a rule of this mailing alone; nil: none
	Topics   []members.Topic
	Begun    bool // a send of it began, so that some members have it
	Theirs   int  // the version that a colleague saved meanwhile; 0: nobody did
}

// Numbers are the fields that can be filled in wrongly.
func (audienceView) Numbers() []string { return []string{"holdout", "cap", "own"} }

// Saved is when it was saved last since the newest revision, zero if it wasn't.
func (a audienceView) Saved() time.Time { return a.Work.Changes[mailings.AudiencePart].At }

// Version is that of the audience in the working copy, which the form names.
func (a audienceView) Version() int { return a.mailingView.Version(mailings.AudiencePart) }

// chosenSegment is a saved segment in an audience.
type chosenSegment struct {
	segments.Segment
	Was      int // the version that the newest revision has; 0: none
	Sentence string
}

// Newer reports whether the next revision takes over a version that the last
// one didn't have.
func (c chosenSegment) Newer() bool { return c.Was != 0 && c.Was != c.Version }

// chosenMailing is one whose recipients are left out.
type chosenMailing struct {
	ID   int64
	Name string
}

// mailingAudience says for whom the mailing is, and lets a planner say it.
func (s *audience) mailingAudience(x *desk.Exchange) error {
	view, err := s.openMailing(x, "audience")
	if err != nil {
		return err
	}
	page, err := s.newAudienceView(x, view)
	if err != nil {
		return err
	}
	return x.Show("mailing/audience", page)
}

// newAudienceView shows the audience of the working copy.
func (s *audience) newAudienceView(x *desk.Exchange, view mailingView) (audienceView, error) {
	a := view.Work.Brief.Audience
	page := audienceView{mailingView: view, Form: desk.NewForm(x.Say)}
	if a.HoldoutPercent > 0 {
		page.Form.Set("holdout", typed.Write(a.HoldoutPercent, page.Form.Comma()))
	}
	page.Form.Set("topic", a.Topic)
	if a.Cap > 0 {
		page.Form.Set("cap", desk.Itoa(a.Cap))
	}
	if a.OncePerMember {
		page.Form.Set("once", "yes")
	}
	if a.MailAgain {
		page.Form.Set("again", "yes")
	}
	var err error
	if page.Begun, err = s.Sends.Begun(x.Context(), view.Mailing.ID); err != nil {
		return page, err
	}
	if page.Segments, err = s.chosenSegments(x, a.Segments); err != nil {
		return page, err
	}
	if page.Exclude, err = s.chosenSegments(x, a.Exclude); err != nil {
		return page, err
	}
	for _, id := range a.ExcludeMailings {
		m, err := s.Mailings.Get(x.Context(), mailings.ID(id))
		if err != nil {
			return page, err
		}
		page.Mailings = append(page.Mailings, chosenMailing{id, m.Name})
	}
	if rule, is := ownRule(a); is {
		if page.Own, err = s.Rules.Of(x, rule, s.rulePath(x, view.Mailing.ID)); err != nil {
			return page, err
		}
	}
	page.Topics, err = s.Members.Topics(x.Context(), view.Mailing.LabelID)
	return page, err
}

func (s *audience) rulePath(x *desk.Exchange, id mailings.ID) string {
	return mailingPath(id) + "/audience/rule"
}

// ownRule joins the rules that were never saved as a segment.
func ownRule(a segments.Audience) (segments.Rule, bool) {
	var rules []segments.Rule
	for _, ref := range a.Segments {
		if ref.ID == 0 {
			rules = append(rules, ref.Rule)
		}
	}
	switch len(rules) {
	case 0:
		return segments.Rule{}, false
	case 1:
		return rules[0], true
	}
	return segments.Rule{Any: rules}, true
}

func (s *audience) chosenSegments(x *desk.Exchange, refs []segments.SegmentRef) ([]chosenSegment, error) {
	var list []chosenSegment
	var rules []segments.Rule
	for _, ref := range refs {
		if ref.ID == 0 {
			continue
		}
		segment, err := s.Segments.Get(x.Context(), ref.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, chosenSegment{Segment: segment, Was: ref.Version})
		rules = append(rules, segment.Rule)
	}
	names, err := s.Audiences.Names(x.Context(), x.Label.ID, rules...)
	for i := range list {
		list[i].Sentence = words.Capital(explain.Sentence(list[i].Rule, names, x.Say.Locale))
	}
	return list, err
}
