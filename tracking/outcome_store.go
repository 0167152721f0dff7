package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Measure is what is counted of a send.
type Measure string

// Measures of tracking. Those of the ledger bear the states of a delivery.
const (
	OpenTotal       Measure = "open"        // by humans
	OpenUnique      Measure = "open_unique" // members
	OpenMachine     Measure = "open_machine"
	ClickTotal      Measure = "click"
	ClickUnique     Measure = "click_unique"      // members
	ClickLinkUnique Measure = "click_link_unique" // members per link
	// Members per link who had clicked another link of the same placement,
	// campaign or advertiser before: what to take off the sum of their links'
	// unique clicks to count each member once. They are few, so this costs
	// less than to count each click at all of its levels.
	ClickPlacementRepeat  Measure = "click_placement_repeat"
	ClickCampaignRepeat   Measure = "click_campaign_repeat"
	ClickAdvertiserRepeat Measure = "click_advertiser_repeat"
	ClickMachine          Measure = "click_machine"
	Unsubscribed          Measure = "unsubscribe"
	Complained            Measure = "complaint"
	BouncePrefix          Measure = "bounce_" // and the class of a bounce that came back later
)

// Delta is a change of a count. Deltas are appended in the transaction of what
// they count, so that counts and rows agree at any moment.
type Delta struct {
	Send    int64
	Measure Measure
	Hour    time.Time // any time within it
	Variant int16
	Link    int64  // links.id; 0 when none
	Domain  string // of the receiver; empty when it isn't to be known
	N       int64
}

// Count appends deltas, summed up where only their number differs.
func Count(ctx context.Context, tx *sqlx.Tx, deltas []Delta) error {
	args, n := CountArgs(deltas)
	if n == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, CountSQL, args...); err != nil {
		return fmt.Errorf("count %d outcomes: %w", n, err)
	}
	return nil
}

// CountSQL is the statement of Count, for those who prepare it; CountArgs has
// its arguments.
const CountSQL = `
	INSERT INTO outcome_deltas (send_id, measure, hour, variant, link_id, domain, n)
	SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::bigint[])`

// CountArgs returns the arguments of CountSQL and how many rows they make.
func CountArgs(deltas []Delta) ([]any, int) {
	sums := make(map[Delta]int64, len(deltas))
	for _, d := range deltas {
		n := d.N
		d.N, d.Hour = 0, d.Hour.UTC().Truncate(time.Hour)
		sums[d] += n
	}
	var (
		sends, links, ns         pq.Int64Array
		measures, hours, domains pq.StringArray
		variants                 pq.Int32Array
	)
	for d, n := range sums {
		if n == 0 {
			continue
		}
		sends, measures, hours = append(sends, d.Send), append(measures, string(d.Measure)), append(hours, postgres.Stamp(d.Hour))
		variants, links, domains, ns = append(variants, int32(d.Variant)), append(links, d.Link), append(domains, d.Domain), append(ns, n)
	}
	return []any{sends, measures, hours, variants, links, domains, ns}, len(ns)
}

// foldAtOnce is how many deltas one step folds.
const foldAtOnce = 20_000

// FoldOutcomes sums deltas up into the counts, and returns how many it took.
// One statement, so that a reader who adds both is right at any moment. Call
// it until it takes none; several processes may.
func FoldOutcomes(ctx context.Context, db *sqlx.DB) (int64, error) {
	var taken []int64
	if err := postgres.Select(ctx, db, &taken, `
		WITH taken AS (
		  DELETE FROM outcome_deltas
		   WHERE id = ANY (ARRAY(SELECT id FROM outcome_deltas ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
		  RETURNING send_id, measure, hour, variant, link_id, domain, n),
		folded AS (
		  INSERT INTO outcome_counts AS c (send_id, measure, hour, variant, link_id, domain, n)
		  SELECT send_id, measure, hour, variant, link_id, domain, sum(n) FROM taken GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
		  ON CONFLICT (send_id, measure, hour, variant, link_id, domain) DO UPDATE SET n = c.n + excluded.n)
		SELECT count(*) FROM taken`, foldAtOnce); err != nil {
		return 0, fmt.Errorf("fold outcomes: %w", err)
	}
	return taken[0], nil
}
