package products

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks/material"
)

// Findings returns what became of the product since it was taken: a person has to
// say that it stays where members would meet something else than they are told.
// Days are told in the zone.
func (p *Pick) Findings(zone *time.Location) (all []material.Finding) {
	note := func(severity links.Severity, key string, args ...any) {
		all = append(all, material.Finding{
			Pick: material.PickID(p.ID), Product: true, Campaign: p.Campaign, Severity: severity, Message: words.Of(key, args...),
		})
	}
	name, feed := p.Was.Name, p.FeedName
	was, is := words.Exact(p.Was.Price, p.Was.Currency), words.Exact(p.Price, p.Currency)
	asks := links.Asks
	if p.IsKept() {
		asks = links.Tells
	}
	if p.Gone != nil {
		note(asks, "products.gone", "product", name, "feed", feed, "day", p.Gone.In(zone).Format(time.DateOnly))
		return all
	}
	switch {
	case p.Currency != p.Was.Currency:
		note(asks, "products.currency", "product", name, "feed", feed, "was", was, "is", is)
	case p.Price > p.Was.Price:
		note(asks, "products.dearer", "product", name, "feed", feed, "was", was, "is", is)
	case p.Price < p.Was.Price:
		note(links.Tells, "products.cheaper", "product", name, "feed", feed, "was", was, "is", is)
	case p.Was.OldPrice != nil && p.OldPrice == nil:
		note(links.Tells, "products.not_reduced", "product", name, "feed", feed, "was", words.Exact(*p.Was.OldPrice, p.Was.Currency))
	}
	if p.Availability == OutOfStock {
		note(asks, "products.out_of_stock", "product", name, "feed", feed)
	}
	if p.Picture != p.Was.Picture {
		note(links.Tells, "products.picture", "product", name, "feed", feed)
	}
	if p.Click != p.Was.Click {
		note(links.Tells, "products.click", "product", name, "feed", feed)
	}
	return all
}

// IsKept reports whether a person said that it stays, since the product is as it is.
func (p *Pick) IsKept() bool {
	return p.Kept.Is && p.Kept.Price == p.Price && p.Kept.Currency == p.Currency && p.Kept.Availability == p.Availability &&
		(p.Kept.Gone == nil) == (p.Gone == nil) && (p.Gone == nil || p.Kept.Gone.Equal(*p.Gone))
}

// Asks reports whether a person has to say whether it stays.
func (p *Pick) Asks() bool {
	for _, f := range p.Findings(time.UTC) {
		if f.Severity == links.Asks {
			return true
		}
	}
	return false
}

// Check returns what became of products that were taken.
func (s *Store) Check(ctx context.Context, taken []PickID, zone *time.Location) ([]material.Finding, error) {
	var all []material.Finding
	if len(taken) == 0 {
		return nil, nil
	}
	picks := []Pick{}
	if err := s.db.SelectContext(ctx, &picks, picked+` WHERE k.id = ANY($1) ORDER BY k.id`, pq.Array(taken)); err != nil {
		return nil, postgres.Fault(err, "thing.products")
	}
	for _, p := range picks {
		all = append(all, p.Findings(zone)...)
	}
	return all, nil
}

// maxReason bounds why something stays, in characters.
const maxReason = 500

// Keep notes that what was taken stays although its product isn't what it was.
func (s *Store) Keep(ctx context.Context, id PickID, reason string) error {
	if reason == "" || !form.Line(reason, maxReason) {
		return fault.At("reason", "programmes.reason")
	}
	p, err := s.Picked(ctx, id)
	if err != nil {
		return err
	}
	if !p.Asks() {
		return fault.New(fault.Conflict, "products.nothing_asked")
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO product_pick_answers (pick_id, gone_at, price, currency, availability, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, p.Gone, p.Price, p.Currency, p.Availability, reason)
		return postgres.Fault(err, "thing.product_pick", "id", id)
	})
}
