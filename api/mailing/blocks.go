package mailing

import (
	"context"
	"errors"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/blocks"
)

// BlockPath names a saved block.
type BlockPath struct {
	Block blocks.ID `path:"block"`
}

func (s *blockResource) blockOperations() {
	const tag = "Mailings"
	look, plan := s.of(accounts.Viewer), s.of(accounts.Planner)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/blocks", "List the blocks that a label saved, the newest first",
		rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Create("/mailings/{mailing}/blocks", "Save a placement of a mailing as a block, for other mailings",
		rest.OfMailing(s.Mailings, accounts.Planner)), s.keep)
	rest.Register(s.Kit, tag, rest.Read("/blocks/{block}", "Read a saved block, with what of it holds no longer", look), s.get)
	rest.Register(s.Kit, tag, rest.Edit("/blocks/{block}", "Rename a saved block", plan), s.rename)
	rest.Register(s.Kit, tag, rest.Remove("/blocks/{block}", "Remove a saved block; mailings that have a copy keep it", plan), s.remove)
	rest.Register(s.Kit, tag, rest.Create("/mailings/{mailing}/placements",
		"Place a copy of a saved block in a mailing: a new revision, and any approval falls",
		rest.OfMailing(s.Mailings, accounts.Planner)), s.use)
}

// of demands one of the roles for the label of the block in the path.
func (s *blockResource) of(roles ...accounts.Role) rest.Access {
	return rest.Of("block", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		b, err := s.Blocks.Get(ctx, blocks.ID(id))
		return b.LabelID, err
	})
}

func (s *blockResource) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Text string `query:"q" doc:"A part of the name, campaign, advertiser or heading"`
	Sort string `query:"sort" enum:"newest,name"`
},
) (*rest.Answer[paging.Page[blocks.Block]], error) {
	return rest.Answered(s.Blocks.List(ctx, in.Label, in.Text, in.Sorted(in.Sort)))
}

func (s *blockResource) keep(ctx context.Context, in *struct {
	rest.MailingPath
	Body struct {
		Name      string `json:"name"`
		Placement string `json:"placement" doc:"Key of the placement, as the mailing has it now"`
	}
},
) (*rest.Answer[blocks.Block], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	work, err := mailings.NewWorkbench(s.Mailings, s.Composer).Open(ctx, &m)
	if err != nil {
		return nil, err
	}
	b, err := blocks.Of(&m, &work.Brief, in.Body.Placement, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Blocks.Keep(ctx, b))
}

// Standing is a saved block with what of it holds no longer.
type Standing struct {
	blocks.Block
	Stale []string `json:"stale" nullable:"false" doc:"What of it holds no longer, or not yet, today; empty: all of it does"`
}

func (s *blockResource) get(ctx context.Context, in *BlockPath) (*rest.Answer[Standing], error) {
	b, err := s.Blocks.Get(ctx, in.Block)
	if err != nil {
		return nil, err
	}
	label, err := s.Labels.Get(ctx, b.LabelID)
	if err != nil {
		return nil, err
	}
	stale, err := s.Standing.Stale(ctx, &b, s.Clock.Now(), label.Location())
	said := Standing{Block: b, Stale: []string{}}
	for _, m := range stale {
		said.Stale = append(said.Stale, m.String())
	}
	return rest.Answered(said, err)
}

func (s *blockResource) rename(ctx context.Context, in *struct {
	BlockPath
	rest.Match
	Body struct {
		Name string `json:"name"`
	}
},
) (*rest.Answer[blocks.Block], error) {
	return rest.Answered(s.Blocks.Rename(ctx, in.Block, in.Body.Name, func(b blocks.Block) error { return in.Guard(b) }))
}

func (s *blockResource) remove(ctx context.Context, in *BlockPath) (*rest.Nothing, error) {
	return rest.Done(s.Blocks.Remove(ctx, in.Block))
}

func (s *blockResource) use(ctx context.Context, in *struct {
	rest.MailingPath
	Body struct {
		Block   blocks.ID           `json:"block_id" doc:"Of the mailing's label"`
		BasedOn mailings.RevisionID `json:"based_on" doc:"The revision that this edit is made on; 0 for the first"`
	}
},
) (*rest.Answer[Revised], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	b, err := s.Blocks.Get(ctx, in.Body.Block)
	if fault.Is(err, fault.NotFound) || err == nil && b.LabelID != m.LabelID {
		return nil, fault.At("block_id", "blocks.unknown")
	}
	if err != nil {
		return nil, err
	}
	brief, err := s.newest(ctx, &m)
	if err != nil {
		return nil, err
	}
	b.Put(&brief)
	content, err := s.Composer.Compose(ctx, &m, brief)
	if err != nil {
		return nil, ofBlock(err)
	}
	revision, findings, err := s.Mailings.Edit(ctx, m.ID, in.Body.BasedOn, content, rest.Caller(ctx).ID)
	return rest.Answered(Revised{revision, findings}, ofBlock(err))
}

// ofBlock says what is wrong with a mailing that has the block at the block, since
// nothing else of the mailing stands in the body.
func ofBlock(err error) error {
	told, is := errors.AsType[*fault.Error](err)
	if !is || told.Kind != fault.Invalid || len(told.Details) == 0 {
		return err
	}
	first := told.Details[0].Message
	return fault.At("block_id", first.Key, first.Args...)
}

// newest returns the brief of a mailing's newest revision.
func (s *blockResource) newest(ctx context.Context, m *mailings.Mailing) (mailings.Brief, error) {
	if m.RevisionID == nil {
		return mailings.Blank(), nil
	}
	content, err := s.Mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return mailings.Brief{}, err
	}
	return s.Composer.Brief(ctx, m, &content)
}
