package tradetracker

import (
	"context"
	"encoding/json"
	"time"

	"keur/internal/civil"
	"keur/networks"
)

// Payments answers a question whole: of pages of payments nothing is known. They are
// the customer's, whatever the site.
func (a Adapter) Payments(ctx context.Context, c *networks.Client, q networks.Question) (networks.Statement, error) {
	got, err := a.call(ctx, c, "getPayments", argument{name: "options", within: []argument{
		{name: "billDateFrom", text: q.From.In(a.zone).Format(time.DateOnly)},
		{name: "billDateTo", text: q.Until.In(a.zone).Format(time.DateOnly)},
	}})
	if err != nil {
		return networks.Statement{}, err
	}
	var page networks.Statement
	for _, n := range got.items() {
		raw, err := json.Marshal(got.plain(n, 4))
		if err != nil {
			return networks.Statement{}, networks.Unreadable(err)
		}
		read := &networks.Reader{Zone: a.zone}
		page.Take(got.payment(n, read, civil.DateOf(q.Asked.In(a.zone)), raw), read)
	}
	return page, nil
}

// payment says it in Keur's words. Until when it is due TradeTracker doesn't say: its
// day of payment is one on which it pays, or one to come by which it will.
func (a answer) payment(n *node, read *networks.Reader, today civil.Date, raw json.RawMessage) networks.Payment {
	currency := a.text(n, "currency")
	p := networks.Payment{
		Number: a.text(n, "invoiceNumber"), Currency: currency, Raw: raw,
		Amount: read.Amount("subTotal", a.text(n, "subTotal"), currency),
		Issued: read.Day("billDate", a.text(n, "billDate")), Paid: read.DayOf("payDate", a.text(n, "payDate")),
	}
	if p.Paid != nil && p.Paid.Compare(today) > 0 {
		p.Due, p.Paid = p.Paid, nil
	}
	return p
}
