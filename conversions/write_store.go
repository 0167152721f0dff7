package conversions

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

// facts are the columns of a conversion that reports fill, with their types, and booked
// those that say to what it is booked. Reports of known ones seldom change what leads
// there, and then nothing of booked is read or written.
var (
	facts = []string{
		"part_ref text", "correction boolean", "reported_at timestamptz", "digest bytea", "status text", "unknown_status text",
		"sale_minor bigint", "commission_minor bigint", "currency text", "programme_ref text", "order_ref text", "reason text",
		"clicked_at timestamptz", "occurred_at timestamptz", "validated_at timestamptz", "paid boolean", "paid_told_at timestamptz",
		"sub_id text", "sub_id_told_at timestamptz", "voucher text", "voucher_told_at timestamptz", "month date",
	}
	booked = []string{
		"basis text", "label_id int", "advertiser_id bigint", "campaign_id bigint", "mailing_id bigint", "send_id bigint",
		"placement_key text", "variant smallint", "link_id bigint", "member_id bigint",
	}
	inserted = slices.Concat([]string{"id", "connection_id", "network", "transaction_ref"}, namesOf(facts), namesOf(booked))
)

func namesOf(columns []string) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i], _, _ = strings.Cut(c, " ")
	}
	return names
}

// factsOf returns the values of facts, and bookedOf those of booked.
func factsOf(c *Conversion, zone *time.Location) []any {
	return []any{
		c.Part, c.Correction, c.ReportedAt, c.Digest, string(c.Status), c.Unknown,
		c.Sale, c.Commission, c.Currency, c.Programme, c.Order, c.Reason,
		c.Clicked, c.Occurred, c.Validated, c.Paid, c.PaidToldAt,
		c.SubID, c.SubIDToldAt, c.Voucher, c.VoucherTold, monthOf(c, zone),
	}
}

func bookedOf(c *Conversion) []any {
	return []any{
		string(c.Basis), int64(c.Label), idOf(c.Advertiser), idOf(c.Campaign), idOf(c.Mailing), idOf(c.Send),
		c.Placement, int64(c.Variant), idOf(c.Link), idOf(c.Member),
	}
}

// monthOf returns the first day of the month that a conversion counts in.
func monthOf(c *Conversion, zone *time.Location) string {
	return c.Occurred.In(zone).Format("2006-01") + "-01"
}

