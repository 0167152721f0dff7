package web

import (
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/internal/words"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

func (d *door) mailingAudienceRoutes() []route {
	look, plan := ofMailing(accounts.Viewer), ofMailing(accounts.Planner)
	return []route{
		{http.MethodGet, "/mailings/:mailing/audience", look, (*visit).mailingAudience},
		{http.MethodPost, "/mailings/:mailing/audience", plan, (*visit).saveAudience},
		{http.MethodPost, "/mailings/:mailing/audience/rule", plan, (*visit).audienceRule},
		{http.MethodGet, "/mailings/:mailing/audience/waterfall", look, (*visit).audienceWaterfall},
		{http.MethodGet, "/mailings/:mailing/audience/overlap", look, (*visit).audienceOverlap},
	}
}

// audienceView is for whom the mailing is.
type audienceView struct {
	mailingView
	Form     form
	Segments []chosenSegment // whose members get it
	Exclude  []chosenSegment // … unless they are in one of these
	Mailings []chosenMailing // … or got one of these
	Own      *ruleForm       // a rule of this mailing alone; nil: none
	Topics   []members.Topic
	Saved    time.Time // when it was saved just now
	Theirs   int       // the version that a colleague saved meanwhile; 0: nobody did
}

// Numbers are the fields that can be filled in wrongly.
func (audienceView) Numbers() []string { return []string{"holdout", "cap"} }

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
func (v *visit) mailingAudience() error {
	view, err := v.openMailing("audience")
	if err != nil {
		return err
	}
	page, err := v.newAudienceView(view)
	if err != nil {
		return err
	}
	return v.show("mailing_audience", page)
}

// newAudienceView shows the audience of the working copy.
func (v *visit) newAudienceView(view mailingView) (audienceView, error) {
	a := view.Work.Brief.Audience
	page := audienceView{mailingView: view, Form: newForm(v.Say)}
	page.Form.Set("holdout", written(a.HoldoutPercent))
	page.Form.Set("topic", a.Topic)
	if a.Cap > 0 {
		page.Form.Set("cap", itoa(a.Cap))
	}
	if a.OncePerMember {
		page.Form.Set("once", "yes")
	}
	var err error
	if page.Segments, err = v.chosenSegments(a.Segments); err != nil {
		return page, err
	}
	if page.Exclude, err = v.chosenSegments(a.Exclude); err != nil {
		return page, err
	}
	for _, id := range a.ExcludeMailings {
		m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
		if err != nil {
			return page, err
		}
		page.Mailings = append(page.Mailings, chosenMailing{id, m.Name})
	}
	if rule, is := ownRule(a); is {
		if page.Own, err = v.newRuleForm(builder.From(rule), v.rulePath(view.Mailing.ID)); err != nil {
			return page, err
		}
	}
	page.Topics, err = v.Members.Topics(v.ctx(), view.Mailing.LabelID)
	return page, err
}

func (v *visit) rulePath(id mailings.ID) string { return mailingPath(id) + "/audience/rule" }

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

func (v *visit) chosenSegments(refs []segments.SegmentRef) ([]chosenSegment, error) {
	var list []chosenSegment
	var rules []segments.Rule
	for _, ref := range refs {
		if ref.ID == 0 {
			continue
		}
		s, err := v.Segments.Get(v.ctx(), ref.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, chosenSegment{Segment: s, Was: ref.Version})
		rules = append(rules, s.Rule)
	}
	names, err := v.Audiences.Names(v.ctx(), v.Label.ID, rules...)
	for i := range list {
		list[i].Sentence = words.Capital(explain.Sentence(list[i].Rule, names, v.Say.Locale))
	}
	return list, err
}

// written writes a number of a form; nothing for 0.
func written(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
