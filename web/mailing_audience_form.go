package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

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
		return nil, nil // none is an answer, and no error
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
		name = words.Capital(explain.Sentence(own.Rule, names, v.Label.Locale))
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
