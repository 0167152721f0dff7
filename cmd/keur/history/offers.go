package history

import (
	"context"
	"image/color"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/demo"
)

// words are what a label says in its own language.
type words struct {
	code, button          string
	newspaper, preheader  string // name and preheader of its newsletters
	weekly, weeklySubject string // of the mailing that recurs
	house                 []string
	saved                 []saved
	later, doubt, stopped string // why a client and a colleague ask for changes, and an advertiser is stopped
	offers                []*offer
	departments           map[string]string // addresses, by name
	tickets               []ticket
}

// saved is a segment of the label, its rule as JSON.
type saved struct{ name, description, rule string }

// offer is an advertiser and its two campaigns, one of the season before and
// one of this.
type offer struct {
	advertiser, category string
	network, ref         string
	contact, email       string
	segment              string // whom its solos go to
	deals                []campaigns.Deal
	scene                demo.Scenery
	sky, land            color.RGBA
	optimism             float64 // promised for each click that is usual
	promos               [2]promo

	id        campaigns.AdvertiserID
	contactID campaigns.ContactID
	picture   campaigns.Hash
	campaigns [2]campaigns.ID
}

// promo is what a campaign says.
type promo struct{ name, heading, text, subject string }

func percent(basisPoints int, note string) campaigns.Deal {
	return campaigns.Deal{Kind: campaigns.CPS, BasisPoints: &basisPoints, Note: note}
}

func amount(kind campaigns.Kind, minor int64, note string) campaigns.Deal {
	return campaigns.Deal{Kind: kind, MinorUnits: &minor, Note: note}
}

// usual is what a campaign brings with its part of the season's mailings.
const (
	usualDelivered = 1700
	usualClicks    = 45.0
	hopedClicks    = 55
)

// seasonDays is how long a campaign lasts; the second of an offer has some of
// its days still ahead.
const seasonDays = 56

// promise makes the advertisers with their contacts, programmes and campaigns.
func (p *publisher) promise(ctx context.Context) error {
	for _, m := range p.markets {
		m.offers = m.words.offers
		for _, o := range m.offers {
			if err := p.meetAdvertiser(ctx, m, o); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *publisher) meetAdvertiser(ctx context.Context, m *market, o *offer) error {
	// Not by the maker of its mailings: whoever adds a contact vouches for it.
	made, err := p.Advertisers.Create(as(ctx, p.admin), campaigns.Advertiser{Name: o.advertiser, Category: o.category})
	if err != nil {
		return err
	}
	o.id = made.ID
	contact, err := p.Advertisers.AddContact(as(ctx, p.admin), campaigns.Contact{
		AdvertiserID: o.id, Name: o.contact, Email: o.email, Locale: m.label.Locale, MayApprove: true,
	})
	if err != nil {
		return err
	}
	o.contactID = contact.ID
	programme, err := p.Advertisers.AddProgramme(as(ctx, m.maker), campaigns.Programme{
		AdvertiserID: o.id, Network: o.network, Ref: o.ref, Live: true, EmailAllowed: true,
	})
	if err != nil {
		return err
	}
	drawn, err := o.scene.PNG(demo.BannerWidth/2, o.sky, o.land)
	if err != nil {
		return err
	}
	picture, err := p.Creatives.Put(as(ctx, m.maker), drawn)
	if err != nil {
		return err
	}
	o.picture = picture.Hash
	for season := range o.promos {
		if err := p.openCampaign(ctx, m, o, programme.ID, season); err != nil {
			return err
		}
	}
	return nil
}

// seasonFrom returns the first day of a season.
func (p *publisher) seasonFrom(season int) civil.Date {
	return civil.DateOf(p.now.AddDate(0, 0, (season-2)*seasonDays+3*7))
}

func (p *publisher) openCampaign(ctx context.Context, m *market, o *offer, programme campaigns.ProgrammeID, season int) error {
	from := p.seasonFrom(season)
	until := from.AddDays(seasonDays - 1)
	if began := civil.DateOf(p.Clock.Now()); season == 0 && began.Compare(from) < 0 {
		from = began // so that the first weeks have something to promote
	}
	delivered, clicks, promised := int64(usualDelivered), int64(hopedClicks), int64(usualClicks*o.optimism)
	made, err := p.Campaigns.Create(as(ctx, m.maker), campaigns.Campaign{
		LabelID: m.label.ID, AdvertiserID: o.id, ProgrammeID: &programme, Name: o.promos[season].name, Currency: "EUR",
		StartsOn: from, EndsOn: until, Deals: o.deals,
		Goals:    campaigns.Figures{Delivered: &delivered, Clicks: &clicks},
		Promised: campaigns.Figures{Delivered: &delivered, Clicks: &promised},
	})
	if err != nil {
		return err
	}
	o.campaigns[season] = made.ID
	_, err = p.Creatives.Attach(as(ctx, m.maker), made.ID, campaigns.Use{Hash: o.picture, Alt: o.promos[season].heading, Source: o.advertiser})
	return err
}
