package conversions

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

// written are the columns of a conversion that reports and attribution fill, with their types.
var written = []string{
	"connection_id int", "network text", "transaction_ref text", "part_ref text", "correction boolean", "reported_at timestamptz",
	"digest bytea", "status text", "unknown_status text", "sale_minor bigint", "commission_minor bigint", "currency text",
	"programme_ref text", "order_ref text", "reason text", "clicked_at timestamptz", "occurred_at timestamptz",
	"validated_at timestamptz", "paid boolean", "paid_told_at timestamptz", "sub_id text", "sub_id_told_at timestamptz",
	"voucher text", "voucher_told_at timestamptz", "basis text", "label_id int", "advertiser_id bigint", "campaign_id bigint",
	"mailing_id bigint", "send_id bigint", "placement_key text", "variant smallint", "link_id bigint", "member_id bigint", "month date",
}

// writtenNames are the names of written, and writtenValues those of rows called n.
var writtenNames, writtenValues = namesOf(written, ""), namesOf(written, "n.")

func namesOf(columns []string, prefix string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		name, _, _ := strings.Cut(c, " ")
		names[i] = prefix + name
	}
	return strings.Join(names, ", ")
}

// valuesOf returns a conversion's id and what is written of it.
func valuesOf(c *Conversion, zone *time.Location) []any {
	return []any{
		int64(c.ID), int64(c.Connection), c.Network, c.Ref, c.Part, c.Correction, c.ReportedAt,
		c.Digest, string(c.Status), c.Unknown, c.Sale, c.Commission, c.Currency,
		c.Programme, c.Order, c.Reason, c.Clicked, c.Occurred,
		c.Validated, c.Paid, c.PaidToldAt, c.SubID, c.SubIDToldAt,
		c.Voucher, c.VoucherTold, string(c.Basis), int64(c.Label), idOf(c.Advertiser), idOf(c.Campaign),
		idOf(c.Mailing), idOf(c.Send), c.Placement, int64(c.Variant), idOf(c.Link), idOf(c.Member),
		c.Occurred.In(zone).Format("2006-01") + "-01",
	}
}

// idOf returns an id, of which 0 is none.
func idOf[ID ~int32 | ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// insert adds conversions and gives them their ids. They are copied: so PostgreSQL
// takes many rows at once, where an INSERT goes one by one.
func insert(ctx context.Context, tx *sqlx.Tx, fresh []*Conversion, zones map[labels.ID]*time.Location) error {
	if len(fresh) == 0 {
		return nil
	}
	var ids []ID
	if err := tx.SelectContext(ctx, &ids, `
		SELECT nextval('conversions_id_seq') FROM generate_series(1, $1::int)`, len(fresh)); err != nil {
		return postgres.Fault(err, "thing.conversions")
	}
	err := postgres.Copy(ctx, tx, `COPY conversions (id, `+writtenNames+`) FROM STDIN`, func(add func(...any) error) error {
		for i, c := range fresh {
			c.ID = ids[i]
			if err := add(valuesOf(c, zones[c.Label])...); err != nil {
				return err
			}
		}
		return nil
	})
	return postgres.Fault(err, "thing.conversions")
}

// update saves conversions that changed.
func update(ctx context.Context, tx *sqlx.Tx, changed []*Conversion, zones map[labels.ID]*time.Location) error {
	if len(changed) == 0 {
		return nil
	}
	rows := postgres.NewRows(append([]string{"id bigint"}, written...)...)
	for _, c := range changed {
		rows.Add(valuesOf(c, zones[c.Label])...)
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE conversions c SET (`+writtenNames+`) = ROW (`+writtenValues+`)
		  FROM `+rows.From("n")+` WHERE c.id = n.id`, rows.Args()...)
	return postgres.Fault(err, "thing.conversions")
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

// keep adds reports to the history, each once.
func keep(ctx context.Context, tx *sqlx.Tx, history []entry, from Source, now time.Time) error {
	if len(history) == 0 {
		return nil
	}
	kept, err := keptOf(ctx, tx, history)
	if err != nil {
		return err
	}
	err = postgres.Copy(ctx, tx, `
		COPY conversion_reports (conversion_id, reported_at, digest, seen_at, source, status, unknown_status, paid,
		     sale_minor, commission_minor, currency, occurred_at, validated_at, reason, raw) FROM STDIN`,
		func(add func(...any) error) error {
			for i, h := range history {
				if kept[i] {
					continue
				}
				if err := add(int64(h.of.ID), h.At, h.version.Digest, now, string(from), string(h.Status), h.Unknown, h.Paid,
					h.Sale, h.Commission, h.Currency, h.Occurred, h.Validated, h.Reason, string(h.Raw)); err != nil {
					return err
				}
			}
			return nil
		})
	return postgres.Fault(err, "thing.conversions")
}

// keptOf returns the places of those reports that are in the history already.
// Nobody adds to it meanwhile: whoever does has locked the connection.
func keptOf(ctx context.Context, tx *sqlx.Tx, history []entry) (map[int]bool, error) {
	rows := postgres.NewRows("place bigint", "id bigint", "at timestamptz", "digest bytea")
	for i, h := range history {
		if h.known {
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
