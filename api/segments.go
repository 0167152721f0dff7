package api

import (
	"context"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/segments"
	"keur/segments/explain"
)

// SegmentPath names a segment.
type SegmentPath struct {
	Segment segments.ID `path:"segment"`
}

func (d *door) segmentOperations() {
	const tag = "Segments"
	looks, plans := under(accounts.Viewer), under(accounts.Planner)
	register(d, tag, read("/labels/{label}/segments", "List a label's segments", looks), d.listSegments)
	register(d, tag, create("/labels/{label}/segments", "Save a rule as a segment", plans), d.createSegment)
	register(d, tag, read("/segments/{segment}", "Read a segment", ofSegment(accounts.Viewer)), d.getSegment)
	register(d, tag, read("/segments/{segment}/versions", "List the versions of a segment, the newest first", ofSegment(accounts.Viewer)), d.listSegmentVersions)
	register(d, tag, read("/segments/{segment}/versions/{version}", "Read a segment as it was", ofSegment(accounts.Viewer)), d.getSegmentVersion)
	register(d, tag, edit("/segments/{segment}", "Change a segment; a changed rule makes a new version", ofSegment(accounts.Planner)), d.updateSegment)
	register(d, tag, ask("/labels/{label}/segments/count", "Count exactly who matches a rule", looks), d.countSegment)
	register(d, tag, ask("/labels/{label}/segments/estimate", "Estimate quickly how many match a rule", looks), d.estimateSegment)
	register(d, tag, ask("/labels/{label}/segments/sample", "Show 20 members who match a rule", plans), d.sampleSegment)
	register(d, tag, ask("/labels/{label}/segments/overlap", "Count who matches two rules, alone and together", looks), d.overlapSegments)
	register(d, tag, ask("/labels/{label}/segments/explain", "Say a rule as a sentence", looks), d.explainSegment)
	register(d, tag, ask("/labels/{label}/audiences/waterfall", "Count an audience step by step", looks), d.countAudience)
}

func (d *door) listSegments(ctx context.Context, in *struct {
	LabelPath
	Paging
	Name     string `query:"name" maxLength:"200" doc:"A part of the name or the description, in whatever case"`
	Archived bool   `query:"archived" doc:"The archived ones as well"`
	Sort     string `query:"sort" enum:"name,newest"`
},
) (*answer[paging.Page[segments.Segment]], error) {
	f := segments.Filter{Labels: []labels.ID{in.Label}, Name: in.Name, Archived: in.Archived}
	return answered(d.Segments.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) createSegment(ctx context.Context, in *struct {
	LabelPath
	Body segments.Segment
},
) (*answer[segments.Segment], error) {
	return answered(d.Segments.Create(ctx, in.Label, in.Body.Name, in.Body.Description, in.Body.Rule))
}

func (d *door) getSegment(ctx context.Context, in *SegmentPath) (*answer[segments.Segment], error) {
	return answered(d.Segments.Get(ctx, in.Segment))
}

func (d *door) listSegmentVersions(ctx context.Context, in *struct {
	SegmentPath
	Paging
},
) (*answer[paging.Page[segments.Version]], error) {
	return answered(d.Segments.Versions(ctx, in.Segment, in.ask()))
}

func (d *door) getSegmentVersion(ctx context.Context, in *struct {
	SegmentPath
	Version int `path:"version"`
},
) (*answer[segments.Segment], error) {
	return answered(d.Segments.AtVersion(ctx, in.Segment, in.Version))
}

func (d *door) updateSegment(ctx context.Context, in *struct {
	SegmentPath
	Match
	Body segments.Segment
},
) (*answer[segments.Segment], error) {
	now, err := d.Segments.Get(ctx, in.Segment)
	if err != nil {
		return nil, err
	}
	return answered(d.Segments.Update(ctx, in.Segment, now.Version, func(s *segments.Segment) error {
		err := in.guard(*s)
		s.Name, s.Description, s.Rule, s.ArchivedAt = in.Body.Name, in.Body.Description, in.Body.Rule, in.Body.ArchivedAt
		return err
	}))
}

// ruled is a rule that something is asked about.
type ruled struct {
	LabelPath
	Body struct {
		Rule segments.Rule `json:"rule"`
	}
}

type counted struct {
	N int `json:"n"`
}

func (d *door) countSegment(ctx context.Context, in *ruled) (*answer[counted], error) {
	n, err := d.Audiences.Count(ctx, in.Label, in.Body.Rule)
	return answered(counted{n}, err)
}

func (d *door) estimateSegment(ctx context.Context, in *ruled) (*answer[segments.Estimation], error) {
	return answered(d.Audiences.Estimate(ctx, in.Label, in.Body.Rule))
}

func (d *door) sampleSegment(ctx context.Context, in *ruled) (*answer[paging.Page[segments.Sampled]], error) {
	return whole(d.Audiences.Sample(ctx, in.Label, in.Body.Rule))
}

func (d *door) overlapSegments(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		A segments.Rule `json:"a"`
		B segments.Rule `json:"b"`
	}
},
) (*answer[segments.Overlapped], error) {
	return answered(d.Audiences.Overlap(ctx, in.Label, in.Body.A, in.Body.B))
}

// sentence is a rule as a person says it.
type sentence struct {
	Sentence string `json:"sentence"`
}

func (d *door) explainSegment(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Rule   segments.Rule `json:"rule"`
		Locale string        `json:"locale,omitempty" enum:"nl,de,en" default:"nl"`
	}
},
) (*answer[sentence], error) {
	names, err := d.Audiences.Check(ctx, in.Label, in.Body.Rule)
	return answered(sentence{explain.Sentence(in.Body.Rule, names, in.Body.Locale)}, err)
}

func (d *door) countAudience(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Audience segments.Audience `json:"audience"`
		At       time.Time         `json:"at,omitzero" doc:"The slot; absent: now"`
	}
},
) (*answer[segments.Waterfall], error) {
	audience, err := d.Segments.ResolveAudience(ctx, in.Label, in.Body.Audience)
	if err != nil {
		return nil, err
	}
	return answered(d.Reach.Count(ctx, in.Label, audience, in.Body.At))
}
