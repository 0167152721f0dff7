package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

// segmentView is one segment: its rule to read or to edit, what it was before,
// and where it is used.
type segmentView struct {
	Segment  segments.Segment
	Form     form
	Rule     *ruleForm // nil for who may only look
	Sentence string
	Outline  []explain.Line
	Versions []versionView
	Older    string // the page of versions after these
	MayEdit  bool
	Zone     *time.Location
}

// segment shows a segment. Whoever plans for its label edits it in place.
func (v *visit) segment() error {
	s, err := v.readSegment()
	if err != nil {
		return err
	}
	var rule *ruleForm
	if v.can(accounts.Planner) && s.ArchivedAt == nil {
		if rule, err = v.newRuleForm(builder.From(s.Rule), v.Request.URL.Path); err != nil {
			return err
		}
	}
	view, err := v.segmentView(s, form{Values: segmentFields(s)}, rule)
	if err != nil {
		return err
	}
	return v.show("segment", view)
}

func (v *visit) readSegment() (segments.Segment, error) {
	id, err := v.id("segment")
	if err != nil {
		return segments.Segment{}, err
	}
	return v.Segments.Get(v.ctx(), segments.ID(id))
}

func (v *visit) segmentView(s segments.Segment, f form, rule *ruleForm) (segmentView, error) {
	names, err := v.Audiences.Names(v.ctx(), v.Label.ID, s.Rule)
	if err != nil {
		return segmentView{}, err
	}
	view := segmentView{
		Segment: s, Form: f, Rule: rule, Zone: v.zone(), MayEdit: v.can(accounts.Planner),
		Sentence: words.Capital(explain.Sentence(s.Rule, names, v.Say.Locale)), Outline: explain.Outline(s.Rule, names, v.Say.Locale),
	}
	view.Versions, view.Older, err = v.versionsOf(s)
	return view, err
}

// editSegment saves the segment; a changed rule is a new version. Someone
// else's version in between is a conflict, and what was typed stays.
func (v *visit) editSegment() error {
	s, err := v.readSegment()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	rule, doing, err := v.readRule(f, v.Request.URL.Path)
	if err != nil {
		return err
	}
	status, based := http.StatusOK, f.number("version")
	if !doing {
		changed, err := v.Segments.Update(v.ctx(), s.ID, based, func(s *segments.Segment) error {
			s.Name, s.Description = f.Field("name"), f.Field("description")
			if !sameRule(builder.From(s.Rule).Rule(rule.fields), rule.Rule) {
				s.Rule = rule.Rule
			}
			return nil
		})
		if err == nil {
			return v.to(v.Request.URL.Path)
		}
		status = http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) && changed.Version != based {
			// Saving again is meant to replace what is there now, which the page shows.
			status = http.StatusConflict
			f.Set("version", itoa(changed.Version))
			err = fault.New(fault.Conflict, "%s", v.Say.T("segments.conflict", "version", changed.Version))
		}
		if err := v.refuseRule(&f, rule, err); err != nil {
			return err
		}
	}
	view, err := v.segmentView(s, f, rule)
	if err != nil {
		return err
	}
	return v.answer(status, "segment", view)
}

// segmentFields are the fields of a segment's form.
func segmentFields(s segments.Segment) url.Values {
	return url.Values{"name": {s.Name}, "description": {s.Description}, "version": {itoa(s.Version)}}
}

func sameRule(a, b segments.Rule) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(left) == string(right)
}

// archiveSegment puts a segment aside: nothing new can use it. It can be put
// back.
func (v *visit) archiveSegment() error {
	now := v.now()
	return v.keepSegment(&now)
}

func (v *visit) restoreSegment() error { return v.keepSegment(nil) }

func (v *visit) keepSegment(archived *time.Time) error {
	s, err := v.readSegment()
	if err != nil {
		return err
	}
	if _, err := v.Segments.Update(v.ctx(), s.ID, s.Version, func(s *segments.Segment) error {
		s.ArchivedAt = archived
		return nil
	}); err != nil {
		return err
	}
	return v.to("/segments/" + itoa(s.ID))
}

// countSegment counts a saved segment exactly, for its page.
func (v *visit) countSegment() error {
	s, err := v.readSegment()
	if err != nil {
		return err
	}
	said := ruleSaid{ruleForm: &ruleForm{Label: v.Label.Code, LabelName: v.Label.Name, Say: v.Say}}
	n, err := v.Audiences.Count(v.ctx(), v.Label.ID, s.Rule)
	if err != nil {
		return err
	}
	said.About = segments.Estimation{N: n, Exact: true}
	if said.All, err = v.Audiences.Estimate(v.ctx(), v.Label.ID, segments.Everyone()); err != nil {
		return err
	}
	return v.part("segment_said", "figure", said)
}

// segmentUses lists where a segment is used.
func (v *visit) segmentUses() error {
	s, err := v.readSegment()
	if err != nil {
		return err
	}
	uses, err := v.Segments.Uses(v.ctx(), s.ID)
	if err != nil {
		return err
	}
	return v.part("segment", "segment-uses", uses)
}
