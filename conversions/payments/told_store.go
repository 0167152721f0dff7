package payments

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/networks"
)

// Told takes in what a connection's network says that it pays. What isn't there is
// noted as it says; of what was noted by hand only what it says is kept beside it. What
// it corrects is corrected here, unless a person wrote otherwise. The same again
// changes nothing.
func (s *Store) Told(ctx context.Context, by networks.ConnectionID, all []networks.Payment) error {
	for _, p := range all {
		if err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return s.told(ctx, tx, by, p) }); err != nil {
			return postgres.Fault(err, "thing.payment", "number", p.Number)
		}
	}
	return nil
}

// told takes in one. Networks tell a customer's payments under each of the customer's
// sites: the first connection that reads a number keeps it.
func (s *Store) told(ctx context.Context, tx *sqlx.Tx, by networks.ConnectionID, p networks.Payment) error {
	if _, err := tx.ExecContext(ctx, `
		SELECT FROM network_connections WHERE network = (SELECT network FROM network_connections WHERE id = $1)
		 ORDER BY id FOR NO KEY UPDATE`, by); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO payments AS p (label_id, connection_id, number, issued_on, due_on, amount_minor, currency, told_minor, told_currency,
		                           told_paid_on, told_at, created_at)
		SELECT c.label_id, c.id, $2, $3, $4, $5::bigint, $6, $5, $6, $7, $8, $8
		  FROM network_connections c
		 WHERE c.id = $1 AND NOT EXISTS (
		       SELECT FROM payments o JOIN network_connections n ON n.id = o.connection_id
		        WHERE n.network = c.network AND n.id <> c.id AND o.number = $2 AND o.told_at IS NOT NULL)
		ON CONFLICT (connection_id, number) WHERE connection_id IS NOT NULL DO UPDATE
		   SET amount_minor = CASE WHEN (p.amount_minor, p.currency) = (p.told_minor, p.told_currency)
		                           THEN excluded.told_minor ELSE p.amount_minor END,
		       currency = CASE WHEN (p.amount_minor, p.currency) = (p.told_minor, p.told_currency)
		                       THEN excluded.told_currency ELSE p.currency END,
		       due_on = CASE WHEN p.due_on IS NULL AND excluded.due_on >= p.issued_on THEN excluded.due_on ELSE p.due_on END,
		       told_minor = excluded.told_minor, told_currency = excluded.told_currency, told_paid_on = excluded.told_paid_on,
		       told_at = excluded.told_at, version = p.version + 1
		 WHERE (p.told_minor, p.told_currency, p.told_paid_on) IS DISTINCT FROM
		       (excluded.told_minor, excluded.told_currency, excluded.told_paid_on)
		    OR p.due_on IS NULL AND excluded.due_on >= p.issued_on`,
		by, p.Number, p.Issued, p.Due, p.Amount, p.Currency, p.Paid, s.clock.Now())
	return err
}
