package segments

import (
	"context"

	"keur/internal/postgres"
	"keur/labels"
)

// TimeZones returns the zones that members of the label are known to live in.
func (e *Engine) TimeZones(ctx context.Context, label labels.ID) ([]string, error) {
	zones := []string{}
	err := e.db.SelectContext(ctx, &zones, `
		SELECT DISTINCT time_zone FROM memberships WHERE label_id = $1 AND time_zone <> '' ORDER BY 1`, label)
	return zones, postgres.Fault(err, "label %d", label)
}
