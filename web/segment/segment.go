package segment

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
	"keur/web/desk"
	"keur/web/desk/builder"
	"keur/web/desk/rules"
)

// segmentView is one segment: its rule to read or to edit, what it was before,
// and where it is used.
type segmentView struct {
	Segment  segments.Segment
	Form     desk.Form
	Rule     *rules.Form // nil for who may only look
	Sentence string
	Outline  []explain.Line
	Versions []versionView
	Older    string // the page of versions after these
	MayEdit  bool
	Approves bool
	Zone     *time.Location
}

// segment shows a segment. Whoever plans for its label edits it in place.
func (s *Screen) segment(x *desk.Exchange) error {
	segment := desk.Found[segments.Segment](x)
	var rule *rules.Form
	var err error
	if x.Can(accounts.Planner) && segment.ArchivedAt == nil {
		if rule, err = s.Rules.Of(x, segment.Rule, x.Request.URL.Path); err != nil {
			return err
		}
	}
	view, err := s.segmentView(x, segment, desk.Form{Values: segmentFields(segment)}, rule)
	if err != nil {
		return err
	}
	return x.Show("segment/segment", view)
}

func (s *Screen) segmentView(x *desk.Exchange, segment segments.Segment, f desk.Form, rule *rules.Form) (segmentView, error) {
	names, err := s.Audiences.Names(x.Context(), x.Label.ID, segment.Rule)
	if err != nil {
		return segmentView{}, err
	}
	view := segmentView{
		Segment: segment, Form: f, Rule: rule, Zone: x.Zone(), MayEdit: x.Can(accounts.Planner),
		Approves: x.Can(accounts.Approver),
		Sentence: words.Capital(explain.Sentence(segment.Rule, names, x.Say.Locale)),
		Outline:  explain.Outline(segment.Rule, names, x.Say.Locale),
	}
	view.Versions, view.Older, err = s.versionsOf(x, segment)
	return view, err
}

// editSegment saves the segment; a changed rule is a new version. Someone
// else's version in between is a conflict, and what was typed stays.
func (s *Screen) editSegment(x *desk.Exchange) error {
	segment, f, err := desk.FoundWithForm[segments.Segment](x)
	if err != nil {
		return err
	}
	rule, doing, err := s.Rules.Read(x, f, x.Request.URL.Path)
	if err != nil {
		return err
	}
	status, based := http.StatusOK, f.Number("version")
	if !doing {
		changed, err := s.Segments.Update(x.Context(), segment.ID, based, func(segment *segments.Segment) error {
			segment.Name, segment.Description = f.Field("name"), f.Field("description")
			if !sameRule(builder.From(segment.Rule, false).Rule(rule.Data), rule.Rule) {
				segment.Rule = rule.Rule
			}
			return nil
		})
		if err == nil {
			return x.GoTo(x.Request.URL.Path)
		}
		status = http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) && changed.Version != based {
			// Saving again is meant to replace what is there now, which the page shows.
			status = http.StatusConflict
			f.Set("version", desk.Itoa(changed.Version))
			err = fault.New(fault.Conflict, "segments.conflict", "version", changed.Version)
		}
		if err := s.refuseRule(x, &f, rule, err); err != nil {
			return err
		}
	}
	view, err := s.segmentView(x, segment, f, rule)
	if err != nil {
		return err
	}
	return x.Answer(status, "segment/segment", view)
}

// segmentFields are the fields of a segment's form.
func segmentFields(segment segments.Segment) url.Values {
	return url.Values{"name": {segment.Name}, "description": {segment.Description}, "version": {desk.Itoa(segment.Version)}}
}

func sameRule(a, b segments.Rule) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(left) == string(right)
}

// archiveSegment puts a segment aside: nothing new can use it. It can be put
// back.
func (s *Screen) archiveSegment(x *desk.Exchange) error {
	now := x.Now()
	return s.keepSegment(x, &now)
}

func (s *Screen) restoreSegment(x *desk.Exchange) error { return s.keepSegment(x, nil) }

func (s *Screen) keepSegment(x *desk.Exchange, archived *time.Time) error {
	segment := desk.Found[segments.Segment](x)
	if _, err := s.Segments.Update(x.Context(), segment.ID, segment.Version, func(segment *segments.Segment) error {
		segment.ArchivedAt = archived
		return nil
	}); err != nil {
		return err
	}
	return x.GoTo("/segments/" + desk.Itoa(segment.ID))
}

// countSegment counts a saved segment exactly, for its page.
func (s *Screen) countSegment(x *desk.Exchange) error {
	segment := desk.Found[segments.Segment](x)
	said := ruleSaid{Form: &rules.Form{Label: x.Label.Code, LabelName: x.Label.Name, Say: x.Say}}
	n, err := s.Audiences.Count(x.Context(), x.Label.ID, segment.Rule)
	if err != nil {
		return err
	}
	said.About = segments.Estimation{N: n, Exact: true}
	if few := desk.Few(x, desk.Discreet(x, &said.About)); few != "" {
		return x.Part("segment/said", "few", few)
	}
	if said.All, err = s.Audiences.Estimate(x.Context(), x.Label.ID, segments.Everyone()); err != nil {
		return err
	}
	return x.Part("segment/said", "figure", said)
}

// segmentUses lists where a segment is used.
func (s *Screen) segmentUses(x *desk.Exchange) error {
	segment := desk.Found[segments.Segment](x)
	uses, err := s.Segments.Uses(x.Context(), segment.ID)
	if err != nil {
		return err
	}
	return x.Part("segment/segment", "segment-uses", uses)
}
