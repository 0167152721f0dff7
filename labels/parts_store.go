package labels

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// loadParts fills in what hangs on the labels, one query a table.
func (s *Store) loadParts(ctx context.Context, q sqlx.QueryerContext, found []Label) error {
	ids := make([]int64, len(found))
	at := make(map[ID]*Label, len(found))
	for i := range found {
		l := &found[i]
		ids[i], at[l.ID] = int64(l.ID), l
		l.Senders, l.Seeds, l.BlackoutDates, l.Caps = []Sender{}, []Seed{}, []Blackout{}, []Cap{}
	}
	var senders []struct {
		LabelID ID `db:"label_id"`
		Sender
	}
	if err := sqlx.SelectContext(ctx, q, &senders, `
		SELECT label_id, id, name, address, reply_to
		  FROM label_senders WHERE label_id = ANY($1) ORDER BY id`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.senders")
	}
	for _, r := range senders {
		at[r.LabelID].Senders = append(at[r.LabelID].Senders, r.Sender)
	}
	var seeds []struct {
		LabelID ID `db:"label_id"`
		Seed
	}
	if err := sqlx.SelectContext(ctx, q, &seeds, `
		SELECT label_id, address, name
		  FROM seed_addresses WHERE label_id = ANY($1) ORDER BY address`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.seed_addresses")
	}
	for _, r := range seeds {
		at[r.LabelID].Seeds = append(at[r.LabelID].Seeds, r.Seed)
	}
	return s.loadRules(ctx, q, ids, at)
}

func (s *Store) loadRules(ctx context.Context, q sqlx.QueryerContext, ids []int64, at map[ID]*Label) error {
	var days []struct {
		LabelID ID `db:"label_id"`
		Blackout
	}
	if err := sqlx.SelectContext(ctx, q, &days, `
		SELECT label_id, day, reason
		  FROM blackout_dates WHERE label_id = ANY($1) ORDER BY day`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.blackout_dates")
	}
	for _, r := range days {
		at[r.LabelID].BlackoutDates = append(at[r.LabelID].BlackoutDates, r.Blackout)
	}
	var caps []struct {
		LabelID ID `db:"label_id"`
		Cap
	}
	if err := sqlx.SelectContext(ctx, q, &caps, `
		SELECT label_id, scope, days, at_most
		  FROM frequency_caps WHERE label_id = ANY($1) ORDER BY scope, days`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.caps")
	}
	for _, r := range caps {
		at[r.LabelID].Caps = append(at[r.LabelID].Caps, r.Cap)
	}
	return nil
}

// saveParts makes what hangs on the label equal to l. Rows that stay keep
// their ids and leave no trace in the audit trail.
func (s *Store) saveParts(ctx context.Context, tx *sqlx.Tx, l Label) error {
	if err := saveSenders(ctx, tx, l); err != nil {
		return err
	}
	if err := saveSeeds(ctx, tx, l); err != nil {
		return err
	}
	if err := saveBlackouts(ctx, tx, l); err != nil {
		return err
	}
	return saveCaps(ctx, tx, &l.ID, l.Caps)
}

func saveSenders(ctx context.Context, tx *sqlx.Tx, l Label) error {
	names, addresses, replies := make([]string, len(l.Senders)), make([]string, len(l.Senders)), make([]string, len(l.Senders))
	for i, s := range l.Senders {
		names[i], addresses[i], replies[i] = s.Name, s.Address, s.ReplyTo
	}
	// Rows that stay as they are stay untouched, as any that is written takes a confirmed change.
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM label_senders
		 WHERE label_id = $1
		   AND (name, address) NOT IN (SELECT unnest($2::text[]), unnest($3::text[]))`,
		l.ID, pq.Array(names), pq.Array(addresses)); err != nil {
		return postgres.Fault(err, "thing.senders")
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE label_senders s SET reply_to = w.reply_to
		  FROM unnest($2::text[], $3::text[], $4::text[]) w (name, address, reply_to)
		 WHERE s.label_id = $1 AND (s.name, s.address) = (w.name, w.address) AND s.reply_to <> w.reply_to`,
		l.ID, pq.Array(names), pq.Array(addresses), pq.Array(replies)); err != nil {
		return postgres.Fault(err, "thing.senders")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO label_senders (label_id, name, address, reply_to)
		SELECT $1, w.name, w.address, w.reply_to
		  FROM unnest($2::text[], $3::text[], $4::text[]) w (name, address, reply_to)
		 WHERE NOT EXISTS (SELECT FROM label_senders s WHERE s.label_id = $1 AND (s.name, s.address) = (w.name, w.address))`,
		l.ID, pq.Array(names), pq.Array(addresses), pq.Array(replies))
	return postgres.Fault(err, "thing.senders")
}

func saveSeeds(ctx context.Context, tx *sqlx.Tx, l Label) error {
	addresses, names := make([]string, len(l.Seeds)), make([]string, len(l.Seeds))
	for i, s := range l.Seeds {
		addresses[i], names[i] = s.Address, s.Name
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM seed_addresses WHERE label_id = $1 AND address <> ALL($2)`,
		l.ID, pq.Array(addresses)); err != nil {
		return postgres.Fault(err, "thing.seed_addresses")
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE seed_addresses s SET name = w.name FROM unnest($2::text[], $3::text[]) w (address, name)
		 WHERE s.label_id = $1 AND s.address = w.address AND s.name <> w.name`, l.ID, pq.Array(addresses), pq.Array(names)); err != nil {
		return postgres.Fault(err, "thing.seed_addresses")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO seed_addresses (label_id, address, name)
		SELECT $1, w.address, w.name FROM unnest($2::text[], $3::text[]) w (address, name)
		 WHERE NOT EXISTS (SELECT FROM seed_addresses s WHERE s.label_id = $1 AND s.address = w.address)`,
		l.ID, pq.Array(addresses), pq.Array(names))
	return postgres.Fault(err, "thing.seed_addresses")
}

func saveBlackouts(ctx context.Context, tx *sqlx.Tx, l Label) error {
	days, reasons := make([]string, len(l.BlackoutDates)), make([]string, len(l.BlackoutDates))
	for i, b := range l.BlackoutDates {
		days[i], reasons[i] = b.Day.String(), b.Reason
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM blackout_dates WHERE label_id = $1 AND day <> ALL($2::date[])`,
		l.ID, pq.Array(days)); err != nil {
		return postgres.Fault(err, "thing.blackout_dates")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO blackout_dates (label_id, day, reason)
		SELECT $1, unnest($2::date[]), unnest($3::text[])
		ON CONFLICT (label_id, day) DO UPDATE SET reason = excluded.reason`,
		l.ID, pq.Array(days), pq.Array(reasons))
	return postgres.Fault(err, "thing.blackout_dates")
}
