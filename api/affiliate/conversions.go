package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/paging"
	"keur/internal/redact"
	"keur/labels"
	"keur/mailings"
	"keur/networks"
	"keur/reports"
)

// ConversionPath names a conversion.
type ConversionPath struct {
	Conversion conversions.ID `path:"conversion"`
}

func (s *Resources) conversionOperations() {
	const tag = "Conversions"
	looks := rest.Money(s.ofConversion(accounts.Planner, accounts.Approver, accounts.Finance))
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/conversions", "List a label's transactions",
		rest.Money(rest.Under(accounts.Planner, accounts.Approver, accounts.Finance))), s.listConversions)
	rest.Register(s.Kit, tag, rest.Read("/conversions/{conversion}", "Read a transaction", looks), s.getConversion)
	rest.Register(s.Kit, tag, rest.Read("/conversions/{conversion}/history", "List what the network said of it", looks), s.history)
	rest.Register(s.Kit, tag, rest.Read("/conversions/{conversion}/likely", "List the placements to which it may belong", looks), s.likely)
	rest.Register(s.Kit, tag, rest.Act("/conversions/{conversion}/assign", "Book it to a placement or campaign, and say why",
		rest.Money(s.ofConversion(accounts.Planner, accounts.Finance))), s.assign)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/earnings",
		"Read clicks, transactions and commission, per mailing, placement, campaign, advertiser, network or month",
		rest.Money(rest.Under(accounts.Viewer))), s.earnings)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/undecided",
		"Read the commission that waits for a verdict, per advertiser, and what of it waits for longer than usual",
		rest.Money(rest.Under(accounts.Viewer))), s.undecided)
}

func (s *Resources) undecided(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[reports.Undecided]], error) {
	who := rest.Caller(ctx)
	found, err := s.Reports.Earnings.Undecided(ctx, in.Label, &who, s.Kit.Clock.Now())
	return rest.Cut(in.Paging, found, err, reports.Undecided.Line)
}

func (s *Resources) listConversions(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Connection networks.ConnectionID  `query:"connection"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Campaign   campaigns.ID           `query:"campaign"`
	Mailing    mailings.ID            `query:"mailing"`
	Status     networks.Status        `query:"status" enum:"pending,approved,declined,deleted"`
	Basis      conversions.Basis      `query:"basis" enum:"person,click,voucher,none"`
	Unknown    bool                   `query:"unknown"`
	Ref        string                 `query:"ref" maxLength:"200"`
	Sort       string                 `query:"sort" enum:"newest,oldest"`
},
) (*rest.Answer[paging.Page[conversions.Conversion]], error) {
	if !serves(ctx, in.Label) {
		in.Ref = redact.Addresses(in.Ref) // nobody finds by an address what doesn't show it
	}
	found, err := s.Conversions.List(ctx, conversions.Filter{
		Label: in.Label, Connection: in.Connection, Advertiser: in.Advertiser, Campaign: in.Campaign, Mailing: in.Mailing,
		Status: in.Status, Basis: in.Basis, Unknown: in.Unknown, Ref: in.Ref,
	}, in.Sorted(in.Sort))
	for i, c := range found.Items {
		found.Items[i] = shown(ctx, c)
	}
	return rest.Answered(found, err)
}

// serves reports whether the caller answers the label's members, and so reads
// their addresses.
func serves(ctx context.Context, label labels.ID) bool {
	u := rest.Caller(ctx)
	return u.Can(label, accounts.Planner) || u.Can(label, accounts.Service)
}

// shown returns a transaction as the caller may read it.
func shown(ctx context.Context, c conversions.Conversion) conversions.Conversion {
	if serves(ctx, c.Label) {
		return c
	}
	return c.WithoutAddresses()
}

func (s *Resources) getConversion(ctx context.Context, in *ConversionPath) (*rest.Answer[conversions.Conversion], error) {
	c, err := s.Conversions.Get(ctx, in.Conversion)
	return rest.Answered(shown(ctx, c), err)
}

func (s *Resources) history(ctx context.Context, in *ConversionPath) (*rest.Answer[paging.Page[conversions.Said]], error) {
	c, err := s.Conversions.Get(ctx, in.Conversion)
	if err != nil {
		return nil, err
	}
	found, err := s.Conversions.History(ctx, in.Conversion)
	for i, said := range found {
		if !serves(ctx, c.Label) {
			found[i] = said.WithoutAddresses()
		}
	}
	return rest.Whole(found, err)
}

func (s *Resources) likely(ctx context.Context, in *ConversionPath) (*rest.Answer[paging.Page[conversions.Likely]], error) {
	return rest.Whole(s.Conversions.Likely(ctx, in.Conversion))
}

func (s *Resources) assign(ctx context.Context, in *struct {
	ConversionPath
	Body conversions.Assignment
},
) (*rest.Answer[conversions.Conversion], error) {
	c, err := s.Conversions.Assign(ctx, in.Conversion, in.Body)
	return rest.Answered(shown(ctx, c), err)
}

func (s *Resources) earnings(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	By         reports.Heading        `query:"by" enum:"mailing,placement,campaign,advertiser,network,month" default:"mailing"`
	Mailing    mailings.ID            `query:"mailing"`
	Send       mailings.SendID        `query:"send"`
	Campaign   campaigns.ID           `query:"campaign"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
},
) (*rest.Answer[paging.Page[reports.Earning]], error) {
	who := rest.Caller(ctx)
	found, err := s.Reports.Earnings.By(ctx, in.By, reports.EarningsFilter{
		Label: in.Label, Mailing: in.Mailing, Send: in.Send, Campaign: in.Campaign, Advertiser: in.Advertiser, For: &who,
	}, s.Kit.Clock.Now())
	return rest.Cut(in.Paging, found, err, reports.Earning.Line)
}