// idOf returns an id, of which 0 is none.
func idOf[ID ~int32 | ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// write adds a conversion as a line of inserted.
func write(to *postgres.Lines, c *Conversion, zone *time.Location) {
	to.Int(int64(c.ID))
	to.Int(int64(c.Connection))
	to.Text(c.Network)
	to.Text(c.Ref)
	to.Text(c.Part)
	to.Bool(c.Correction)
	to.Moment(c.ReportedAt)
	to.Bytes(c.Digest)
	to.Text(string(c.Status))
	to.Text(c.Unknown)
	to.Int(c.Sale)
	to.Int(c.Commission)
	to.Text(c.Currency)
	to.Text(c.Programme)
	to.Text(c.Order)
	to.Text(c.Reason)
	to.MaybeMoment(c.Clicked)
	to.Moment(c.Occurred)
	to.MaybeMoment(c.Validated)
	to.Bool(c.Paid)
	to.MaybeMoment(c.PaidToldAt)
	to.Text(c.SubID)
	to.MaybeMoment(c.SubIDToldAt)
	to.Text(c.Voucher)
	to.MaybeMoment(c.VoucherTold)
	to.Text(monthOf(c, zone))
	to.Text(string(c.Basis))
	to.Int(int64(c.Label))
	to.ID(int64(c.Advertiser))
	to.ID(int64(c.Campaign))
	to.ID(int64(c.Mailing))
	to.ID(int64(c.Send))
	to.Text(c.Placement)
	to.Int(int64(c.Variant))
	to.ID(c.Link)
	to.ID(int64(c.Member))
	to.End()
}

// insert adds conversions and gives them their ids. They are copied: so PostgreSQL
// takes many rows at once, where an INSERT goes one by one.
func insert(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, fresh []*Conversion, zones map[labels.ID]*time.Location) error {
	if len(fresh) == 0 {
		return nil
	}
	var ids pq.Int64Array
	if err := tx.QueryRowxContext(ctx, `
		SELECT array_agg(nextval('conversions_id_seq')) FROM generate_series(1, $1::int)`, len(fresh)).Scan(&ids); err != nil {
		return postgres.Fault(err, "thing.conversions")
	}
	var lines postgres.Lines
	for i, c := range fresh {
		c.ID = ID(ids[i])
		write(&lines, c, zones[c.Label])
	}
	return postgres.Fault(postgres.CopyLines(ctx, conn, "conversions", inserted, &lines), "thing.conversions")
}

// update saves conversions of which a report said something else, and, where they are
// booked anew, to what.
func update(ctx context.Context, tx *sqlx.Tx, changed []*Conversion, anew bool, zones map[labels.ID]*time.Location) error {
	if len(changed) == 0 {
		return nil
	}
	columns := facts
	if anew {
		columns = slices.Concat(facts, booked)
	}
	rows := postgres.NewRows(slices.Concat([]string{"id bigint"}, columns)...)
	for _, c := range changed {
		values := append([]any{int64(c.ID)}, factsOf(c, zones[c.Label])...)
		if anew {
			values = append(values, bookedOf(c)...)
		}
		rows.Add(values...)
	}
	names := namesOf(columns)
	_, err := tx.ExecContext(ctx, `
		UPDATE conversions c SET (`+strings.Join(names, ", ")+`) = ROW (n.`+strings.Join(names, ", n.")+`)
		  FROM `+rows.From("n")+` WHERE c.id = n.id`, rows.Args()...)
	return postgres.Fault(err, "thing.conversions")
}

// yield leaves those to be booked anew where they are that a person has booked since they
// were read, and has whoever would book the others wait. What a person decided the base
// would not let go, and no report of the part would be recorded. OFFSET 0 has all be
// locked before any is asked how it is booked.
func (b *batch) yield(ctx context.Context, tx *sqlx.Tx) error {
	if len(b.moved) == 0 {
		return nil
	}
	ids := make(pq.Int64Array, len(b.moved))
	for i, c := range b.moved {
		ids[i] = int64(c.ID)
	}
	var decided []ID
	if err := tx.SelectContext(ctx, &decided, `
		SELECT id FROM (SELECT id, basis FROM conversions WHERE id = ANY($1) ORDER BY id OFFSET 0 FOR NO KEY UPDATE) c WHERE basis = $2`,
		ids, ByPerson); err != nil {
		return postgres.Fault(err, "thing.conversions")
	}
	b.moved = slices.DeleteFunc(b.moved, func(c *Conversion) bool {
		if !slices.Contains(decided, c.ID) {
			return false
		}
		c.Basis, b.changed = ByPerson, append(b.changed, c)
		return true
	})
	return nil
}

// touch saves of conversions that were said again as they were only when that
// was: networks are asked for all sales of months, and of most nothing else is
// new. No index has these columns, so the rows stay where they are (HOT).
func touch(ctx context.Context, tx *sqlx.Tx, all []*Conversion) error {
	if len(all) == 0 {
		return nil
	}
	rows := postgres.NewRows("id bigint", "reported_at timestamptz", "paid_told_at timestamptz", "sub_id_told_at timestamptz",
		"voucher_told_at timestamptz")
	for _, c := range all {
		rows.Add(int64(c.ID), c.ReportedAt, c.PaidToldAt, c.SubIDToldAt, c.VoucherTold)
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE conversions c
		   SET reported_at = n.reported_at, paid_told_at = n.paid_told_at, sub_id_told_at = n.sub_id_told_at,
		       voucher_told_at = n.voucher_told_at
		  FROM `+rows.From("n")+` WHERE c.id = n.id`, rows.Args()...)
	return postgres.Fault(err, "thing.conversions")
}

// reported are the columns of the history.
var reported = []string{
	"conversion_id", "reported_at", "digest", "seen_at", "source", "status", "unknown_status", "paid", "sale_minor", "commission_minor",
	"currency", "occurred_at", "validated_at", "reason", "raw",
}

// keep adds reports to the history, each once.
func keep(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, history []entry, from Source, now time.Time) error {
	if len(history) == 0 {
		return nil
	}
	kept, err := keptOf(ctx, tx, history)
	if err != nil || len(kept) == len(history) {
		return err
	}
	var lines postgres.Lines
	for i, h := range history {
		if kept[i] {
			continue
		}
		lines.Int(int64(h.of.ID))
		lines.Moment(h.At)
		lines.Bytes(h.version.Digest)
		lines.Moment(now)
		lines.Text(string(from))
		lines.Text(string(h.Status))
		lines.Text(h.Unknown)
		lines.MaybeBool(h.Paid)
		lines.Int(h.Sale)
		lines.Int(h.Commission)
		lines.Text(h.Currency)
		lines.Moment(h.Occurred)
		lines.MaybeMoment(h.Validated)
		lines.Text(h.Reason)
		lines.Text(string(h.Raw))
		lines.End()
	}
	return postgres.Fault(postgres.CopyLines(ctx, conn, "conversion_reports", reported, &lines), "thing.conversions")
}

// keptOf returns the places of those reports that are in the history already. It has
// none that is later than what its conversion says, so only the late are looked for.
// Nobody adds to it meanwhile: whoever does has locked their lane.
func keptOf(ctx context.Context, tx *sqlx.Tx, history []entry) (map[int]bool, error) {
	rows := postgres.NewRows("place bigint", "id bigint", "at timestamptz", "digest bytea")
	for i, h := range history {
		if h.late {
			rows.Add(int64(i), int64(h.of.ID), h.At, h.version.Digest)
		}
	}
	if rows.Empty() {
		return nil, nil
	}
	var places []int
	err := tx.SelectContext(ctx, &places, `
		SELECT n.place FROM `+rows.From("n")+`
		 CROSS JOIN LATERAL (
		       SELECT FROM conversion_reports r
		        WHERE r.conversion_id = n.id AND r.reported_at = n.at AND r.digest = n.digest OFFSET 0) r`, rows.Args()...)
	kept := make(map[int]bool, len(places))
	for _, p := range places {
		kept[p] = true
	}
	return kept, postgres.Fault(err, "thing.conversions")
}
