package audience

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/paging"
	"keur/labels"
	"keur/segments"
	"keur/segments/explain"
)

// SegmentPath names a segment.
type SegmentPath struct {
	Segment segments.ID `path:"segment"`
}

func (s *segmentResource) segmentOperations() {
	const tag = "Segments"
	looks, plans := rest.Under(accounts.Viewer), rest.Under(accounts.Planner)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/segments", "List a label's segments", looks), s.listSegments)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/segments", "Save a rule as a segment", plans), s.createSegment)
	rest.Register(s.Kit, tag, rest.Read("/segments/{segment}", "Read a segment", rest.OfSegment(s.Segments, accounts.Viewer)), s.getSegment)
	rest.Register(s.Kit, tag, rest.Read("/segments/{segment}/versions", "List the versions of a segment, the newest first",
		rest.OfSegment(s.Segments, accounts.Viewer)), s.listSegmentVersions)
	rest.Register(s.Kit, tag, rest.Read("/segments/{segment}/versions/{version}", "Read a segment as it was",
		rest.OfSegment(s.Segments, accounts.Viewer)), s.getSegmentVersion)
	rest.Register(s.Kit, tag, rest.Edit("/segments/{segment}", "Change a segment; a changed rule makes a new version",
		rest.OfSegment(s.Segments, accounts.Planner)), s.updateSegment)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/segments/count", "Count exactly who matches a rule", looks), s.countSegment)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/segments/estimate", "Estimate quickly how many match a rule", looks),
		s.estimateSegment)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/segments/sample", "Show 20 members who match a rule", plans), s.sampleSegment)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/segments/overlap", "Count who matches two rules, alone and together", looks),
		s.overlapSegments)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/segments/explain", "Say a rule as a sentence", looks), s.explainSegment)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/audiences/waterfall", "Count an audience step by step", looks), s.countAudience)
}

func (s *segmentResource) listSegments(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Name     string `query:"name" maxLength:"200" doc:"A part of the name or the description, in whatever case"`
	Archived bool   `query:"archived" doc:"The archived ones as well"`
	Sort     string `query:"sort" enum:"name,newest"`
},
) (*rest.Answer[paging.Page[segments.Segment]], error) {
	f := segments.Filter{Labels: []labels.ID{in.Label}, Name: in.Name, Archived: in.Archived}
	return rest.Answered(s.Segments.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *segmentResource) createSegment(ctx context.Context, in *struct {
	rest.LabelPath
	Body segments.Segment
},
) (*rest.Answer[segments.Segment], error) {
	made, err := s.Segments.Create(ctx, in.Label, in.Body.Name, in.Body.Description, in.Body.Rule)
	return rest.Answered(made, rest.Within("rule", err, "name", "description"))
}

func (s *segmentResource) getSegment(ctx context.Context, in *SegmentPath) (*rest.Answer[segments.Segment], error) {
	return rest.Answered(s.Segments.Get(ctx, in.Segment))
}

func (s *segmentResource) listSegmentVersions(ctx context.Context, in *struct {
	SegmentPath
	rest.Paging
},
) (*rest.Answer[paging.Page[segments.Version]], error) {
	return rest.Answered(s.Segments.Versions(ctx, in.Segment, in.Ask()))
}

func (s *segmentResource) getSegmentVersion(ctx context.Context, in *struct {
	SegmentPath
	Version int `path:"version"`
},
) (*rest.Answer[segments.Segment], error) {
	return rest.Answered(s.Segments.AtVersion(ctx, in.Segment, in.Version))
}

func (s *segmentResource) updateSegment(ctx context.Context, in *struct {
	SegmentPath
	rest.Match
	Body segments.Segment
},
) (*rest.Answer[segments.Segment], error) {
	now, err := s.Segments.Get(ctx, in.Segment)
	if err != nil {
		return nil, err
	}
	changed, err := s.Segments.Update(ctx, in.Segment, now.Version, func(segment *segments.Segment) error {
		err := in.Guard(*segment)
		segment.Name, segment.Description, segment.Rule, segment.ArchivedAt = in.Body.Name, in.Body.Description, in.Body.Rule,
			in.Body.ArchivedAt
		return err
	})
	return rest.Answered(changed, rest.Within("rule", err, "name", "description"))
}

// ruled is a rule that something is asked about.
type ruled struct {
	rest.LabelPath
	Body struct {
		Rule segments.Rule `json:"rule"`
	}
}

type Counted struct {
	N int `json:"n"`
}

// Discreet rounds the count, or refuses to tell it.
func (c *Counted) Discreet() error { return segments.Discreet(&c.N) }

func (s *segmentResource) countSegment(ctx context.Context, in *ruled) (*rest.Answer[Counted], error) {
	n, err := s.Audiences.Count(ctx, in.Label, in.Body.Rule)
	return rest.AnsweredFigure(ctx, in.Label, Counted{n}, rest.Within("rule", err))
}

func (s *segmentResource) estimateSegment(ctx context.Context, in *ruled) (*rest.Answer[segments.Estimation], error) {
	about, err := s.Audiences.Estimate(ctx, in.Label, in.Body.Rule)
	return rest.AnsweredFigure(ctx, in.Label, about, rest.Within("rule", err))
}

func (s *segmentResource) sampleSegment(ctx context.Context, in *ruled) (*rest.Answer[paging.Page[segments.Sampled]], error) {
	found, err := s.Audiences.Sample(ctx, in.Label, in.Body.Rule)
	return rest.Whole(found, rest.Within("rule", err))
}

func (s *segmentResource) overlapSegments(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		A segments.Rule `json:"a"`
		B segments.Rule `json:"b"`
	}
},
) (*rest.Answer[segments.Overlapped], error) {
	for field, rule := range map[string]segments.Rule{"a": in.Body.A, "b": in.Body.B} {
		if _, err := s.Audiences.Check(ctx, in.Label, rule); err != nil {
			return nil, rest.Within(field, err)
		}
	}
	found, err := s.Audiences.Overlap(ctx, in.Label, in.Body.A, in.Body.B)
	return rest.AnsweredFigure(ctx, in.Label, found, err)
}

// Sentence is a rule as a person says it.
type Sentence struct {
	Sentence string `json:"sentence"`
}

func (s *segmentResource) explainSegment(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Rule   segments.Rule `json:"rule"`
		Locale string        `json:"locale,omitempty" enum:"nl,de,en" default:"nl"`
	}
},
) (*rest.Answer[Sentence], error) {
	names, err := s.Audiences.Check(ctx, in.Label, in.Body.Rule)
	return rest.Answered(Sentence{explain.Sentence(in.Body.Rule, names, in.Body.Locale)}, rest.Within("rule", err))
}

func (s *segmentResource) countAudience(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Audience segments.Audience `json:"audience"`
		At       time.Time         `json:"at,omitzero" doc:"The slot; absent: now"`
	}
},
) (*rest.Answer[segments.Waterfall], error) {
	audience, err := s.Segments.ResolveAudience(ctx, in.Label, in.Body.Audience)
	if err != nil {
		return nil, rest.WithinAudience(err)
	}
	found, err := s.Reach.Count(ctx, in.Label, audience, in.Body.At)
	return rest.AnsweredFigure(ctx, in.Label, found, rest.WithinAudience(err))
}
