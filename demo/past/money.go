package past

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/demo"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/networks"
	"keur/networks/simulators"
)

// statements are the weeks ago on whose Tuesday networks announce what they pay,
// and what came in of it: of the account by its place among a label's.
var statements = []struct {
	ago  int
	came []int // percent of it; nothing yet is 0
	due  int   // days later
}{
	{8, []int{100, 100}, 14},
	{4, []int{100, 97}, 14},
	{3, []int{0, 100}, 14}, // late by a week
	{1, []int{0, 0}, 14},
}

// billing is whoever bills.
type billing struct{ *months }

// plan enters what networks announce, and that it is noted.
func (p billing) plan() {
	for _, s := range statements {
		if s.ago >= p.weeks {
			continue
		}
		for _, m := range p.Markets {
			at := p.past(m, s.ago, time.Tuesday, 11)
			p.agenda.at(at, "networks pay", func(ctx context.Context) error {
				var there paging.Page[payments.Balance]
				if err := p.Get(ctx, p.Colleague, fmt.Sprintf("/labels/%d/balances", m.Label.ID), &there); err != nil {
					return err
				}
				place := 0
				for _, b := range there.Items {
					if b.Connection == 0 {
						continue
					}
					if err := p.announce(ctx, m, b, at, s.due, s.came[place%len(s.came)]); err != nil {
						return err
					}
					place++
				}
				return nil
			})
		}
	}
}

// announce notes what an account announces, or has its network tell of it: what it says that it paid, or where it
// says nothing of that what is approved, since its last payment. What comes in is
// noted on the day that it does.
func (p billing) announce(ctx context.Context, m *demo.Market, b payments.Balance, at time.Time, due, came int) error {
	amount := b.Told - b.Announced
	if b.Network == "daisycon" {
		amount = b.Approved - b.Announced
	}
	if amount <= 0 {
		return nil
	}
	issued := civil.DateOf(at.In(m.Zone))
	if b.Network == "tradetracker" && came == 0 { // nobody notes it: it is read there
		p.Trade.Bill(b.Network, simulators.Payment{Number: fmt.Sprintf("TR-%s", issued), Amount: amount, Currency: b.Currency, Issued: at})
		return nil
	}
	until := issued.AddDays(due)
	said := map[string]any{
		"connection_id": b.Connection, "number": fmt.Sprintf("%s-%s", strings.ToUpper(b.Network[:2]), issued),
		"issued_on": issued, "due_on": until, "amount_minor": amount, "currency": b.Currency,
	}
	var made payments.Payment
	if err := p.Create(ctx, p.Colleague, fmt.Sprintf("/labels/%d/payments", m.Label.ID), said, &made); err != nil || came == 0 {
		return err
	}
	p.agenda.at(at.AddDate(0, 0, due-4), "a payment comes in", func(ctx context.Context) error {
		said["paid_on"], said["paid_minor"] = civil.DateOf(p.Clock.Now().In(m.Zone)), amount*int64(came)/100
		return p.Put(ctx, p.Colleague, fmt.Sprintf("/payments/%d", made.ID), said, nil)
	})
	return nil
}

// complaint is what a member misses, on its way.
type complaint struct {
	*months
	demo.Case
	in   *demo.Market
	made claims.Case
}

// service is whoever answers members.
type service struct{ *months }

// plan enters what members miss of what they bought.
func (p service) plan() {
	for _, m := range p.Markets {
		for _, told := range m.Cases {
			if told.Days >= 7*p.weeks {
				continue
			}
			c := &complaint{months: p.months, Case: told, in: m}
			today := p.now.In(m.Zone)
			at := time.Date(today.Year(), today.Month(), today.Day()-told.Days, 10, 20, 0, 0, m.Zone)
			p.agenda.at(at, "a member misses a sale", c.open, p.notify)
			if told.Answered > 0 {
				p.agenda.at(at.AddDate(0, 0, told.Answered), "a claim is answered", c.answer, p.attend)
			}
		}
	}
}

// address says of each account of a label where claims are mailed.
func (p service) address(ctx context.Context, m *demo.Market) error {
	var there paging.Page[claims.Rule]
	if err := p.Get(ctx, m.Maker, fmt.Sprintf("/labels/%d/claim-rules", m.Label.ID), &there); err != nil {
		return err
	}
	for _, r := range there.Items {
		said := map[string]any{"address": "claims@" + r.Network + ".example", "answer_days": 14}
		if err := p.Create(ctx, m.Maker, fmt.Sprintf("/connections/%d/claim-rule", r.Connection), said, nil); err != nil {
			return err
		}
	}
	return nil
}

