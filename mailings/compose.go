package mailings

import (
	"context"
	"fmt"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/typed"
	"keur/labels"
	"keur/mailings/attachments"
	"keur/members"
	"keur/networks/products"
	"keur/segments"
	"keur/templates"
	"keur/templates/lang"
)

// Composer makes contents of briefs: it looks up, now, everything that a brief
// only names.
type Composer struct {
	labels      *labels.Store
	members     *members.Store
	segments    *segments.Store
	templates   *templates.Store
	campaigns   *campaigns.Store
	advertisers *campaigns.Advertisers
	creatives   *campaigns.Creatives
	vouchers    *campaigns.Vouchers
	products    *products.Store
	attachments *attachments.Store
}

// ComposerParts are where a Composer looks things up.
type ComposerParts struct {
	Labels      *labels.Store
	Members     *members.Store
	Segments    *segments.Store
	Templates   *templates.Store
	Campaigns   *campaigns.Store
	Advertisers *campaigns.Advertisers
	Creatives   *campaigns.Creatives
	Vouchers    *campaigns.Vouchers
	Products    *products.Store
	Attachments *attachments.Store
}

// NewComposer returns a composer over the parts.
func NewComposer(p ComposerParts) *Composer {
	return &Composer{
		labels: p.Labels, members: p.Members, segments: p.Segments, templates: p.Templates,
		campaigns: p.Campaigns, advertisers: p.Advertisers, creatives: p.Creatives, vouchers: p.Vouchers,
		products: p.Products, attachments: p.Attachments,
	}
}

// Compose returns the content that the brief means for the mailing. Returns an
// Invalid fault that names every field that refers to what isn't there.
func (c *Composer) Compose(ctx context.Context, m *Mailing, d Brief) (Content, error) {
	content, looks := c.Appearance(ctx, m, d)
	if looks != nil && !fault.Is(looks, fault.Invalid) {
		return content, looks
	}
	var err error
	content.Schedule = d.Schedule
	if content.Audience, err = c.segments.ResolveAudience(ctx, m.LabelID, d.Audience); err != nil {
		return content, err
	}
	return content, looks
}

// Appearance returns what the brief shows to members, without for whom and
// when. With an Invalid fault, which names every field that refers to what
// isn't there, the content holds all the rest: a draft can be looked at before
// it is whole.
func (c *Composer) Appearance(ctx context.Context, m *Mailing, d Brief) (Content, error) {
	label, err := c.labels.Get(ctx, m.LabelID)
	if err != nil {
		return Content{}, err
	}
	content := Content{
		Label: factsOf(&label), Kind: m.Kind, Subjects: d.Subjects, Preheader: d.Preheader,
		Placements: []Placement{}, Fields: map[string]lang.FieldType{}, draft: true,
	}
	var wrong fault.List
	content.Sender = senderOf(&label, d.SenderID, &wrong)
	if content.Template, err = c.template(ctx, m.LabelID, d.Template, &wrong); err != nil {
		return content, err
	}
	for i, p := range d.Placements {
		placement, err := c.placement(ctx, &label, p, fmt.Sprintf("placements[%d]", i), &wrong)
		if err != nil {
			return content, err
		}
		content.Placements = append(content.Placements, placement)
	}
	if content.Attachments, err = c.files(ctx, m.LabelID, d.Attachments, &wrong); err != nil {
		return content, err
	}
	attributes, err := c.members.Attributes(ctx, m.LabelID)
	if err != nil {
		return content, err
	}
	for _, a := range attributes {
		content.Fields[a.Name] = lang.FieldType(a.Type)
	}
	return content, wrong.Err()
}

func senderOf(label *labels.Label, id int64, wrong *fault.List) Sender {
	for _, s := range label.Senders {
		if id == 0 || s.ID == id {
			return Sender{Name: s.Name, Address: s.Address, ReplyTo: s.ReplyTo}
		}
	}
	wrong.Add("sender_id", "mailings.not_a_sender", "label", label.Name)
	return Sender{}
}

func (c *Composer) template(ctx context.Context, label labels.ID, d BriefTemplate, wrong *fault.List) (Template, error) {
	if d.ID == 0 {
		if d.Source == "" {
			wrong.Add("template", "mailings.template_missing")
		}
		return c.withPartials(ctx, label, Template{Format: d.Format, Source: d.Source})
	}
	t, err := c.templates.Get(ctx, templates.ID(d.ID))
	if err == nil && d.Version != 0 && d.Version != t.Version {
		t, err = c.templates.Version(ctx, t.ID, d.Version)
	}
	if fault.Is(err, fault.NotFound) || (err == nil && (t.LabelID != label || t.Kind != templates.Mail)) {
		wrong.Add("template.id", "mailings.not_a_template")
		return Template{}, nil
	}
	if err != nil {
		return Template{}, err
	}
	return c.withPartials(ctx, label, Template{ID: d.ID, Version: t.Version, Format: t.Format, Source: t.Source})
}

// withPartials adds what the template includes, as it is now.
func (c *Composer) withPartials(ctx context.Context, label labels.ID, t Template) (Template, error) {
	if t.Format != templates.MJML {
		return t, nil
	}
	found, err := c.templates.Partials(ctx, label, t.Source)
	for _, p := range found {
		t.Partials = append(t.Partials, Partial{ID: int64(p.ID), Version: p.Version, Name: p.Name, Source: p.Source})
	}
	return t, err
}

