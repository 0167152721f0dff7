package conversions

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
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

// writtenNames are the names of written, and writtenValues what goes into them of
// rows called n: an id of 0 is none.
var writtenNames, writtenValues = namesAndValues(written)

func namesAndValues(columns []string) (names, values string) {
	of := make([]string, len(columns))
	called := make([]string, len(columns))
	for i, c := range columns {
		called[i], _, _ = strings.Cut(c, " ")
		of[i] = "n." + called[i]
		switch called[i] {
		case "advertiser_id", "campaign_id", "mailing_id", "send_id", "link_id", "member_id":
			of[i] = "nullif(" + of[i] + ", 0)"
		}
	}
	return strings.Join(called, ", "), strings.Join(of, ", ")
}

// rowsOf writes conversions as rows of their ids and what is written.
func rowsOf(all []*Conversion, zones map[labels.ID]*time.Location) *postgres.Rows {
	rows := postgres.NewRows(append([]string{"id bigint"}, written...)...)
	for _, c := range all {
		rows.Add(int64(c.ID), int64(c.Connection), c.Network, c.Ref, c.Part, c.Correction, c.ReportedAt,
			c.Digest, string(c.Status), c.Unknown, c.Sale, c.Commission, c.Currency,
			c.Programme, c.Order, c.Reason, c.Clicked, c.Occurred,
			c.Validated, c.Paid, c.PaidToldAt, c.SubID, c.SubIDToldAt,
			c.Voucher, c.VoucherTold, string(c.Basis), int64(c.Label), int64(c.Advertiser), int64(c.Campaign),
			int64(c.Mailing), int64(c.Send), c.Placement, int64(c.Variant), c.Link, int64(c.Member),
			c.Occurred.In(zones[c.Label]).Format("2006-01")+"-01")
	}
	return rows
}

// insert adds conversions and gives them their ids.
func insert(
	ctx context.Context, tx *sqlx.Tx, fresh []*Conversion, known map[networks.Key]*Conversion, zones map[labels.ID]*time.Location,
) error {
	if len(fresh) == 0 {
		return nil
	}
	rows := rowsOf(fresh, zones)
	var added []struct {
		ID   ID     `db:"id"`
		Ref  string `db:"transaction_ref"`
		Part string `db:"part_ref"`
	}
	err := tx.SelectContext(ctx, &added, `
		INSERT INTO conversions (`+writtenNames+`) SELECT `+writtenValues+` FROM `+rows.From("n")+`
		RETURNING id, transaction_ref, part_ref`, rows.Args()...)
	for _, a := range added {
		known[networks.Key{Transaction: a.Ref, Part: a.Part}].ID = a.ID
	}
	return postgres.Fault(err, "thing.conversions")
}

// update saves conversions that changed.
func update(ctx context.Context, tx *sqlx.Tx, changed []*Conversion, zones map[labels.ID]*time.Location) error {
	if len(changed) == 0 {
		return nil
	}
	rows := rowsOf(changed, zones)
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
	rows := postgres.NewRows("conversion_id bigint", "reported_at timestamptz", "digest bytea", "seen_at timestamptz", "source text",
		"status text", "unknown_status text", "paid boolean", "sale_minor bigint", "commission_minor bigint", "currency text",
		"occurred_at timestamptz", "validated_at timestamptz", "reason text", "raw jsonb")
	for _, h := range history {
		rows.Add(int64(h.of.ID), h.At, h.version.Digest, now, string(from),
			string(h.Status), h.Unknown, h.Paid, h.Sale, h.Commission, h.Currency,
			h.Occurred, h.Validated, h.Reason, string(h.Raw))
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO conversion_reports (conversion_id, reported_at, digest, seen_at, source, status, unknown_status, paid,
		       sale_minor, commission_minor, currency, occurred_at, validated_at, reason, raw)
		SELECT * FROM `+rows.From("n")+` ON CONFLICT DO NOTHING`, rows.Args()...)
	return postgres.Fault(err, "thing.conversions")
}
