package anchors

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/approval"
)

// Differences holds one governed table to the trail, as Reconcile does all.
func Differences(ctx context.Context, tx *sqlx.Tx, table string) ([]string, error) {
	books := NewBooks()
	if _, _, err := approval.VerifyIn(ctx, tx, books.Take); err != nil {
		return nil, err
	}
	return books.compare(ctx, tx, table)
}
