package tracking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

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
	RelayDelivered        Measure = "relay_delivered" // as a relay posted, and not returned
	BouncePrefix          Measure = "bounce_"         // and the class of a bounce that came back later
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

// Sum returns deltas summed up where only their number differs, without those that
// come to nothing.
func Sum(deltas []Delta) []Delta {
	at := make(map[Delta]int, len(deltas))
	sums := make([]Delta, 0, len(deltas))
	for _, d := range deltas {
		n := d.N
		d.N, d.Hour = 0, d.Hour.UTC().Truncate(time.Hour)
		i, known := at[d]
		if !known {
			i, at[d] = len(sums), len(sums)
			sums = append(sums, d)
		}
		sums[i].N += n
	}
	return slices.DeleteFunc(sums, func(d Delta) bool { return d.N == 0 })
}

// Count appends deltas, summed up.
func Count(ctx context.Context, tx *sqlx.Tx, deltas []Delta) error {
	sums := Sum(deltas)
	if len(sums) == 0 {
		return nil
	}
	rows := postgres.NewRows("send_id bigint", "measure text", "hour timestamptz", "variant smallint", "link_id bigint", "domain text",
		"n bigint")
	for _, d := range sums {
		rows.Add(d.Send, string(d.Measure), d.Hour, int64(d.Variant), d.Link, d.Domain, d.N)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO outcome_deltas (send_id, measure, hour, variant, link_id, domain, n) SELECT * FROM `+rows.From("d"), rows.Args()...)
	if err != nil {
		return fmt.Errorf("count %d outcomes: %w", len(sums), err)
	}
	return nil
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
