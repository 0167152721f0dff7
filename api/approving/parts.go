package approving

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/authors"
	"keur/campaigns"
	"keur/labels"
	"keur/segments"
	"keur/templates"
)

// parts are the operations by which an approver approves a template, a segment
// or a deal alone: after that who wrote it is no author by these bytes.
type parts struct{ *Resources }

// TemplatePath, SegmentPath and CampaignPath name what has parts of its own.
type (
	TemplatePath struct {
		Template templates.ID `path:"template"`
	}
	SegmentPath struct {
		Segment segments.ID `path:"segment"`
	}
	CampaignPath struct {
		Campaign campaigns.ID `path:"campaign"`
	}
)

// SeenParts are the bytes that somebody approves.
type SeenParts struct {
	Body struct {
		Parts []authors.Hash `json:"parts" doc:"Hashes of all parts, as they were read"`
	}
}

func (s parts) partOperations() {
	const tag = "Approval"
	const reads = "Read what is approved of it alone: the bytes, who wrote and who approved them"
	const approves = "Approve it alone: then whoever wrote it is no author of mailings by these bytes"
	rest.Register(s.Kit, tag, rest.Read("/templates/{template}/parts", reads, rest.OfTemplate(s.Templates, accounts.Viewer)), s.ofTemplate)
	rest.Register(s.Kit, tag, rest.Act("/templates/{template}/approve", approves, rest.OfTemplate(s.Templates, accounts.Approver)),
		s.approveTemplate)
	rest.Register(s.Kit, tag, rest.Read("/segments/{segment}/parts", reads, rest.OfSegment(s.Segments, accounts.Viewer)), s.ofSegment)
	rest.Register(s.Kit, tag, rest.Act("/segments/{segment}/approve", approves, rest.OfSegment(s.Segments, accounts.Approver)),
		s.approveSegment)
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}/parts", reads, rest.OfCampaign(s.Campaigns, accounts.Viewer)), s.ofDeal)
	rest.Register(s.Kit, tag, rest.Act("/campaigns/{campaign}/approve", approves, rest.OfCampaign(s.Campaigns, accounts.Approver)),
		s.approveDeal)
}

type (
	shownParts    = rest.Answer[[]authors.Shown]
	approvedParts = rest.Answer[[]authors.Part]
)

func (s parts) template(ctx context.Context, id templates.ID) (labels.ID, authors.Thing, error) {
	t, err := s.Templates.Get(ctx, id)
	return t.LabelID, authors.Thing{Kind: authors.Template, ID: int64(t.ID), Version: t.Version}, err
}

func (s parts) segment(ctx context.Context, id segments.ID) (labels.ID, authors.Thing, error) {
	g, err := s.Segments.Get(ctx, id)
	return g.LabelID, authors.Thing{Kind: authors.Segment, ID: int64(g.ID), Version: g.Version}, err
}

func (s parts) deal(ctx context.Context, id campaigns.ID) (labels.ID, authors.Thing, error) {
	c, err := s.Campaigns.Get(ctx, id)
	return c.LabelID, authors.Thing{Kind: authors.Deal, ID: int64(c.ID)}, err
}

func (s parts) shown(ctx context.Context, label labels.ID, thing authors.Thing, err error) (*shownParts, error) {
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Parts.Shown(ctx, label, thing))
}

func (s parts) approve(ctx context.Context, label labels.ID, thing authors.Thing, seen SeenParts, err error) (*approvedParts, error) {
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Parts.Approve(ctx, label, thing, seen.Body.Parts, rest.Caller(ctx).ID))
}

func (s parts) ofTemplate(ctx context.Context, in *TemplatePath) (*shownParts, error) {
	label, thing, err := s.template(ctx, in.Template)
	return s.shown(ctx, label, thing, err)
}

func (s parts) approveTemplate(ctx context.Context, in *struct {
	TemplatePath
	SeenParts
},
) (*approvedParts, error) {
	label, thing, err := s.template(ctx, in.Template)
	return s.approve(ctx, label, thing, in.SeenParts, err)
}

func (s parts) ofSegment(ctx context.Context, in *SegmentPath) (*shownParts, error) {
	label, thing, err := s.segment(ctx, in.Segment)
	return s.shown(ctx, label, thing, err)
}

func (s parts) approveSegment(ctx context.Context, in *struct {
	SegmentPath
	SeenParts
},
) (*approvedParts, error) {
	label, thing, err := s.segment(ctx, in.Segment)
	return s.approve(ctx, label, thing, in.SeenParts, err)
}

func (s parts) ofDeal(ctx context.Context, in *CampaignPath) (*shownParts, error) {
	label, thing, err := s.deal(ctx, in.Campaign)
	return s.shown(ctx, label, thing, err)
}

func (s parts) approveDeal(ctx context.Context, in *struct {
	CampaignPath
	SeenParts
},
) (*approvedParts, error) {
	label, thing, err := s.deal(ctx, in.Campaign)
	return s.approve(ctx, label, thing, in.SeenParts, err)
}
