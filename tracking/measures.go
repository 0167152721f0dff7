package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
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
	args, n := countArgs(deltas)
	if n == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, countSQL, args...); err != nil {
		return fmt.Errorf("count %d outcomes: %w", n, err)
	}
	return nil
}

const countSQL = `
	INSERT INTO outcome_deltas (send_id, measure, hour, variant, link_id, domain, n)
	SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::bigint[])`

// countArgs returns the arguments of countSQL and how many rows they make.
func countArgs(deltas []Delta) ([]any, int) {
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
		sends, measures, hours = append(sends, d.Send), append(measures, string(d.Measure)), append(hours, stamp(d.Hour))
		variants, links, domains, ns = append(variants, int32(d.Variant)), append(links, d.Link), append(domains, d.Domain), append(ns, n)
	}
	return []any{sends, measures, hours, variants, links, domains, ns}, len(ns)
}

// stamp writes a time as PostgreSQL reads it in an array.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
