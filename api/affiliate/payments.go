package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/conversions/payments"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks"
)

// PaymentPath names a payment.
type PaymentPath struct {
	Payment payments.ID `path:"payment"`
}

// billing is what networks and advertisers pay, and owe.
type billing struct{ *Resources }

func (s *billing) register() {
	const tag = "Payments"
	bills, of := rest.Money(rest.Under(accounts.Finance)), rest.Money(s.of())
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/payments",
		"List payments of networks and invoices to advertisers", bills), s.list)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/payments",
		"Note a payment or an invoice, and what came in of it", bills), s.create)
	rest.Register(s.Kit, tag, rest.Read("/payments/{payment}", "Read a payment", of), s.get)
	rest.Register(s.Kit, tag, rest.Edit("/payments/{payment}", "Change a payment, such as what came in of it", of), s.change)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/balances",
		"Read what came in against what was approved, per account and advertiser", bills), s.balances)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/owed", "Read for how long approved commission waits for payment", bills), s.owed)
}

// of demands who bills for the label of the payment in the path.
func (s *billing) of() rest.Access {
	return rest.Of("payment", []accounts.Role{accounts.Finance}, func(ctx context.Context, id int64) (labels.ID, error) {
		p, err := s.Payments.Get(ctx, payments.ID(id))
		return p.Label, err
	})
}

func (s *billing) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Connection networks.ConnectionID  `query:"connection"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Standing   payments.Standing      `query:"standing" enum:"expected,late,told,short,whole"`
	Number     string                 `query:"number" maxLength:"120"`
	Sort       string                 `query:"sort" enum:"newest,oldest"`
},
) (*rest.Answer[paging.Page[payments.Line]], error) {
	return rest.Answered(s.Payments.List(ctx, payments.Filter{
		Label: in.Label, Connection: in.Connection, Advertiser: in.Advertiser, Standing: in.Standing, Number: in.Number,
	}, in.Sorted(in.Sort)))
}

func (s *billing) create(ctx context.Context, in *struct {
	rest.LabelPath
	Body payments.Payment
},
) (*rest.Answer[payments.Payment], error) {
	in.Body.Label = in.Label
	return rest.Answered(s.Payments.Create(ctx, in.Body))
}

func (s *billing) get(ctx context.Context, in *PaymentPath) (*rest.Answer[payments.Payment], error) {
	return rest.Answered(s.Payments.Get(ctx, in.Payment))
}

func (s *billing) change(ctx context.Context, in *struct {
	PaymentPath
	rest.Match
	Body payments.Payment
},
) (*rest.Answer[payments.Payment], error) {
	return rest.Answered(s.Payments.Update(ctx, in.Payment, func(p *payments.Payment) error {
		err := in.Guard(*p)
		in.Body.ID, in.Body.Label, in.Body.Version = p.ID, p.Label, p.Version
		*p = in.Body
		return err
	}))
}

func (s *billing) balances(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[payments.Balance]], error) {
	found, err := s.Payments.Balances(ctx, in.Label)
	return rest.Cut(in.Paging, found, err, payments.Balance.Line)
}

func (s *billing) owed(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[payments.Age]], error) {
	found, err := s.Payments.Ages(ctx, in.Label)
	return rest.Cut(in.Paging, found, err, payments.Age.Line)
}
