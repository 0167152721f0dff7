// Package permitted says what of the networks' programmes is in the way of what a
// mailing does.
package permitted

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/labels"
	"keur/mailings"
	"keur/networks/programmes"
)

// Gate lets contents through that networks take.
type Gate struct{ Programmes *programmes.Store }

// Findings returns what of its programmes is in the way of a label's content at a
// moment, or to be known of them.
func (g Gate) Findings(ctx context.Context, label labels.ID, content *mailings.Content, at time.Time) ([]programmes.Finding, error) {
	var uses []programmes.Use
	for _, p := range content.Placements {
		if p.ProgrammeID != 0 {
			uses = append(uses, programmes.Use{Programme: campaigns.ProgrammeID(p.ProgrammeID), Codes: p.VoucherPoolID != 0})
		}
	}
	if len(uses) == 0 {
		return nil, nil
	}
	return g.Programmes.Check(ctx, label, uses, at)
}

// Check returns a conflict unless the networks take what a content does at a
// moment, or a person said that they do where these leave it open.
func (g Gate) Check(ctx context.Context, label labels.ID, content *mailings.Content, at time.Time) error {
	found, err := g.Findings(ctx, label, content, at)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Severity == links.Blocks || f.Severity == links.Asks {
			return fault.New(fault.Conflict, f.Message.Key, f.Message.Args...)
		}
	}
	return nil
}