// placement looks up one block. What is missing is added to wrong under path.
func (c *Composer) placement(
	ctx context.Context, label *labels.Label, d BriefPlacement, path string, wrong *fault.List,
) (Placement, error) {
	p := Placement{
		Key: d.Key, CampaignID: d.CampaignID, HTML: d.HTML, Heading: d.Heading, Text: d.Text, Button: d.Button,
		URL: typed.WebAddress(d.URL), Terms: []Term{},
	}
	campaign, err := c.campaigns.Get(ctx, campaigns.ID(d.CampaignID))
	if fault.Is(err, fault.NotFound) || (err == nil && campaign.LabelID != label.ID) {
		wrong.Add(path+".campaign_id", "mailings.not_a_campaign", "label", label.Name)
		// Whatever else may be wrong hangs on the campaign.
		p.AdvertiserID = -1
		return p, nil
	}
	if err != nil {
		return p, err
	}
	advertiser, err := c.advertisers.Get(ctx, campaign.AdvertiserID)
	if err != nil {
		return p, err
	}
	p.Campaign, p.AdvertiserID, p.Advertiser, p.Category = campaign.Name, int64(advertiser.ID), advertiser.Name, advertiser.Category
	p.Terms = termsOf(&campaign)
	if err := c.programme(ctx, &campaign, &p); err != nil {
		return p, err
	}
	if p.VoucherPoolID, err = c.voucher(ctx, &campaign, d, path, wrong); err != nil {
		return p, err
	}
	if p.Product, err = c.product(ctx, &campaign, d, path, wrong); err != nil {
		return p, err
	}
	p.GmailOffer = d.GmailOffer
	if d.Gmail {
		p.Gmail = &Gmail{Logo: label.Logo}
	}
	if err := c.creative(ctx, label, &campaign, d, path, wrong, &p); err != nil || p.Gmail == nil {
		return p, err
	}
	zone, err := time.LoadLocation(label.TimeZone)
	if err != nil {
		return p, err
	}
	p.Gmail.Offered, err = offeredBy(ctx, c.vouchers, &campaign, p.VoucherPoolID, zone)
	return p, err
}

// files looks up the PDFs that go with the mail.
func (c *Composer) files(ctx context.Context, label labels.ID, brought []BriefAttachment, wrong *fault.List) ([]attachments.File, error) {
	var found []attachments.File
	for i, b := range brought {
		hash, err := attachments.ParseHash(b.Hash)
		if err == nil {
			var a attachments.Attachment
			if a, err = c.attachments.Get(ctx, label, hash); err == nil {
				found = append(found, a.As(b.Name))
				continue
			}
		}
		if !fault.Is(err, fault.NotFound) {
			return found, err
		}
		wrong.Add(fmt.Sprintf("attachments[%d].hash", i), "mailings.not_an_attachment")
	}
	return found, nil
}

func termsOf(c *campaigns.Campaign) []Term {
	terms := []Term{}
	for _, d := range c.Deals {
		t := Term{Kind: string(d.Kind), Currency: c.Currency, Note: d.Note}
		if d.BasisPoints != nil {
			t.BasisPoints = *d.BasisPoints
		}
		if d.MinorUnits != nil {
			t.MinorUnits = *d.MinorUnits
		}
		terms = append(terms, t)
	}
	return terms
}

func (c *Composer) programme(ctx context.Context, campaign *campaigns.Campaign, p *Placement) error {
	if campaign.ProgrammeID == nil {
		return nil
	}
	programme, err := c.advertisers.Programme(ctx, *campaign.ProgrammeID)
	if err != nil {
		return err
	}
	p.ProgrammeID, p.Network, p.SubIDParameter = int64(programme.ID), programme.Network, programme.Parameter()
	return nil
}

// voucher returns the pool of a placement if it is the campaign's. Of another one, which
// may be of another label, nothing is looked at.
func (c *Composer) voucher(
	ctx context.Context, campaign *campaigns.Campaign, d BriefPlacement, path string, wrong *fault.List,
) (int64, error) {
	if d.VoucherPoolID == 0 {
		return 0, nil
	}
	pool, err := c.vouchers.Get(ctx, campaigns.PoolID(d.VoucherPoolID))
	if fault.Is(err, fault.NotFound) || (err == nil && pool.CampaignID != campaign.ID) {
		wrong.Add(path+".voucher_pool_id", "mailings.not_a_pool")
		return 0, nil
	}
	return d.VoucherPoolID, err
}

// creative finds the picture among the campaign's own and says where it is
// served and how large it is drawn.
func (c *Composer) creative(
	ctx context.Context, label *labels.Label, campaign *campaigns.Campaign, d BriefPlacement, path string, wrong *fault.List, p *Placement,
) error {
	if d.Creative == "" {
		return nil
	}
	uses, err := c.creatives.Uses(ctx, campaign.ID)
	if err != nil {
		return err
	}
	for _, use := range uses {
		if use.Hash.String() != d.Creative {
			continue
		}
		picture, err := c.creatives.Get(ctx, use.Hash)
		if err != nil {
			return err
		}
		width := d.Width
		if width <= 0 {
			width = picture.Width
		}
		width = min(width, pageWidth)
		p.Creative, p.Alt = d.Creative, use.Alt
		p.CreativeURL = label.PublicURL + "/i/" + d.Creative
		p.CreativeWidth, p.CreativeHeight = width, picture.Height*width/picture.Width
		if p.Gmail != nil {
			p.Gmail.PictureType, p.Gmail.PictureWidth, p.Gmail.PictureHeight = picture.Type, picture.Width, picture.Height
		}
		return nil
	}
	wrong.Add(path+".creative", "mailings.not_a_creative")
	return nil
}
