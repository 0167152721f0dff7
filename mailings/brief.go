package mailings

import (
	"keur/labels"
	"keur/segments"
	"keur/templates"
)

// Brief is what a planner decides about a mailing. What follows from it (a
// label's imprint, a campaign's terms, a segment's rule) is looked up by a
// Composer, so that nobody can write it otherwise.
type Brief struct {
	Subjects   []Subject         `json:"subjects"`
	Preheader  string            `json:"preheader,omitempty"`
	SenderID   int64             `json:"sender_id,omitempty" doc:"One of the label's senders; its first when left out"`
	Template   BriefTemplate     `json:"template"`
	Placements []BriefPlacement  `json:"placements,omitempty"`
	Audience   segments.Audience `json:"audience" doc:"Saved segments by id (and version), or rules of this mailing alone"`
	Schedule   Schedule          `json:"schedule"`
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
