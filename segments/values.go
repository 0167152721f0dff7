package segments

import (
	"context"
	"math"
	"strconv"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// mostValues bounds how many values are suggested.
const mostValues = 50

// ValueCount is a value with how many members have it, about if a sample told it.
type ValueCount struct {
	Value   string `db:"value"`
	Members int64  `db:"members"`
}

// CommonValues returns the values that a text, a set, or the membership's source
// has among the label's members, what most of them have first, and of these the
// ones that hold part in whatever case. Those that few have may be missing.
func (e *Engine) CommonValues(ctx context.Context, label labels.ID, field Field, part string) ([]ValueCount, error) {
	if field.Type != Text && field.Type != Set {
		return nil, fault.New(fault.Invalid, "segments.values_unlisted", "type", field.Type)
	}
	var inTwo int
	if err := e.db.GetContext(ctx, &inTwo, `
		SELECT count(*)
		  FROM memberships
		 WHERE label_id = $1
		   AND bucket < 2`, label); err != nil {
		return nil, postgres.Fault(err, "thing.known_values")
	}
	value := "m." + field.Slot
	if field.Type == Set {
		value = "unnest(" + value + ")"
	}
	// A sample of a large label tells what is usual, by the index of its first
	// buckets; a small one is read whole.
	sample := int(math.Ceil(sampleSize / (float64(inTwo)/2 + 1)))
	if inTwo < 16 || sample*2 > buckets {
		sample = buckets
	}
	list := []ValueCount{}
	err := e.db.SelectContext(ctx, &list, `
		SELECT value, count(*) * `+strconv.Itoa(buckets)+` / `+strconv.Itoa(sample)+` AS members
		  FROM (SELECT `+value+` AS value FROM memberships m WHERE m.label_id = $1 AND m.bucket < `+strconv.Itoa(sample)+`) v
		 WHERE value <> ''
		   AND position(lower($2) IN lower(value)) > 0
		 GROUP BY value
		 ORDER BY count(*) DESC, value
		 LIMIT $3`, label, part, mostValues)
	return list, postgres.Fault(err, "thing.known_values")
}

// TimeZones returns the zones that members of the label are known to live in.
func (e *Engine) TimeZones(ctx context.Context, label labels.ID) ([]string, error) {
	zones := []string{}
	err := e.db.SelectContext(ctx, &zones, `
		SELECT DISTINCT time_zone FROM memberships WHERE label_id = $1 AND time_zone <> '' ORDER BY 1`, label)
	return zones, postgres.Fault(err, "thing.label", "id", label)
}
