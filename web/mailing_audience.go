package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/mailings"
	"keur/members"
	"keur/segments"
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
		list[i].Sentence = capital(segments.Explain(list[i].Rule, names, v.Say.Locale))
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

// audienceRule answers script with the builder of the mailing's own rule.
func (v *visit) audienceRule() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	rule, _, err := v.readRule(f, v.Request.URL.Path)
	if err != nil {
		return err
	}
	return v.part("mailing_audience", "rule-alone", rule)
}

// saveAudience saves what the form says into the working copy: by itself as
// somebody types, or because of a button that changes the form, too.
func (v *visit) saveAudience() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	rule, err := v.ownRuleOf(f, mailings.ID(id))
	if err != nil {
		return err
	}
	version, do := f.number("version"), f.Get("do")
	if do == "over" {
		version = f.number("theirs")
	}
	var work mailings.WorkingCopy
	wanted, right := v.readAudience(&f, rule)
	if right {
		work, err = v.bench().Change(v.ctx(), mailings.ID(id), mailings.AudiencePart, version, v.User.ID, func(b *mailings.Brief) error {
			b.Audience = wanted(b.Audience, mailings.ID(id))
			return nil
		})
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	if right && err == nil && !v.partial() && (do == "" || do == "over") {
		return v.to(v.Request.URL.Path)
	}
	return v.answerAudience(f, rule, work, right, err)
}

// answerAudience shows the form again, or tells script what became of it.
func (v *visit) answerAudience(f form, rule *ruleForm, work mailings.WorkingCopy, right bool, conflict error) error {
	view, err := v.openMailing("audience")
	if err != nil {
		return err
	}
	page, err := v.newAudienceView(view)
	if err != nil {
		return err
	}
	if page.Own != nil && rule != nil {
		page.Own = rule // as it was typed
	}
	status := http.StatusOK
	switch {
	case !right:
		status, page.Form = http.StatusUnprocessableEntity, f
	case conflict != nil && view.Mailing.Ended():
		return conflict
	case conflict != nil:
		page.Theirs = max(work.Changes[mailings.AudiencePart].Version, view.Version(mailings.AudiencePart))
	default:
		page.Saved = v.now()
		v.Header("HX-Trigger", "saved")
	}
	if do := f.Get("do"); v.partial() && (do == "" || do == "over") {
		body, err := v.render("mailing_audience", "audience-saved", page)
		if err != nil {
			return err
		}
		v.Data(status, "text/html; charset=utf-8", []byte(body))
		return nil
	}
	return v.answer(status, "mailing_audience", page)
}

// ownRuleOf reads the mailing's own rule, if the form has one.
func (v *visit) ownRuleOf(f form, id mailings.ID) (*ruleForm, error) {
	if f.Get("do") == "own" {
		return v.newRuleForm(builder.Everyone(), v.rulePath(id))
	}
	if f.Get("own") == "" || f.Get("do") == "disown" {
		return nil, nil //nolint:nilnil // none is an answer, and no error
	}
	rule, _, err := v.readRule(f, v.rulePath(id))
	v.Writer.Header().Del("HX-Trigger-After-Settle") // it is saved with this form
	return rule, err
}

// readAudience reads for whom the form says that the mailing is. The seeds of
// what is random stay as they were, so that the same members stay out.
func (v *visit) readAudience(f *form, own *ruleForm) (wanted func(segments.Audience, mailings.ID) segments.Audience, right bool) {
	holdout, err := strconv.ParseFloat(cmp.Or(f.Field("holdout"), "0"), 64)
	if err != nil || !(holdout >= 0 && holdout <= 50) {
		f.refuse("holdout", v.Say.T("audience.bad_holdout"))
	}
	most, err := strconv.Atoi(cmp.Or(f.Field("cap"), "0"))
	if err != nil || most < 0 {
		f.refuse("cap", v.Say.T("audience.bad_cap"))
	}
	name := ""
	if own != nil {
		names, err := v.Audiences.Names(v.ctx(), v.Label.ID, own.Rule)
		if err != nil {
			f.Fault = v.Say.T("audience.bad_rule")
		}
		name = capital(segments.Explain(own.Rule, names, v.Label.Locale))
	}
	return func(was segments.Audience, id mailings.ID) segments.Audience {
		a := segments.Audience{
			Segments: refsOf(f.chosen("segment"), was.Segments), Exclude: refsOf(f.chosen("exclude"), was.Exclude),
			ExcludeMailings: f.chosen("mailing"), OncePerMember: f.Get("once") != "", Topic: f.Get("topic"),
			HoldoutPercent: holdout, HoldoutSalt: was.HoldoutSalt, Cap: most, Seed: was.Seed,
		}
		if own != nil {
			a.Segments = append(a.Segments, segments.SegmentRef{Name: name, Rule: own.Rule})
		}
		if holdout > 0 && a.HoldoutSalt == "" {
			a.HoldoutSalt = v.Label.Code // the same members for all mailings of the label
		}
		if most > 0 && a.Seed == "" {
			a.Seed = "mailing:" + itoa(id)
		}
		return a
	}, !f.Wrong()
}

// refsOf names saved segments, with the versions that they had.
func refsOf(ids []int64, was []segments.SegmentRef) []segments.SegmentRef {
	var refs []segments.SegmentRef
	for _, id := range ids {
		at := slices.IndexFunc(was, func(ref segments.SegmentRef) bool { return ref.ID == segments.ID(id) })
		if at >= 0 {
			refs = append(refs, was[at])
			continue
		}
		refs = append(refs, segments.SegmentRef{ID: segments.ID(id)})
	}
	return refs
}

// chosen are the numbers of the things that are ticked under a name, and of
// the one that is being added.
func (f form) chosen(name string) []int64 {
	texts := slices.Clone(f.Values[name])
	if f.Get("do") == "include" {
		texts = append(texts, f.Get("add_"+name))
	}
	var ids []int64
	for _, text := range texts {
		if id := builder.Number(strings.TrimSpace(text)); id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
