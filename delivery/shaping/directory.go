package shaping

import (
	"context"
	"log/slog"

	"keur/internal/clock"
)

// Directory says which provider takes a domain's mail, for who sends none.
type Directory struct{ shaper *Shaper }

// NewDirectory returns one that asks DNS, and remembers for an hour.
func NewDirectory(store *Store, dns Resolver, now clock.Clock) *Directory {
	return &Directory{New(store, &Table{}, dns, now, slog.New(slog.DiscardHandler))}
}

// Whose returns the provider of each domain, by the table as admins have it; none
// of a domain whose DNS doesn't answer.
func (d *Directory) Whose(ctx context.Context, domains []string) map[string]string {
	if table, err := d.shaper.Store.Table(ctx); err == nil {
		if !table.same(d.shaper.now.Load().table) {
			d.shaper.forget()
		}
		d.shaper.now.Store(seeing(table, nil))
	}
	found := map[string]string{}
	for domain, k := range d.shaper.whose(ctx, domains) {
		found[domain] = k.provider
	}
	return found
}
