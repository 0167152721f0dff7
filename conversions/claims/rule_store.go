package claims

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
)

// ruleQuery reads connections with how claims are made by them; columns of what is
// joined to it come along.
const ruleQuery = `
	SELECT n.id AS connection_id, n.name, n.network, n.publisher_ref, coalesce(r.address, '') AS address, r.within_days, r.answer_days,
	       p.programme_ref
	  FROM network_connections n
	  LEFT JOIN claim_rules r ON r.connection_id = n.id`

// Rules returns how claims are made by each of a label's connections, by name.
func (s *Store) Rules(ctx context.Context, label labels.ID) ([]Rule, error) {
	var rows []Account
	err := s.db.SelectContext(ctx, &rows, ruleQuery+`
		 CROSS JOIN (SELECT '' AS programme_ref) p
		 WHERE n.label_id = $1 ORDER BY n.name COLLATE names, n.id`, label)
	found := make([]Rule, len(rows))
	for i, r := range rows {
		found[i] = r.Rule
	}
	return found, postgres.Fault(err, "thing.connections")
}

// SetRule says how claims are made by a connection. Open cases keep the day by which
// they are to be claimed in step with it.
func (s *Store) SetRule(ctx context.Context, id networks.ConnectionID, r Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &r.Network, `SELECT network FROM network_connections WHERE id = $1`, id); err != nil {
			return postgres.Fault(err, "thing.connection", "id", id)
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO claim_rules (connection_id, address, within_days, answer_days) VALUES ($1, $2, $3, $4)
			ON CONFLICT (connection_id) DO UPDATE SET address = $2, within_days = $3, answer_days = $4`,
			id, r.Address, r.Within, r.AnswerIn); err != nil {
			return postgres.Fault(err, "thing.connection", "id", id)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE member_cases SET claim_by = CASE WHEN $2 > 0 THEN ordered_on + $2::int END WHERE connection_id = $1 AND state = 'open'`,
			id, r.within())
		return postgres.Fault(err, "thing.cases")
	})
}
