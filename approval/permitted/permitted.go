// Package permitted says what is in the way of what a mailing does: of its
// campaigns and pictures on their days, of the networks' programmes, and of what was
// taken from what they and feeds of products offer.
package permitted

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/networks"
	"keur/networks/material"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/templates"
)

// Checks lets contents through that may be sent at a moment.
type Checks struct {
	Programmes *programmes.Store
	Networks   *networks.Store
	Targets    *targets.Store
	Material   *material.Store
	Products   *products.Store
	Campaigns  *campaigns.Store
	Creatives  *campaigns.Creatives
	Vouchers   *campaigns.Vouchers
}

// Offered returns a conflict unless all that a content offers may be shown at the
// slot, as Content.Offered says.
func (c Checks) Offered(ctx context.Context, content *mailings.Content, slot time.Time) error {
	return content.Offered(ctx, c.Campaigns, c.Creatives, c.Vouchers, slot)
}

// Asked returns the links of a content as they are checked for a label: those of
// networks whose terms forbid it are barred, and those to an advertiser whose sites
// somebody named must end at one of them.
func (c Checks) Asked(ctx context.Context, label labels.ID, content *mailings.Content, by *templates.Compiler) ([]links.Asked, error) {
	asked, err := content.Asked(ctx, by)
	if err != nil {
		return nil, err
	}
	barred, err := c.Networks.Barred(ctx, label)
	if err != nil {
		return nil, err
	}
	sites, err := c.Targets.SitesOf(ctx, content.Advertisers())
	for i := range asked {
		a := &asked[i]
		a.Barred = a.Network != "" && slices.Contains(barred, a.Network)
		a.Sites = strings.Join(sites[a.Advertiser], " ")
	}
	return asked, err
}

// Open returns a conflict unless a content that is put up may be sent at its first
// slot. Of what recurs, campaigns and pictures are looked at when each slot comes.
func (c Checks) Open(ctx context.Context, label labels.ID, content *mailings.Content, slot time.Time) error {
	if content.Schedule.Kind == schedules.Once {
		if err := c.Offered(ctx, content, slot); err != nil {
			return err
		}
	}
	return c.Check(ctx, label, content, slot)
}

// Findings returns what of its programmes is in the way of a label's content at a
// moment, or to be known of them.
func (c Checks) Findings(ctx context.Context, label labels.ID, content *mailings.Content, at time.Time) ([]programmes.Finding, error) {
	var uses []programmes.Use
	for _, p := range content.Placements {
		if p.ProgrammeID != 0 {
			uses = append(uses, programmes.Use{Programme: campaigns.ProgrammeID(p.ProgrammeID), Codes: p.VoucherPoolID != 0})
		}
	}
	if len(uses) == 0 {
		return nil, nil
	}
	return c.Programmes.Check(ctx, label, uses, at)
}

// Check returns a conflict unless the networks take what a content does at a
// moment, or a person said that they do where these leave it open.
func (c Checks) Check(ctx context.Context, label labels.ID, content *mailings.Content, at time.Time) error {
	found, err := c.Findings(ctx, label, content, at)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Severity == links.Blocks || f.Severity == links.Asks {
			return fault.New(fault.Conflict, f.Message.Key, f.Message.Args...)
		}
	}
	taken, err := c.Taken(ctx, content, at)
	if err != nil {
		return err
	}
	for _, f := range taken {
		if f.Severity == links.Blocks || f.Severity == links.Asks {
			return fault.New(fault.Conflict, f.Message.Key, f.Message.Args...)
		}
	}
	return nil
}

// Taken returns what became of what a content shows and was taken from networks and
// feeds: it was withdrawn or changed there since, or isn't to be shown at the moment; a
// product is gone, sold out or has another price.
func (c Checks) Taken(ctx context.Context, content *mailings.Content, at time.Time) ([]material.Finding, error) {
	zone, err := content.Zone()
	if err != nil {
		return nil, err
	}
	uses := make([]material.Use, len(content.Placements))
	for i, p := range content.Placements {
		uses[i] = material.Use{
			Campaign: campaigns.ID(p.CampaignID), Creative: p.Creative, Pool: campaigns.PoolID(p.VoucherPoolID), URL: p.URL,
		}
	}
	found, err := c.Material.Check(ctx, uses, at, zone)
	if err != nil {
		return nil, err
	}
	of, err := c.Products.Check(ctx, content.ProductPicks(), zone)
	return append(found, of...), err
}

// Touched returns the campaigns of some labels into which something was taken, from a
// network or a feed, that isn't there what it was, or has a last day.
func (c Checks) Touched(ctx context.Context, of []labels.ID) (map[int64]bool, error) {
	touched, err := c.Material.Touched(ctx, of)
	if err != nil {
		return nil, err
	}
	sold, err := c.Products.Touched(ctx, of)
	maps.Copy(touched, sold)
	return touched, err
}
