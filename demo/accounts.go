package demo

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"keur/internal/paging"
	"keur/networks"
	"keur/networks/programmes"
)

// Connect has an admin connect the labels to their accounts at the networks, or
// give the credentials again: then everything is asked anew.
func (p *Publisher) Connect(ctx context.Context) error {
	for _, a := range p.Trade.accounts {
		c, err := p.connection(ctx, a)
		if err != nil {
			return err
		}
		path := fmt.Sprintf("/connections/%d", c.ID)
		if err := p.Create(ctx, p.Admin, path+"/credentials", map[string]any{"credentials": a.Credentials}, nil); err != nil {
			return err
		}
		if a.network != "daisycon" {
			continue // the others open by their credentials alone
		}
		var page struct {
			URL string `json:"authorize_url"`
		}
		if err := p.Create(ctx, p.Admin, path+"/authorize", nil, &page); err != nil {
			return err
		}
		code, err := a.Consent(page.URL)
		if err != nil {
			return err
		}
		if err := p.Create(ctx, p.Admin, path+"/redeem", map[string]string{"code": code}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Answer has each label's maker say of joined programmes what the network leaves
// open: that they may be mailed about.
func (p *Publisher) Answer(ctx context.Context) error {
	for _, m := range p.Markets {
		var there paging.Page[programmes.Listing]
		if err := p.Get(ctx, m.Maker, fmt.Sprintf("/labels/%d/listings%s&relation=joined", m.Label.ID, most), &there); err != nil {
			return err
		}
		for _, l := range there.Items {
			for _, topic := range programmes.Topics() {
				said := l.Says(topic)
				if !programmes.Open(topic, said) {
					continue
				}
				if err := p.Create(ctx, m.Maker, fmt.Sprintf("/listings/%d/answers", l.ID), map[string]any{
					"topic": topic, "said": said, "may": true, "reason": m.Asked,
				}, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Listed reports whether the networks have listed all their programmes.
func (p *Publisher) Listed(ctx context.Context) (bool, error) {
	for _, a := range p.Trade.accounts {
		c, err := p.connection(ctx, a)
		if err != nil {
			return false, err
		}
		var state networks.State
		if err := p.Get(ctx, p.Admin, fmt.Sprintf("/connections/%d/polling", c.ID), &state); err != nil {
			return false, err
		}
		read := false
		for _, s := range state.Sweeps {
			read = read || s.Sweep == "programmes" && s.Covered != nil
		}
		if !read {
			return false, nil
		}
	}
	return true, nil
}

// Asked waits until the networks have said all that was new since a moment.
// What is asked for again whole, of months, may take longer: some calls a minute
// are all that a network takes.
func (p *Publisher) Asked(ctx context.Context, since time.Time) error {
	for _, a := range p.Trade.accounts {
		c, err := p.connection(ctx, a)
		if err != nil {
			return err
		}
		if err := Until(ctx, "the answer of "+c.Name, func() (bool, error) {
			if _, err := p.Poller.PollDue(ctx); err != nil {
				return false, err
			}
			var state networks.State
			err := p.Get(ctx, p.Admin, fmt.Sprintf("/connections/%d/polling", c.ID), &state)
			for _, s := range state.Sweeps {
				daily := s.Sweep == "again" || s.Sweep == "programmes" || s.Sweep == "material"
				if !daily && (s.Covered == nil || s.Covered.Before(since)) {
					return false, err
				}
			}
			return err == nil && len(state.Sweeps) > 0, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// connection finds or makes that to an account.
func (p *Publisher) connection(ctx context.Context, a *account) (networks.Connection, error) {
	name := map[string]string{"awin": "Awin", "daisycon": "Daisycon", "tradetracker": "TradeTracker"}[a.network]
	return ensure(ctx, p.Servers, p.Admin, fmt.Sprintf("/labels/%d/connections", a.market.Label.ID), most,
		func(c networks.Connection) bool { return c.Network == a.network && c.Publisher == a.Ref },
		networks.Connection{Network: a.network, Name: cmp.Or(name, a.network), Publisher: a.Ref})
}

// Compare returns an error unless Keur knows of every sale what its network
// knows, to the cent.
func (p *Publisher) Compare(ctx context.Context) error {
	for _, a := range p.Trade.accounts {
		c, err := p.connection(ctx, a)
		if err != nil {
			return err
		}
		known := map[string]booked{}
		path := fmt.Sprintf("/labels/%d/conversions?connection=%d&limit=200", a.market.Label.ID, c.ID)
		for after := ""; ; {
			var page paging.Page[booked]
			if err := p.Get(ctx, p.Planner, path+after, &page); err != nil {
				return err
			}
			for _, b := range page.Items {
				known[b.Ref] = b
			}
			if page.Next == "" {
				break
			}
			after = "&cursor=" + url.QueryEscape(page.Next)
		}
		for _, s := range a.Sales() {
			if got, want := known[s.Ref], (booked{s.Ref, s.Status, s.Paid, s.Sale, s.Commission}); got != want {
				return fmt.Errorf("%s says of its sale %+v, Keur %+v", a.network, want, got)
			}
		}
	}
	return nil
}

// booked is what Keur and a network must agree on.
type booked struct {
	Ref        string          `json:"transaction_ref"`
	Status     networks.Status `json:"status"`
	Paid       bool            `json:"paid"`
	Sale       int64           `json:"sale_minor"`
	Commission int64           `json:"commission_minor"`
}
