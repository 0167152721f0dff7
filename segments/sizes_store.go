package segments

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
)

// Size is how many members a segment had on a day.
type Size struct {
	Segment ID         `db:"segment_id"`
	Day     civil.Date `db:"day"`
	Members int        `db:"members"`
}

// Sizes keeps how many members each segment has, day by day.
type Sizes struct{ engine *Engine }

// NewSizes returns the sizes of segments, as the engine counts them.
func NewSizes(engine *Engine) *Sizes { return &Sizes{engine} }

// sizesAtOnce is how many segments are counted in one go, at least: of what can't be
// counted now none is one of them.
const sizesAtOnce = 50

// CountDue counts segments in use that have no size of today yet, and returns how
// many. One whose rule can't be counted, as it names what is no more, has none.
func (s *Sizes) CountDue(ctx context.Context) (int, error) {
	today, counted := civil.DateOf(s.engine.clock.Now().UTC()), 0
	page := func(ctx context.Context, after Segment) (due []Segment, err error) {
		if counted >= sizesAtOnce {
			return nil, nil
		}
		err = s.engine.db.SelectContext(ctx, &due, selectSegments+`
			 WHERE s.archived_at IS NULL AND s.id > $3 AND NOT EXISTS (SELECT FROM segment_sizes z WHERE z.segment_id = s.id AND z.day = $1)
			 ORDER BY s.id LIMIT $2`, today, sizesAtOnce, after.ID)
		return due, postgres.Fault(err, "thing.segments")
	}
	return each.Pages(ctx, 1, page, func(ctx context.Context, g Segment) error {
		members, err := s.engine.Count(ctx, g.LabelID, g.Rule)
		known := err == nil
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("count segment %d: %w", g.ID, err)
		}
		_, err = postgres.Exec(ctx, s.engine.db, `
			INSERT INTO segment_sizes (segment_id, day, members) VALUES ($1, $2, CASE WHEN $3 THEN $4::int END)
			ON CONFLICT DO NOTHING`, g.ID, today, known, members)
		if err == nil {
			counted++
		}
		return postgres.Fault(err, "thing.segment", "id", g.ID)
	})
}

// Since returns the sizes of segments from a day on, each in the order of their days.
func (s *Sizes) Since(ctx context.Context, from time.Time, of ...ID) (map[ID][]Size, error) {
	var all []Size
	if err := s.engine.db.SelectContext(ctx, &all, `
		SELECT segment_id, day, members FROM segment_sizes
		 WHERE segment_id = ANY ($1) AND day >= $2 AND members IS NOT NULL
		 ORDER BY segment_id, day`, pq.Array(of), civil.DateOf(from.UTC())); err != nil {
		return nil, postgres.Fault(err, "thing.segments")
	}
	found := map[ID][]Size{}
	for _, z := range all {
		found[z.Segment] = append(found[z.Segment], z)
	}
	return found, nil
}
