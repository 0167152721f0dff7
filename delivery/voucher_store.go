package delivery

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
)

// voucher is where the code of a placement comes from.
type voucher struct {
	pool   campaigns.PoolID
	shared string // the one code of everyone; empty: each member has their own
	dummy  string // for tests and previews
}

// hasCodes reports whether members have codes of their own in the mail.
func (m *Mail) hasCodes() bool {
	for _, v := range m.vouchers {
		if v.shared == "" {
			return true
		}
	}
	return false
}

// fillVouchers gives each item its codes: those that freezing reserved, or the
// shared ones. Who has none is left out of the batch, because a mail without
// its code is worth nothing.
func (q Queue) fillVouchers(ctx context.Context, tx *sqlx.Tx, b *Batch, skipped *skips) error {
	vouchers := b.Send.mail.vouchers
	if len(vouchers) == 0 || len(b.Items) == 0 {
		return nil
	}
	codes, err := q.codes(ctx, tx, b)
	if err != nil {
		return err
	}
	kept := b.Items[:0]
	for _, it := range b.Items {
		it.vouchers = make([]string, len(vouchers))
		missing := false
		for i, v := range vouchers {
			it.vouchers[i] = v.shared
			if v.shared == "" {
				it.vouchers[i] = codes[holder{it.Member, v.pool}]
			}
			missing = missing || it.vouchers[i] == ""
		}
		if missing {
			skipped.add(it.Member, "no_voucher")
		} else {
			kept = append(kept, it)
		}
	}
	b.Items = kept
	return nil
}

// holder is a member who has a code of a pool.
type holder struct {
	member int64
	pool   campaigns.PoolID
}

func (q Queue) codes(ctx context.Context, tx *sqlx.Tx, b *Batch) (map[holder]string, error) {
	if !b.Send.mail.hasCodes() {
		return nil, nil
	}
	members := make([]int64, len(b.Items))
	for i := range b.Items {
		members[i] = b.Items[i].Member
	}
	held, err := q.vouchers.CodesIn(ctx, tx, b.Send.ID, members)
	codes := make(map[holder]string, len(held))
	for _, h := range held {
		codes[holder{h.MemberID, h.PoolID}] = h.Code
	}
	return codes, err
}

// settleVouchers commits the codes of the batch's members whose mail was
// taken, and returns those of mails that won't be sent. What is deferred or in
// doubt keeps its code.
func (q Queue) settleVouchers(ctx context.Context, tx *sqlx.Tx, b *Batch) error {
	if !b.Send.mail.hasCodes() {
		return nil
	}
	return q.settleBatch(ctx, tx, b)
}

func (l *Ledger) settleBatch(ctx context.Context, tx *sqlx.Tx, b *Batch) error {
	var by []struct {
		Sent    bool          `db:"sent"`
		Members pq.Int64Array `db:"members"`
	}
	if err := tx.SelectContext(ctx, &by, `
		SELECT state = 'sent' AS sent, array_agg(member_id) AS members
		  FROM deliveries
		 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5
		   AND state IN ('sent', 'bounced', 'failed', 'lapsed', 'skipped')
		 GROUP BY 1`, b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part); err != nil {
		return err
	}
	for _, g := range by {
		if err := l.settleCodes(ctx, tx, b.Send.ID, g.Members, g.Sent); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) settleCodes(ctx context.Context, tx *sqlx.Tx, send int64, members []int64, sent bool) error {
	if sent {
		return l.vouchers.Commit(ctx, tx, send, members)
	}
	return l.vouchers.Return(ctx, tx, send, members)
}
