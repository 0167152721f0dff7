package segments

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

// Population is whose members a rule is asked of, and when: those of a label
// with its attributes, all of them or a sample, at a moment in the label's zone.
type Population struct {
	Label  labels.ID
	Fields Fields
	Sample bool // only the members of the first SampleBuckets buckets
	Calendar
}

// Members fall into buckets by their hash (memberships.bucket), so that some
// buckets are a sample of them.
const (
	buckets       = 1024
	SampleBuckets = 32 // of an estimate
)

// populationOf loads the label's attributes and zone.
func populationOf(ctx context.Context, db sqlx.QueryerContext, label labels.ID, now time.Time) (Population, error) {
	var name string
	if err := sqlx.GetContext(ctx, db, &name, `SELECT time_zone FROM labels WHERE id = $1`, label); err != nil {
		return Population{}, postgres.Fault(err, "thing.label", "id", label)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return Population{}, fmt.Errorf("zone of label %d: %w", label, err)
	}
	fields, err := FieldsOf(ctx, db, label)
	return Population{Label: label, Fields: fields, Calendar: NewCalendar(now, zone)}, err
}
