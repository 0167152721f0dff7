package mailing

import (
	"net/http"
	"slices"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
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
// somebody types, or because of a button that changes the form, too. What is
// refused stays as it was, and doesn't keep the rest from being saved.
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
	wanted, err := s.readAudience(x, &f, rule)
	if err != nil {
		return err
	}
	work, err := s.Workbench.Change(x.Context(), m, mailings.AudiencePart, version, x.User.ID, func(b *mailings.Brief) error {
		b.Audience = wanted(b.Audience, m.ID)
		return nil
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	if err == nil && !f.Wrong() && !x.Partial() && (do == "" || do == "over") {
		return x.GoTo(x.Request.URL.Path)
	}
	return s.answerAudience(x, f, rule, work, err)
}

// answerAudience shows the form again, or tells script what became of it.
func (s *audience) answerAudience(x *desk.Exchange, f desk.Form, rule *rules.Form, work mailings.WorkingCopy, conflict error) error {
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
	if f.Wrong() {
		status, page.Form = http.StatusUnprocessableEntity, f
	}
	switch {
	case conflict != nil && view.Mailing.Ended():
		return conflict
	case conflict != nil:
		page.Theirs = max(work.Changes[mailings.AudiencePart].Version, view.Version(mailings.AudiencePart))
	default:
		if err := desk.Saved(x, f); err != nil {
			return err
		}
	}
	if do := f.Get("do"); x.Partial() && (do == "" || do == "over") {
		return x.AnswerPart(status, "mailing/audience", "audience-saved", page)
	}
	return x.Answer(status, "mailing/audience", page)
}

// ownRuleOf reads the mailing's own rule, if the form has one.
func (s *audience) ownRuleOf(x *desk.Exchange, f desk.Form, id mailings.ID) (*rules.Form, error) {
	if f.Get("do") == "own" {
		return s.Rules.New(x, s.rulePath(x, id))
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
) (wanted func(segments.Audience, mailings.ID) segments.Audience, err error) {
	holdout, ok := f.Decimal("holdout")
	if !ok || holdout < 0 || holdout > 50 {
		f.Refuse("holdout", x.Say.T("audience.bad_holdout"))
	}
	most := f.Positive("cap")
	ref := segments.SegmentRef{}
	if own != nil {
		names, err := s.Audiences.Names(x.Context(), x.Label.ID, own.Rule)
		if err != nil {
			f.Refuse("own", x.Say.T("audience.bad_rule"))
		}
		ref = segments.SegmentRef{Name: words.Capital(explain.Sentence(own.Rule, names, x.Label.Locale)), Rule: own.Rule}
	}
	include, exclude, got, err := s.chosenOf(x, f)
	return func(was segments.Audience, id mailings.ID) segments.Audience {
		a := segments.Audience{
			Segments: refsOf(include, was.Segments), Exclude: refsOf(exclude, was.Exclude), ExcludeMailings: got,
			OncePerMember: f.Get("once") != "", MailAgain: f.Get("again") != "", Topic: f.Get("topic"),
			HoldoutPercent: holdout, HoldoutSalt: was.HoldoutSalt, Cap: most, Seed: was.Seed,
		}
		if f.Refused("holdout") {
			a.HoldoutPercent = was.HoldoutPercent
		}
		if f.Refused("cap") {
			a.Cap = was.Cap
		}
		switch {
		case f.Refused("own"):
			a.Segments = append(a.Segments, ownRefs(was)...)
		case own != nil:
			a.Segments = append(a.Segments, ref)
		}
		if a.HoldoutPercent > 0 && a.HoldoutSalt == "" {
			a.HoldoutSalt = x.Label.Code // the same members for all mailings of the label
		}
		if a.Cap > 0 && a.Seed == "" {
			a.Seed = "mailing:" + desk.Itoa(id)
		}
		return a
	}, err
}

// ownRefs are the rules of an audience that were never saved as a segment.
func ownRefs(a segments.Audience) []segments.SegmentRef {
	return slices.DeleteFunc(slices.Clone(a.Segments), func(ref segments.SegmentRef) bool { return ref.ID != 0 })
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
