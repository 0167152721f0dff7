package products

import (
	"context"
	"time"

	"github.com/lib/pq"

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
	if p.Kept.Is {
		asks = links.Tells
	}
	if p.Gone != nil {
		note(asks, "products.gone", "product", name, "feed", feed, "day", p.Gone.In(zone).Format(time.DateOnly))
		return all
	}
	if !p.Read {
		note(asks, "products.unfed", "product", name, "feed", feed)
	} else if p.UnreadSince != nil {
		note(asks, "products.unread_since", "product", name, "feed", feed, "day", p.UnreadSince.In(zone).Format(time.DateOnly))
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
	if p.Name != p.Was.Name { // shops give numbers anew
		note(links.Tells, "products.renamed", "product", name, "feed", feed, "is", p.Name)
	}
	if p.Picture != p.Was.Picture {
		note(links.Tells, "products.picture", "product", name, "feed", feed)
	}
	if p.Click != p.Was.Click {
		note(links.Tells, "products.click", "product", name, "feed", feed)
	}
	return all
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

// Keep notes that what was taken stays although its product isn't what it was. seen is
// what the person was shown of it.
func (s *Store) Keep(ctx context.Context, id PickID, seen material.Says, reason string) error {
	p, err := s.Picked(ctx, id)
	if err != nil {
		return err
	}
	return material.Stays{Product: &p.ID, Says: p.Says, Seen: seen, Asks: p.Asks()}.Keep(ctx, s.db, reason)
}
