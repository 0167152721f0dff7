package networks

import (
	"context"
	"time"
)

// reading is what else a network is asked again and again.
type reading struct {
	Sweep
	window time.Duration                                           // the longest time that one question may be about
	page   func(ctx context.Context, at *Progress) (Answer, error) // asks for one, and has it taken in
}

// readings are those that an adapter's network has.
func (p *Poller) readings(id ConnectionID, adapter Adapter, client *Client) (all []reading) {
	if lists, is := adapter.(Cataloguer); is {
		all = append(all, reading{catalogueSweep(), ever, func(ctx context.Context, at *Progress) (Answer, error) {
			return p.catalogue(ctx, id, lists, client, at)
		}})
	}
	if offers, is := adapter.(Supplier); is {
		all = append(all, reading{materialSweep(), ever, func(ctx context.Context, at *Progress) (Answer, error) {
			return p.material(ctx, id, offers, client, at)
		}})
	}
	if writes, is := adapter.(Newsreader); is {
		all = append(all, reading{newsSweep(), ever, func(ctx context.Context, at *Progress) (Answer, error) {
			q := at.ask(newsSweep(), ever, p.Clock.Now())
			page, err := writes.News(ctx, client, q.Cursor)
			if err != nil {
				return Answer{}, err
			}
			err = p.News(ctx, Reading{id, *at.Goal, at.Covered, page.Next == ""}, page)
			return Answer{Others: len(page.Notices), Unread: page.Unread, Next: page.Next}, err
		}})
	}
	window := adapter.Capabilities().Window
	if judges, is := adapter.(ClaimReader); is {
		all = append(all, reading{claimSweep(), window, func(ctx context.Context, at *Progress) (Answer, error) {
			page, err := judges.Claims(ctx, client, at.ask(claimSweep(), window, p.Clock.Now()))
			if err != nil {
				return Answer{}, err
			}
			return Answer{Others: len(page.Reports), Unread: page.Unread, Next: page.Next}, p.Claims(ctx, id, page.Reports)
		}})
	}
	if pays, is := adapter.(Payer); is {
		all = append(all, reading{paymentSweep(), window, func(ctx context.Context, at *Progress) (Answer, error) {
			page, err := pays.Payments(ctx, client, at.ask(paymentSweep(), window, p.Clock.Now()))
			if err != nil {
				return Answer{}, err
			}
			return Answer{Others: len(page.Payments), Unread: page.Unread, Next: page.Next}, p.Payments(ctx, id, page.Payments)
		}})
	}
	return all
}

// Reading is one time that all programmes, all material or all news of a connection
// are read, in which a page of them came.
type Reading struct {
	Connection ConnectionID
	Began      time.Time
	Before     *time.Time // when the one before began; nil: it is the first
	Last       bool       // no page is to come
}

// catalogue asks for a page of programmes, and has it taken in.
func (p *Poller) catalogue(ctx context.Context, id ConnectionID, lists Cataloguer, client *Client, at *Progress) (Answer, error) {
	q := at.ask(catalogueSweep(), ever, p.Clock.Now())
	page, err := lists.Programmes(ctx, client, q.Cursor)
	if err != nil {
		return Answer{}, err
	}
	err = p.Catalogue(ctx, Reading{id, *at.Goal, at.Covered, page.Next == ""}, page)
	return Answer{Others: len(page.Programmes), Unread: page.Unread, Next: page.Next}, err
}

// material asks for a page of material, and has it taken in.
func (p *Poller) material(ctx context.Context, id ConnectionID, offers Supplier, client *Client, at *Progress) (Answer, error) {
	q := at.ask(materialSweep(), ever, p.Clock.Now())
	page, err := offers.Material(ctx, client, q.Cursor)
	if err != nil {
		return Answer{}, err
	}
	err = p.Material(ctx, Reading{id, *at.Goal, at.Covered, page.Next == ""}, page)
	return Answer{Others: len(page.Items), Unread: page.Unread, Next: page.Next}, err
}
