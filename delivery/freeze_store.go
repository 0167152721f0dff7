package delivery

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/mailings"
)

// batchSize is how many members a batch holds: few enough that little is lost
// with its holder and it fits in memory, enough that taking it costs nothing.
const batchSize = 1000

// Zone is a time zone whose members get their mail at a moment of their own.
type Zone struct {
	Name      string // as in memberships.time_zone
	NotBefore time.Time
}

// FreezeOptions says how the members of an audience are dealt.
type FreezeOptions struct {
	NotBefore time.Time // for members of no zone in Zones
	Zones     []Zone
	Weights   []int              // of the subject variants; none: all get the first
	Pools     []campaigns.PoolID // of vouchers: each member who gets mail is reserved a code
}

// Frozen is what freezing made of an audience.
type Frozen struct {
	Queued  int
	Skipped map[string]int // by reason
	Batches int
}

// Freeze writes one delivery for each member that audienceSQL returns, as
// (member_id, skip_reason), and the batches in which workers take them. It may
// run long before the slot: nothing leaves before NotBefore, and whoever says
// no meanwhile is skipped. The send must be freezing. Returns a conflict if its
// audience is frozen already.
func (l *Ledger) Freeze(
	ctx context.Context, tx *sqlx.Tx, send mailings.Send, audienceSQL string, args []any, o FreezeOptions,
) (Frozen, error) {
	f := freezing{tx: tx, send: int64(send.ID), month: send.Month.String(), label: int(send.LabelID), options: o}
	frozen := Frozen{Skipped: map[string]int{}}
	if err := f.members(ctx, audienceSQL, args); err != nil {
		return frozen, postgres.Fault(err, "thing.audience_of_send", "send", send.ID)
	}
	for _, pool := range o.Pools {
		if err := l.vouchers.Reserve(ctx, tx, pool, f.send, send.Month.First()); err != nil {
			return frozen, err
		}
	}
	var err error
	if frozen.Batches, err = f.batches(ctx); err != nil {
		return frozen, postgres.Fault(err, "thing.batches_of_send", "send", send.ID)
	}
	if frozen.Skipped, err = f.skipped(ctx); err != nil {
		return frozen, postgres.Fault(err, "thing.audience_of_send", "send", send.ID)
	}
	frozen.Queued, err = f.queued(ctx)
	return frozen, err
}

// freezing is one run of Freeze.
type freezing struct {
	tx      *sqlx.Tx
	send    int64
	month   string
	label   int
	options FreezeOptions
}

// members writes the deliveries, sorted by member: a batch's rows then lie side
// by side, and so do all versions that its round makes of them.
func (f *freezing) members(ctx context.Context, audienceSQL string, args []any) error {
	n := len(args)
	zone, join := "0", ""
	own := []any{f.month, f.send}
	if len(f.options.Zones) > 0 {
		names := make([]string, len(f.options.Zones))
		for i, z := range f.options.Zones {
			names[i] = z.Name
		}
		own = append(own, f.label, pq.Array(names))
		zone = "coalesce(array_position($" + strconv.Itoa(n+4) + "::text[], ms.time_zone), 0)"
		join = "LEFT JOIN memberships ms ON ms.label_id = $" + strconv.Itoa(n+3) + " AND ms.member_id = a.member_id"
	}
	// The audience's SQL comes from the segment compiler, never from a person.
	_, err := f.tx.ExecContext(ctx, fmt.Sprintf(`
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason, variant, part)
		SELECT $%[1]d::date, $%[2]d::bigint, a.member_id,
		       CASE WHEN a.skip_reason IS NULL THEN 'queued' ELSE 'skipped' END::delivery_state, a.skip_reason, %[3]s, %[4]s
		  FROM (%[5]s) a %[6]s
		 ORDER BY a.member_id`, n+1, n+2, variantSQL(f.send, f.options.Weights), zone, audienceSQL, join), append(args[:n:n], own...)...)
	return err
}

// variantSQL deals members over the variants by a hash of send and member, so
// that a member's variant can be computed again at any time.
func variantSQL(send int64, weights []int) string {
	total := 0
	for _, w := range weights {
		total += w
	}
	if len(weights) < 2 || total == 0 {
		return "0"
	}
	hash := fmt.Sprintf("(hashint8extended(a.member_id, %d) & 2147483647) %% %d", send, total)
	sql, upTo := "CASE", 0
	for i, w := range weights[:len(weights)-1] {
		upTo += w
		sql += fmt.Sprintf(" WHEN %s < %d THEN %d", hash, upTo, i)
	}
	return sql + fmt.Sprintf(" ELSE %d END", len(weights)-1)
}

// batches divides the queued deliveries into ranges of members, part by part.
// They are numbered at random, so that the first minutes of a send are a fair
// sample of it: what goes wrong shows early, and at every receiver alike.
func (f *freezing) batches(ctx context.Context) (int, error) {
	moments, zones := []time.Time{f.options.NotBefore}, pq.StringArray{""}
	for _, z := range f.options.Zones {
		moments, zones = append(moments, z.NotBefore), append(zones, z.Name)
	}
	stamps := make([]string, len(moments))
	for i, m := range moments {
		stamps[i] = m.Format(time.RFC3339Nano)
	}
	done, err := f.tx.ExecContext(ctx, `
		INSERT INTO delivery_batches (send_id, number, send_month, part, first_member, last_member, size, not_before, time_zone)
		SELECT $2, row_number() OVER (ORDER BY not_before, random()), $1, part, first, last, n, not_before, ($5::text[])[part + 1]
		  FROM (SELECT part, min(member_id) AS first, max(member_id) AS last, count(*) AS n, ($4::timestamptz[])[part + 1] AS not_before
		          FROM (SELECT member_id, part, (row_number() OVER (PARTITION BY part ORDER BY member_id) - 1) / $3 AS chunk
		                  FROM deliveries
		                 WHERE send_month = $1 AND send_id = $2 AND state = 'queued') d
		         GROUP BY part, chunk) c`, f.month, f.send, batchSize, pq.Array(stamps), zones)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// skipped counts whom freezing left out, by reason, and notes it as an outcome.
func (f *freezing) skipped(ctx context.Context) (map[string]int, error) {
	var found []struct {
		Reason  string `db:"reason"`
		Variant int    `db:"variant"`
		N       int    `db:"n"`
	}
	if err := f.tx.SelectContext(ctx, &found, `
		SELECT reason, variant, count(*) AS n FROM deliveries
		 WHERE send_month = $1 AND send_id = $2 AND state = 'skipped'
		 GROUP BY 1, 2`, f.month, f.send); err != nil {
		return nil, err
	}
	reasons := map[string]int{}
	var counts []count
	for _, s := range found {
		reasons[s.Reason] += s.N
		counts = append(counts, count{State: Skipped, Variant: s.Variant, Hour: f.options.NotBefore, N: int64(s.N)})
	}
	return reasons, appendCounts(ctx, f.tx, f.send, counts)
}

func (f *freezing) queued(ctx context.Context) (int, error) {
	var n int
	err := f.tx.GetContext(ctx, &n, `SELECT coalesce(sum(size), 0) FROM delivery_batches WHERE send_id = $1`, f.send)
	return n, err
}
