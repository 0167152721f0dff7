package mailings

import (
	"context"
	"fmt"
	"slices"

	"keur/labels"
	"keur/mailings/schedules"
	"keur/segments"
	"keur/templates"
)

// Brief is what a planner decides about a mailing. What follows from it (a
// label's imprint, a campaign's terms, a segment's rule) is looked up by a
// Composer, so that nobody can write it otherwise.
type Brief struct {
	Subjects   []Subject        `json:"subjects"`
	Preheader  string           `json:"preheader,omitempty"`
	SenderID   int64            `json:"sender_id,omitempty" doc:"One of the label's senders; its first when left out"`
	Template   BriefTemplate    `json:"template"`
	Placements []BriefPlacement `json:"placements,omitempty"`

	Attachments []BriefAttachment `json:"attachments,omitempty" doc:"PDFs that go with the mail, where the approval policy takes them"`

	Audience segments.Audience  `json:"audience" doc:"Saved segments by id (and version), or rules of this mailing alone"`
	Schedule schedules.Schedule `json:"schedule"`
}

// Blank is what a mailing begins with of which nothing was written: one subject
// that is still empty, and a moment yet to be chosen.
func Blank() Brief {
	return Brief{Subjects: []Subject{{Key: "a", Weight: 1}}, Schedule: schedules.Schedule{Kind: schedules.Once}}
}

// BriefTemplate is a saved template by id, or a source of this mailing's own.
type BriefTemplate struct {
	ID      int64            `json:"id,omitempty"`
	Version int              `json:"version,omitempty" doc:"The newest when left out"`
	Format  templates.Format `json:"format,omitempty" enum:"html,mjml"`
	Source  string           `json:"source,omitempty"`
}

// BriefPlacement is one block: a campaign, and what is said and shown for it.
type BriefPlacement struct {
	Key           string `json:"key"`
	CampaignID    int64  `json:"campaign_id"`
	Creative      string `json:"creative,omitempty" doc:"Hash of one of the campaign's creatives"`
	Width         int    `json:"width,omitempty" doc:"Width on the page in pixels, at most 600; the creative's own when left out"`
	HTML          string `json:"html,omitempty" doc:"The whole block; otherwise it is drawn from what follows"`
	Heading       string `json:"heading,omitempty"`
	Text          string `json:"text,omitempty"`
	Button        string `json:"button,omitempty"`
	URL           string `json:"url,omitempty"`
	VoucherPoolID int64  `json:"voucher_pool_id,omitempty"`
	ProductPick   int64  `json:"product_pick_id,omitempty" doc:"The product of a feed that it shows, as it was taken into the campaign"`
	Gmail         bool   `json:"gmail,omitempty" doc:"Tells Gmail of the offer, for its list of promotions; of a solo mailing alone"`
	GmailOffer    string `json:"gmail_offer,omitempty" doc:"What it says there, such as 20% off; the heading when left out"`
}

// FreeKey returns a key that no placement has: p1, p2, …
func (b *Brief) FreeKey() string {
	for n := 1; ; n++ {
		key := fmt.Sprintf("p%d", n)
		if !slices.ContainsFunc(b.Placements, func(p BriefPlacement) bool { return p.Key == key }) {
			return key
		}
	}
}

// BriefAttachment is a PDF that was brought for the label, and its name in the mail.
type BriefAttachment struct {
	Hash string `json:"hash" doc:"SHA-256 of its bytes"`
	Name string `json:"name" doc:"One line of at most 120 characters that ends in .pdf"`
}

// pageWidth is how wide a mail is drawn, in pixels.
const pageWidth = 600

// factsOf returns what a mail says of its label.
func factsOf(l *labels.Label) LabelFacts {
	return LabelFacts{
		Code: l.Code, Name: l.Name, Locale: l.Locale, TimeZone: l.TimeZone, PublicURL: l.PublicURL,
		BounceDomain: l.BounceDomain, ListID: l.ListID, ImprintName: l.ImprintName,
		ImprintAddress: l.ImprintAddress, Accent: l.Accent,
	}
}

// Brief returns the brief of which the content could have been made, so that
// an edit begins with what the newest revision says.
func (c *Composer) Brief(ctx context.Context, m *Mailing, content *Content) (Brief, error) {
	label, err := c.labels.Get(ctx, m.LabelID)
	if err != nil {
		return Brief{}, err
	}
	d := Brief{
		Subjects: content.Subjects, Preheader: content.Preheader, Audience: content.Audience, Schedule: content.Schedule,
		Template: BriefTemplate{Format: content.Template.Format, Source: content.Template.Source},
	}
	if content.Template.ID != 0 {
		d.Template = BriefTemplate{ID: content.Template.ID, Version: content.Template.Version}
	}
	for _, s := range label.Senders {
		if s.Address == content.Sender.Address && (d.SenderID == 0 || s.Name == content.Sender.Name) {
			d.SenderID = s.ID
		}
	}
	for _, p := range content.Placements {
		d.Placements = append(d.Placements, BriefPlacement{
			ProductPick: p.Product.pick(), Key: p.Key, CampaignID: p.CampaignID, Creative: p.Creative, Width: p.CreativeWidth, HTML: p.HTML,
			Heading: p.Heading, Text: p.Text, Button: p.Button, URL: p.URL, VoucherPoolID: p.VoucherPoolID,
			Gmail: p.Gmail != nil, GmailOffer: p.GmailOffer,
		})
	}
	for _, f := range content.Attachments {
		d.Attachments = append(d.Attachments, BriefAttachment{Hash: f.Hash, Name: f.Name})
	}
	return d, nil
}
