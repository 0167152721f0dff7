package anchors

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// seal is what the trail tells of a frozen ledger: how many deliveries a send
// has, and SHA-256 over their members, ascending, eight bytes each.
type seal struct {
	SendID  int64  `db:"id"`
	Month   string `db:"month"`
	Count   int64  `db:"sealed_count"`
	Members []byte `db:"sealed_members"`
}

// brokenSeals returns the sends whose deliveries aren't those that were frozen,
// in the snapshot of tx. Months that were dropped whole have none left. walked is
// told of how many deliveries were read, and of how many all seals are.
func brokenSeals(ctx context.Context, tx *sqlx.Tx, walked func(n, of int64)) (broken []string, err error) {
	var seals []seal
	if err := tx.SelectContext(ctx, &seals, `
		SELECT id, month::text, sealed_count, sealed_members FROM sends
		 WHERE sealed_count IS NOT NULL AND to_regclass('deliveries_' || to_char(month, 'YYYY_MM')) IS NOT NULL
		 ORDER BY id`); err != nil {
		return nil, postgres.Fault(err, "thing.sends")
	}
	var n, of int64
	for _, s := range seals {
		of += s.Count
	}
	for _, s := range seals {
		count, members, err := s.read(ctx, tx, func(read int64) { walked(n+read, of) })
		if err != nil {
			return nil, err
		}
		n += count
		if count != s.Count || !bytes.Equal(members, s.Members) {
			broken = append(broken,
				fmt.Sprintf("sends:%d: its ledger has %d deliveries that aren't the %d that were frozen", s.SendID, count, s.Count))
		}
	}
	return broken, nil
}

// walkStep is how many deliveries are read between two words of how far it is.
const walkStep = 10_000

// read returns how many deliveries the send has and the hash over their members,
// of which it never holds more than the row that it reads.
func (s *seal) read(ctx context.Context, tx *sqlx.Tx, walked func(n int64)) (n int64, members []byte, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT member_id FROM deliveries WHERE send_month = $1 AND send_id = $2 ORDER BY member_id`, s.Month, s.SendID)
	if err != nil {
		return 0, nil, postgres.Fault(err, "thing.sends")
	}
	defer func() { _ = rows.Close() }()
	sum := sha256.New()
	var member int64
	var written [8]byte
	for ; rows.Next(); n++ {
		if err := rows.Scan(&member); err != nil {
			return 0, nil, fmt.Errorf("read the ledger of send %d: %w", s.SendID, err)
		}
		binary.BigEndian.PutUint64(written[:], uint64(member))
		sum.Write(written[:])
		if n%walkStep == walkStep-1 {
			walked(n + 1)
		}
	}
	walked(n)
	return n, sum.Sum(nil), rows.Err()
}
