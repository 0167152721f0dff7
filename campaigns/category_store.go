package campaigns

import (
	"context"

	"keur/internal/postgres"
)

// Categories returns the categories that advertisers have, in order.
func (s *Advertisers) Categories(ctx context.Context) ([]string, error) {
	list := []string{}
	err := s.db.SelectContext(ctx, &list, `SELECT DISTINCT category FROM advertisers ORDER BY category`)
	return list, postgres.Fault(err, "categories of advertisers")
}