// bought is an order of a member's.
type bought struct {
	Member     int64     `db:"member_id"`
	Advertiser int64     `db:"advertiser_id"`
	Order      string    `db:"order_ref"`
	At         time.Time `db:"at"`
	Sale       int64     `db:"sale_minor"`
	Network    string    `db:"network"`
}

// order finds what a case is about: a sale that was turned down, or a click after
// which nothing came.
func (c *complaint) order(ctx context.Context) (found []bought, err error) {
	if c.Kind == claims.Declined {
		err = c.DB.SelectContext(ctx, &found, `
			SELECT v.member_id, v.advertiser_id, v.transaction_ref AS order_ref, v.occurred_at AS at, v.sale_minor, v.network
			  FROM conversions v
			 WHERE v.label_id = $1 AND v.status = 'declined' AND v.member_id IS NOT NULL AND v.advertiser_id IS NOT NULL
			   AND NOT EXISTS (SELECT FROM member_cases m WHERE m.conversion_id = v.id)
			 ORDER BY v.occurred_at DESC, v.id LIMIT 1`, c.in.Label.ID)
		return found, err
	}
	until := c.Clock.Now().AddDate(0, 0, -c.Since)
	err = c.DB.SelectContext(ctx, &found, `
		SELECT e.member_id, k.advertiser_id, e.at, '' AS network,
		       'W' || (100000 + e.id % 900000) AS order_ref, 4995 + e.id % 100 * 100 AS sale_minor
		  FROM sends s
		  JOIN events e ON e.send_month = s.month AND e.send_id = s.id AND e.kind = 'click' AND NOT e.machine AND e.click_ref IS NOT NULL
		  JOIN links l ON l.id = e.link_id
		  JOIN campaigns k ON k.id = l.campaign_id
		  JOIN programmes g ON g.id = k.programme_id
		  JOIN network_connections n ON n.label_id = s.label_id AND n.network = g.network
		 WHERE s.label_id = $1 AND e.at < $2 AND e.member_id <> 0 -- of somebody who may be tracked
		   AND NOT EXISTS (SELECT FROM conversions v WHERE v.member_id = e.member_id)
		   AND NOT EXISTS (SELECT FROM member_cases m WHERE m.member_id = e.member_id)
		 ORDER BY e.at DESC, e.id LIMIT 1`, c.in.Label.ID, until)
	return found, err
}

// open makes the case, and mails the claim unless the story leaves it open.
func (c *complaint) open(ctx context.Context) error {
	found, err := c.order(ctx)
	if err != nil || len(found) == 0 {
		return err // in a short past nobody misses anything yet
	}
	of := found[0]
	path := fmt.Sprintf("/labels/%d/members/%d/cases", c.in.Label.ID, of.Member)
	if err := c.Create(ctx, c.Service, path, map[string]any{
		"advertiser_id": of.Advertiser, "kind": c.Kind, "order_ref": of.Order, "ordered_on": civil.DateOf(of.At.In(c.in.Zone)),
		"sale_minor": of.Sale, "currency": "EUR", "note": c.Note,
	}, &c.made); err != nil || c.Remark == "" || c.made.Connection == 0 {
		return err
	}
	var known claims.Known
	if err := c.Get(ctx, c.Service, c.path("known"), &known); err != nil {
		return err
	}
	to := ""
	for _, a := range known.Accounts {
		if a.Connection == c.made.Connection {
			to = a.Address
		}
	}
	asked := map[string]string{"address": to, "remark": c.Remark}
	if err := c.Create(ctx, c.Service, c.path("claim"), asked, &c.made); err != nil {
		return err
	}
	if c.Granted && c.Kind == claims.Declined {
		c.agenda.at(c.Clock.Now().AddDate(0, 0, 3), "the network thinks again", func(context.Context) error {
			c.Members.reach(c.Clock.Now())
			c.Trade.Judge(of.Network, of.Order, networks.Approved)
			return nil
		}, c.attend)
	}
	return nil
}

// answer notes what was answered where the network's own report doesn't say it, and
// tells the member.
func (c *complaint) answer(ctx context.Context) error {
	if c.made.ID == 0 {
		return nil
	}
	if err := c.Get(ctx, c.Service, fmt.Sprintf("/cases/%d", c.made.ID), &c.made); err != nil {
		return err
	}
	if c.made.State == claims.Claimed {
		said := map[string]any{"granted": c.Granted, "answer": c.Answer}
		if err := c.Create(ctx, c.Service, c.path("decide"), said, &c.made); err != nil {
			return err
		}
	}
	if !c.made.Over() {
		return nil
	}
	return c.Create(ctx, c.Service, c.path("tell"), nil, nil)
}

func (c *complaint) path(of string) string { return fmt.Sprintf("/cases/%d/%s", c.made.ID, of) }
