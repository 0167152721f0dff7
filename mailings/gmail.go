package mailings

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/templates"
)

// Gmail is what Gmail is told of a placement's offer beside what the placement
// says itself, by value.
type Gmail struct {
	Offered
	Logo          string `json:"logo,omitempty"` // the label's, SHA-256 in hex
	PictureType   string `json:"picture_type,omitempty"`
	PictureWidth  int    `json:"picture_width,omitempty"` // pixels of the file
	PictureHeight int    `json:"picture_height,omitempty"`
}

// Offered is what a campaign offers, as it is told to Gmail.
type Offered struct {
	Code   string `json:"code,omitempty"` // that all share
	Starts string `json:"starts"`         // RFC 3339
	Ends   string `json:"ends"`
}

// offeredBy returns what a campaign offers, with the codes of a pool (0: none). It
// holds on the days on which both the campaign runs and its codes are valid. A
// code of which each member has their own isn't told.
func offeredBy(
	ctx context.Context, vouchers *campaigns.Vouchers, campaign *campaigns.Campaign, pool int64, zone *time.Location,
) (o Offered, err error) {
	from, until := campaign.StartsOn, campaign.EndsOn
	if pool != 0 {
		codes, err := vouchers.Get(ctx, campaigns.PoolID(pool))
		if fault.Is(err, fault.NotFound) {
			return o, nil // which is told of the pool itself
		}
		if err != nil {
			return o, err
		}
		if codes.SharedCode != nil {
			o.Code = *codes.SharedCode
		}
		if codes.ValidFrom != nil && codes.ValidFrom.Compare(from) > 0 {
			from = *codes.ValidFrom
		}
		if codes.ValidUntil != nil && codes.ValidUntil.Compare(until) < 0 {
			until = *codes.ValidUntil
		}
	}
	o.Starts = from.At(civil.Time(0), zone).Format(time.RFC3339)
	o.Ends = until.AddDays(1).At(civil.Time(0), zone).Add(-time.Second).Format(time.RFC3339)
	return o, nil
}

// annotation returns what the mail tells Gmail of the placement.
func (p *Placement) annotation(label *LabelFacts) (a templates.Annotation) {
	g := p.Gmail
	if g == nil {
		return a
	}
	a = templates.Annotation{
		Wanted: true, Offer: p.GmailOffer, Code: g.Code, Unique: p.VoucherPoolID != 0 && g.Code == "", Starts: g.Starts, Ends: g.Ends,
	}
	if g.Logo != "" {
		a.Logo = label.PublicURL + "/i/" + g.Logo
	}
	a.Picture.URL, a.Picture.Type, a.Picture.Width, a.Picture.Height = p.CreativeURL, g.PictureType, g.PictureWidth, g.PictureHeight
	return a
}

// gmailHolds returns a conflict if Gmail is told otherwise than the campaign offers
// now, whose days or code somebody changed.
func (p *Placement) gmailHolds(
	ctx context.Context, vouchers *campaigns.Vouchers, campaign *campaigns.Campaign, zone *time.Location,
) error {
	if p.Gmail == nil {
		return nil
	}
	now, err := offeredBy(ctx, vouchers, campaign, p.VoucherPoolID, zone)
	if err == nil && now != p.Gmail.Offered {
		return fault.New(fault.Conflict, "approval.gmail_changed", "campaign", campaign.Name)
	}
	return err
}

// gmailLine is what Gmail is told, in a line for who compares two revisions.
func (p *Placement) gmailLine() string {
	if p.Gmail == nil {
		return ""
	}
	line := p.GmailOffer
	for _, part := range []string{p.Gmail.Code, p.Gmail.Starts, p.Gmail.Ends} {
		if line != "" && part != "" {
			line += ", "
		}
		line += part
	}
	return line
}
