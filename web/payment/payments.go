package payment

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"keur/campaigns"
	"keur/conversions/payments"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/networks"
	"keur/web/desk"
)

// listView is a label's payments and invoices.
type listView struct {
	List      desk.Listing
	Items     []payments.Line
	Balances  []payments.Balance
	Standings []desk.Choice
}

func (s *Screen) list(x *desk.Exchange) error {
	view := listView{List: desk.NewListing(x), Standings: desk.Choices(x, "payment_standing", payments.Standings()...)}
	filter := payments.Filter{
		Label: x.Label.ID, Standing: payments.Standing(view.List.Get("standing")), Number: view.List.Get("q"),
	}
	lines := func(ask paging.Ask) (paging.Page[payments.Line], error) {
		return s.Payments.List(x.Context(), filter, ask)
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "payments-"+x.Label.Code, x.Say.T("section.payments"), columns(x), lines)
	}
	page, err := lines(view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	if view.Balances, err = s.Payments.Balances(x.Context(), x.Label.ID); err != nil {
		return err
	}
	return x.Show("payment/list", view)
}

// amountOf is a column of money.
func amountOf[T any](name string, of func(T) int64, currency func(T) string) tables.Column[T] {
	return tables.Column[T]{Name: name, Kind: tables.Amounts, Value: func(t T) tables.Value {
		return tables.Amount{Minor: of(t), Currency: currency(t)}
	}}
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[payments.Line] {
	type row = payments.Line
	currency := func(p row) string { return p.Currency }
	day := func(of func(row) *civil.Date) func(row) string {
		return func(p row) string {
			if d := of(p); d != nil {
				return d.String()
			}
			return ""
		}
	}
	return []tables.Column[row]{
		tables.TextOf("payer", func(p row) string { return p.Payer }),
		tables.TextOf("number", func(p row) string { return p.Number }),
		tables.TextOf("issued_on", func(p row) string { return p.Issued.String() }),
		tables.TextOf("due_on", day(func(p row) *civil.Date { return p.Due })),
		amountOf("amount", func(p row) int64 { return p.Amount }, currency),
		tables.TextOf("paid_on", day(func(p row) *civil.Date { return p.PaidOn })),
		{Name: "paid", Kind: tables.Amounts, Value: func(p row) tables.Value {
			if p.Paid == nil {
				return nil
			}
			return tables.Amount{Minor: *p.Paid, Currency: p.Currency}
		}},
		tables.TextOf("currency", currency),
		tables.TermOf("standing", func(p row) (string, string) { return desk.WordOf(x, "payment_standing", p.Standing) }),
	}
}

// owedView is what waits for payment, by how long.
type owedView struct {
	List  desk.Listing
	Lines []payments.Age
}

func (s *Screen) owed(x *desk.Exchange) error {
	found, err := s.Payments.Ages(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	if desk.WantsFile(x) {
		whole := func(paging.Ask) (paging.Page[payments.Age], error) { return paging.Whole(found), nil }
		return desk.Export(x, "owed-"+x.Label.Code, x.Say.T("billing.owed"), ageColumns(x), whole)
	}
	return x.Show("payment/owed", owedView{desk.NewListing(x), found})
}

// ageColumns are those of what is owed as a file.
func ageColumns(x *desk.Exchange) []tables.Column[payments.Age] {
	type row = payments.Age
	currency := func(a row) string { return a.Currency }
	return []tables.Column[row]{
		tables.TextOf("connection", func(a row) string { return a.Account }),
		tables.TermOf("network", func(a row) (string, string) { return a.Network, x.Say.Of("network", a.Network) }),
		tables.TextOf("advertiser", func(a row) string { return a.Name }),
		amountOf("within_30_days", func(a row) int64 { return a.Within30 }, currency),
		amountOf("within_60_days", func(a row) int64 { return a.Within60 }, currency),
		amountOf("within_90_days", func(a row) int64 { return a.Within90 }, currency),
		amountOf("older", func(a row) int64 { return a.Older }, currency),
		tables.TextOf("currency", currency),
		tables.TextOf("oldest_month", func(a row) string { return a.Oldest }),
	}
}

// oneView is a payment, or the form for a new one.
type oneView struct {
	payments.Payment
	Payer    string
	Standing payments.Standing
	Zone     *time.Location
	Networks []networks.Connection
	Shops    []campaigns.Advertiser
	Form     desk.Form
}

func (s *Screen) asked(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Values.Set("currency", "EUR")
	f.Values.Set("issued_on", civil.DateOf(x.Now().In(x.Zone())).String())
	return s.ask(x, http.StatusOK, f)
}

func (s *Screen) ask(x *desk.Exchange, status int, f desk.Form) error {
	view := oneView{Form: f}
	if err := s.payers(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "payment/new", view)
}

// payers finds who may pay: the label's accounts, and advertisers.
func (s *Screen) payers(x *desk.Exchange, view *oneView) error {
	accounts, err := s.Connections.List(x.Context(), x.Label.ID, paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	view.Networks = accounts.Items
	shops, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{}, paging.Ask{Limit: paging.Most, Sort: "name"})
	view.Shops = shops.Items
	return err
}

func (s *Screen) create(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	p := payments.Payment{Label: x.Label.ID}
	kind, number, _ := strings.Cut(f.Field("payer"), ":")
	id, err := strconv.ParseInt(number, 10, 32)
	switch {
	case err != nil:
		f.Refuse("payer", x.Say.T("billing.choose_payer"))
	case kind == "network":
		p.Connection = networks.ConnectionID(id)
	default:
		p.Advertiser = campaigns.AdvertiserID(id)
	}
	read(&f, &p)
	if err = desk.ErrInvalid; !f.Wrong() {
		_, err = s.Payments.Create(x.Context(), p)
	}
	if err == nil {
		return x.GoTo("/payments?label=" + x.Label.Code)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.ask(x, http.StatusUnprocessableEntity, f)
}

// read reads what a form says of a payment, but for whose it is.
func read(f *desk.Form, p *payments.Payment) {
	p.Number, p.Currency, p.Note = f.Field("number"), f.Field("currency"), f.Field("note")
	if issued := day(f, "issued_on"); issued != nil {
		p.Issued = *issued
	}
	p.Due, p.PaidOn, p.Paid = day(f, "due_on"), day(f, "paid_on"), nil
	p.Amount = minor(f, "amount_minor", p.Currency)
	if f.Field("paid_minor") != "" {
		n := minor(f, "paid_minor", p.Currency)
		p.Paid = &n
	}
}

// day reads a day that may be left out.
func day(f *desk.Form, name string) *civil.Date {
	text := f.Field(name)
	if text == "" {
		return nil
	}
	d, err := civil.ParseDate(text)
	if err != nil {
		f.Refuse(name, f.Say.Sentence(words.Of("input.day")))
	}
	return &d
}

// minor reads an amount of a currency.
func minor(f *desk.Form, name, currency string) int64 {
	n, ok := typed.Minor(f.Field(name), words.MinorDigits(currency), f.Comma())
	if !ok || !typed.FitsCurrency(f.Field(name), currency) {
		f.Refuse(name, f.Say.T("campaigns.no_amount"))
	}
	return n
}

func (s *Screen) one(x *desk.Exchange) error {
	p := desk.Found[payments.Payment](x)
	f := desk.NewForm(x.Say)
	f.Values.Set("version", desk.Itoa(p.Version))
	for name, value := range map[string]string{
		"number": p.Number, "currency": p.Currency, "note": p.Note, "issued_on": p.Issued.String(),
		"amount_minor": written(x.Say, p.Amount, p.Currency),
	} {
		f.Values.Set(name, value)
	}
	if p.Due != nil {
		f.Values.Set("due_on", p.Due.String())
	}
	if p.Paid != nil {
		f.Values.Set("paid_on", p.PaidOn.String())
		f.Values.Set("paid_minor", written(x.Say, *p.Paid, p.Currency))
	}
	return s.show(x, http.StatusOK, f)
}

// written writes an amount as its reader types it.
func written(say words.Speaker, minor int64, currency string) string {
	digits := words.MinorDigits(currency)
	return say.Decimal(float64(minor)/math.Pow10(digits), digits)
}

func (s *Screen) show(x *desk.Exchange, status int, f desk.Form) error {
	p := desk.Found[payments.Payment](x)
	view := oneView{Payment: p, Standing: p.StandingOn(civil.DateOf(x.Now().In(x.Zone()))), Zone: x.Zone(), Form: f}
	if p.Connection != 0 {
		c, err := s.Connections.Get(x.Context(), p.Connection)
		if err != nil {
			return err
		}
		view.Payer = c.Name
	} else {
		a, err := s.Advertisers.Get(x.Context(), p.Advertiser)
		if err != nil {
			return err
		}
		view.Payer = a.Name
	}
	return x.Answer(status, "payment/one", view)
}

func (s *Screen) change(x *desk.Exchange) error {
	found, f, err := desk.FoundWithForm[payments.Payment](x)
	if err != nil {
		return err
	}
	var changed payments.Payment
	read(&f, &changed)
	if err = desk.ErrInvalid; !f.Wrong() {
		_, err = s.Payments.Update(x.Context(), found.ID, func(p *payments.Payment) error {
			if f.Number("version") != p.Version {
				return fault.New(fault.Conflict, "payments.changed_meanwhile")
			}
			p.Number, p.Issued, p.Due, p.Amount = changed.Number, changed.Issued, changed.Due, changed.Amount
			p.Currency, p.PaidOn, p.Paid, p.Note = changed.Currency, changed.PaidOn, changed.Paid, changed.Note
			return nil
		})
	}
	if err == nil {
		return x.GoTo("/payments/" + desk.Itoa(found.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.show(x, http.StatusUnprocessableEntity, f)
}

func (s *Screen) remove(x *desk.Exchange) error {
	if err := s.Payments.Remove(x.Context(), desk.Found[payments.Payment](x).ID); err != nil {
		return err
	}
	return x.GoTo("/payments?label=" + x.Label.Code)
}
