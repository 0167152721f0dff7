package conversions

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
	"keur/networks"
)

// written are the columns of a conversion that reports and attribution fill.
const written = `connection_id, network, transaction_ref, part_ref, correction, reported_at, digest, status, unknown_status,
	sale_minor, commission_minor, currency, programme_ref, order_ref, reason, clicked_at, occurred_at, validated_at,
	paid, paid_told_at, sub_id, sub_id_told_at, voucher, voucher_told_at,
	basis, label_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, variant, link_id, member_id, month`

// row is a conversion as json_populate_recordset() reads it into its table:
// an id that is left out is null.
type row struct {
	*Conversion
	Member      members.ID `json:"member_id,omitempty"`
	Digest      string     `json:"digest"`
	PaidToldAt  *time.Time `json:"paid_told_at"`
	SubIDToldAt *time.Time `json:"sub_id_told_at"`
	VoucherTold *time.Time `json:"voucher_told_at"`
	Month       string     `json:"month"`
}

// rowsOf writes conversions as an array of rows.
func rowsOf(all []*Conversion, zones map[labels.ID]*time.Location) ([]byte, error) {
	rows := make([]row, len(all))
	for i, c := range all {
		rows[i] = row{
			Conversion: c, Member: c.Member, Digest: `\x` + hex.EncodeToString(c.Digest), PaidToldAt: c.PaidToldAt,
			SubIDToldAt: c.SubIDToldAt,
			VoucherTold: c.VoucherTold, Month: c.Occurred.In(zones[c.Label]).Format("2006-01") + "-01",
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("write %d conversions: %w", len(all), err)
	}
	return text, nil
}

// insert adds conversions and gives them their ids.
func insert(
	ctx context.Context, tx *sqlx.Tx, fresh []*Conversion, known map[networks.Key]*Conversion, zones map[labels.ID]*time.Location,
) error {
	if len(fresh) == 0 {
		return nil
	}
	rows, err := rowsOf(fresh, zones)
	if err != nil {
		return err
	}
	var added []struct {
		ID   ID     `db:"id"`
		Ref  string `db:"transaction_ref"`
		Part string `db:"part_ref"`
	}
	err = tx.SelectContext(ctx, &added, `
		INSERT INTO conversions (`+written+`) SELECT `+written+` FROM json_populate_recordset(NULL::conversions, $1)
		RETURNING id, transaction_ref, part_ref`, rows)
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
	rows, err := rowsOf(changed, zones)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE conversions c SET (`+written+`) = ROW (`+of("n", written)+`)
		  FROM json_populate_recordset(NULL::conversions, $1) n WHERE c.id = n.id`, rows)
	return postgres.Fault(err, "thing.conversions")
}

// moments are when each thing that is known of a conversion was said last.
type moments struct {
	ID          ID         `json:"id"`
	ReportedAt  time.Time  `json:"reported_at"`
	PaidToldAt  *time.Time `json:"paid_told_at"`
	SubIDToldAt *time.Time `json:"sub_id_told_at"`
	VoucherTold *time.Time `json:"voucher_told_at"`
}

// touch saves of conversions that were said again as they were only when that
// was: networks are asked for all sales of months, and of most nothing else is
// new. No index has these columns, so the rows stay where they are (HOT).
func touch(ctx context.Context, tx *sqlx.Tx, all []*Conversion) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([]moments, len(all))
	for i, c := range all {
		rows[i] = moments{c.ID, c.ReportedAt, c.PaidToldAt, c.SubIDToldAt, c.VoucherTold}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("write moments of %d conversions: %w", len(all), err)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE conversions c
		   SET reported_at = n.reported_at, paid_told_at = n.paid_told_at, sub_id_told_at = n.sub_id_told_at,
		       voucher_told_at = n.voucher_told_at
		  FROM json_to_recordset($1) AS n(id bigint, reported_at timestamptz, paid_told_at timestamptz, sub_id_told_at timestamptz,
		       voucher_told_at timestamptz)
		 WHERE c.id = n.id`, text)
	return postgres.Fault(err, "thing.conversions")
}

// of names columns as those of a table.
func of(table, columns string) string {
	return table + "." + strings.Join(strings.Fields(columns), " "+table+".")
}

// reportColumns are the columns of a report that is kept.
const reportColumns = `conversion_id, reported_at, digest, seen_at, source, status, unknown_status, paid,
	sale_minor, commission_minor, currency, occurred_at, validated_at, reason, raw`

// kept is a report as json_populate_recordset() reads it.
type kept struct {
	networks.Report
	Conversion ID        `json:"conversion_id"`
	Digest     string    `json:"digest"`
	Unknown    string    `json:"unknown_status"`
	Reason     string    `json:"reason"`
	SeenAt     time.Time `json:"seen_at"`
	Source     Source    `json:"source"`
}

// keep adds reports to the history, each once.
func keep(ctx context.Context, tx *sqlx.Tx, history []entry, from Source, now time.Time) error {
	if len(history) == 0 {
		return nil
	}
	rows := make([]kept, len(history))
	for i, h := range history {
		rows[i] = kept{
			Report: h.Report, Conversion: h.of.ID, Digest: `\x` + hex.EncodeToString(h.version.Digest), Unknown: h.Unknown,
			Reason: h.Reason,
			SeenAt: now, Source: from,
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("write %d reports: %w", len(history), err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO conversion_reports (`+reportColumns+`) SELECT `+reportColumns+`
		  FROM json_populate_recordset(NULL::conversion_reports, $1)
		ON CONFLICT DO NOTHING`, text)
	return postgres.Fault(err, "thing.conversions")
}
