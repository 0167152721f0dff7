package impact

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"keur/internal/civil"
	"keur/networks"
)

// invoice is what impact.com owes a partner, in lines that are due and paid each by
// itself.
type invoice struct {
	ID       networks.Text `json:"Id"`
	Created  string        `json:"CreatedDate"`
	Currency string        `json:"Currency"`
	Lines    []struct {
		Net    networks.Text `json:"NetItemAmount"` // without tax
		Status string        `json:"Status"`
		Due    string        `json:"DueDate"`
		Paid   string        `json:"PaidDate"`
	} `json:"LineItems"`
}

// Payments answers a question whole: of pages of invoices nothing is documented.
func (a Adapter) Payments(ctx context.Context, c *networks.Client, q networks.Question) (networks.Statement, error) {
	body, err := a.get(ctx, c, "Invoices", between("", q.From, q.Until))
	if err != nil {
		return networks.Statement{}, err
	}
	var found struct {
		Invoices *[]json.RawMessage `json:"Invoices"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return networks.Statement{}, networks.Unreadable(err)
	}
	if found.Invoices == nil {
		return networks.Statement{}, networks.Unreadable(errors.New("no invoices"))
	}
	var page networks.Statement
	for _, raw := range *found.Invoices {
		var one invoice
		if err := json.Unmarshal(raw, &one); err != nil {
			page.Unread = append(page.Unread, networks.Unread{Ref: string(one.ID), Err: networks.Unreadable(err), Raw: raw})
			continue
		}
		read := &networks.Reader{}
		page.Take(one.payment(read, raw), read)
	}
	return page, nil
}

// payment says it in Keur's words. All of it is due when the last of its lines is, and
// paid when all are. An invoice without lines has no amount without tax.
func (i invoice) payment(read *networks.Reader, raw json.RawMessage) networks.Payment {
	said := networks.Payment{Number: string(i.ID), Issued: read.Day("CreatedDate", i.Created), Currency: i.Currency, Raw: raw}
	paid, open := (*civil.Date)(nil), len(i.Lines) == 0
	for _, line := range i.Lines {
		said.Amount += read.Amount("NetItemAmount", string(line.Net), i.Currency)
		said.Due = later(said.Due, read.DayOf("DueDate", line.Due))
		open = open || !strings.EqualFold(line.Status, "paid")
		paid = later(paid, read.DayOf("PaidDate", line.Paid))
	}
	if !open {
		said.Paid = paid
	}
	return said
}

func later(a, b *civil.Date) *civil.Date {
	if a == nil || b != nil && b.Compare(*a) > 0 {
		return b
	}
	return a
}
