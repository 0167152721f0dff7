package members

import (
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

// note puts on the audit trail that someone who works here did something to a
// member: who, when, and the names of what changed. Nothing of what is known of
// the member goes there, as erasure couldn't take it out again. What members do
// themselves, and what imports do, is kept with their consents and imports.
func note(ctx context.Context, tx *sqlx.Tx, act string, id ID, label labels.ID, what ...string) error {
	actor := postgres.Actor(ctx)
	if !strings.HasPrefix(actor, "user:") && !strings.HasPrefix(actor, "console:") {
		return nil
	}
	slices.Sort(what)
	_, err := tx.ExecContext(ctx, `
		SELECT audit_note($1, 'members:' || $2::bigint, jsonb_build_object('label_id', $3::int, 'what', to_jsonb($4::text[])))`,
		act, id, label, pq.Array(append([]string{}, what...)))
	return postgres.Fault(err, "thing.audit_trail")
}
