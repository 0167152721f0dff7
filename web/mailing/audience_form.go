package mailing

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/mailings"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/builder"
	"keur/web/desk/rules"
)

// audienceRule answers script with the builder of the mailing's own rule.
func (s *audience) audienceRule(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	rule, _, err := s.Rules.Read(x, f, x.Request.URL.Path)
	if err != nil {
		return err
	}
	return x.Part("mailing/audience", "rule-alone", rule)
}

// saveAudience saves what the form says into the working copy: by itself as
// somebody types, or because of a button that changes the form, too.
func (s *audience) saveAudience(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	rule, err := s.ownRuleOf(x, f, m.ID)
	if err != nil {
		return err
	}
	version, do := f.Number("version"), f.Get("do")
	if do == "over" {
		version = f.Number("theirs")
	}
	var work mailings.WorkingCopy
	wanted, right := s.readAudience(x, &f, rule)
	if right {
		work, err = s.Workbench.Change(x.Context(), m, mailings.AudiencePart, version, x.User.ID, func(b *mailings.Brief) error {
			b.Audience = wanted(b.Audience, m.ID)
			return nil
		})
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	if right && err == nil && !x.Partial() && (do == "" || do == "over") {
		return x.GoTo(x.Request.URL.Path)
	}
	return s.answerAudience(x, f, rule, work, right, err)
}

// answerAudience shows the form again, or tells script what became of it.
func (s *audience) answerAudience(
	x *desk.Exchange, f desk.Form, rule *rules.Form, work mailings.WorkingCopy, right bool, conflict error,
) error {
	view, err := s.reopenMailing(x, "audience")
	if err != nil {
		return err
	}
	page, err := s.newAudienceView(x, view)
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
		page.Saved = x.Now()
		x.Header("HX-Trigger", "saved")
	}
	if do := f.Get("do"); x.Partial() && (do == "" || do == "over") {
		body, err := x.Render("mailing/audience", "audience-saved", page)
		if err != nil {
			return err
		}
		x.Send(status, "text/html; charset=utf-8", []byte(body))
		return nil
	}
	return x.Answer(status, "mailing/audience", page)
}

// ownRuleOf reads the mailing's own rule, if the form has one.
func (s *audience) ownRuleOf(x *desk.Exchange, f desk.Form, id mailings.ID) (*rules.Form, error) {
	if f.Get("do") == "own" {
		return s.Rules.New(x, builder.Everyone(), s.rulePath(x, id))
	}
	if f.Get("own") == "" || f.Get("do") == "disown" {
		return nil, nil // none is an answer, and no error
	}
	rule, _, err := s.Rules.Read(x, f, s.rulePath(x, id))
	x.Writer.Header().Del("HX-Trigger-After-Settle") // it is saved with this form
	return rule, err
}

// readAudience reads for whom the form says that the mailing is. The seeds of
// what is random stay as they were, so that the same members stay out.
func (s *audience) readAudience(
	x *desk.Exchange, f *desk.Form, own *rules.Form,
) (wanted func(segments.Audience, mailings.ID) segments.Audience, right bool) {
	holdout, err := strconv.ParseFloat(cmp.Or(f.Field("holdout"), "0"), 64)
	if err != nil || !(holdout >= 0 && holdout <= 50) {
		f.Refuse("holdout", x.Say.T("audience.bad_holdout"))
	}
	most, ok := typed.Count(cmp.Or(f.Field("cap"), "0"), math.MaxInt32)
	if !ok {
		f.Refuse("cap", x.Say.T("audience.bad_cap"))
	}
	name := ""
	if own != nil {
		names, err := s.Audiences.Names(x.Context(), x.Label.ID, own.Rule)
		if err != nil {
			f.Fault = x.Say.T("audience.bad_rule")
		}
		name = words.Capital(explain.Sentence(own.Rule, names, x.Label.Locale))
	}
	return func(was segments.Audience, id mailings.ID) segments.Audience {
		a := segments.Audience{
			Segments: refsOf(chosen(*f, "segment"), was.Segments), Exclude: refsOf(chosen(*f, "exclude"), was.Exclude),
			ExcludeMailings: chosen(*f, "mailing"), OncePerMember: f.Get("once") != "",
			MailAgain: f.Get("again") != "", Topic: f.Get("topic"),
			HoldoutPercent: holdout, HoldoutSalt: was.HoldoutSalt, Cap: int(most), Seed: was.Seed,
		}
		if own != nil {
			a.Segments = append(a.Segments, segments.SegmentRef{Name: name, Rule: own.Rule})
		}
		if holdout > 0 && a.HoldoutSalt == "" {
			a.HoldoutSalt = x.Label.Code // the same members for all mailings of the label
		}
		if most > 0 && a.Seed == "" {
			a.Seed = "mailing:" + desk.Itoa(id)
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
func chosen(f desk.Form, name string) []int64 {
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
