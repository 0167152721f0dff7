package campaigns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Vouchers keeps voucher pools and their codes.
type Vouchers struct{ db *sqlx.DB }

// NewVouchers returns the store of vouchers in db.
func NewVouchers(db *sqlx.DB) *Vouchers { return &Vouchers{db: db} }

// poolQuery counts the codes from the table itself: pools are few, and a
// counter beside the codes would make every reservation wait for every other.
const poolQuery = `
	SELECT p.id, p.campaign_id, p.name, p.shared_code, p.exclusive, p.valid_from, p.valid_until, c.free, c.reserved, c.committed
	  FROM voucher_pools p
	 CROSS JOIN LATERAL (
	       SELECT count(*) FILTER (WHERE state = 'free') AS free,
	              count(*) FILTER (WHERE state = 'reserved') AS reserved,
	              count(*) FILTER (WHERE state = 'committed') AS committed
	         FROM voucher_codes WHERE pool_id = p.id) c`

// Get returns a pool with the count of its codes.
func (s *Vouchers) Get(ctx context.Context, id PoolID) (Pool, error) {
	var p Pool
	err := s.db.GetContext(ctx, &p, poolQuery+` WHERE p.id = $1`, id)
	return p, postgres.Fault(err, "thing.voucher_pool", "id", id)
}

// Create adds a pool; codes that aren't shared follow by Import.
func (s *Vouchers) Create(ctx context.Context, p Pool) (Pool, error) {
	if err := p.Validate(); err != nil {
		return Pool{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &p.ID, `
			INSERT INTO voucher_pools (campaign_id, name, shared_code, exclusive, valid_from, valid_until)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, p.CampaignID, p.Name, p.SharedCode, p.Exclusive, p.ValidFrom, p.ValidUntil),
			"thing.voucher_pool_named", "name", p.Name)
	})
	return p, err
}

// Share returns the campaign's pool of a shared code, with the days and the name
// that it has by now: one that is there already keeps its own name, and stays
// exclusive. A name that
// another pool has gets the code behind it. Returns an invalid fault for a code
// that no mail may show.
func (s *Vouchers) Share(ctx context.Context, tx *sqlx.Tx, p Pool) (Pool, error) {
	if err := p.Validate(); err != nil {
		return Pool{}, err
	}
	if p.SharedCode == nil {
		return Pool{}, fault.At("shared_code", "campaigns.shared_code")
	}
	var found []PoolID
	err := tx.SelectContext(ctx, &found, `
		UPDATE voucher_pools SET exclusive = exclusive OR $3, valid_from = $4, valid_until = $5
		 WHERE id = (SELECT min(id) FROM voucher_pools WHERE campaign_id = $1 AND shared_code = $2)
		RETURNING id`, p.CampaignID, p.SharedCode, p.Exclusive, p.ValidFrom, p.ValidUntil)
	if err == nil && len(found) == 0 {
		err = tx.SelectContext(ctx, &found, `
			INSERT INTO voucher_pools (campaign_id, name, shared_code, exclusive, valid_from, valid_until)
			SELECT $1, CASE WHEN EXISTS (SELECT FROM voucher_pools WHERE campaign_id = $1 AND name = $2)
			                THEN left($2, 75) || ' (' || $3 || ')' ELSE $2 END, $3, $4, $5, $6
			RETURNING id`, p.CampaignID, p.Name, p.SharedCode, p.Exclusive, p.ValidFrom, p.ValidUntil)
	}
	if err != nil {
		return Pool{}, postgres.Fault(err, "thing.voucher_pool_named", "name", p.Name)
	}
	p.ID = found[0]
	return p, nil
}

// Import adds codes to a pool and returns how many were new; all or none. The
// same file twice changes nothing.
func (s *Vouchers) Import(ctx context.Context, id PoolID, codes []string) (added int, err error) {
	if at := slices.IndexFunc(codes, func(code string) bool { return !ValidCode(code) }); at >= 0 {
		return 0, fault.At(fmt.Sprintf("line[%d]", at+1), "campaigns.code_form")
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var shared bool
		if err := tx.GetContext(ctx, &shared, `SELECT shared_code IS NOT NULL FROM voucher_pools WHERE id = $1`, id); err != nil {
			return postgres.Fault(err, "thing.voucher_pool", "id", id)
		}
		if shared {
			return fault.New(fault.Conflict, "campaigns.pool_is_shared")
		}
		added = 0
		for some := range slices.Chunk(codes, 10_000) {
			// In order, so that two imports of one file don't lock each other out.
			done, err := tx.ExecContext(ctx, `
				INSERT INTO voucher_codes (pool_id, code)
				SELECT $1, code FROM unnest($2::text[]) WITH ORDINALITY c(code, n) ORDER BY n
				ON CONFLICT (pool_id, code) DO NOTHING`, id, pq.Array(some))
			if err != nil {
				return postgres.Fault(err, "thing.voucher_codes")
			}
			n, err := done.RowsAffected()
			if err != nil {
				return postgres.Fault(err, "thing.voucher_codes")
			}
			added += int(n)
		}
		// One row for the whole file: the trail needn't hold a hundred thousand codes.
		_, err := tx.ExecContext(ctx, `
			SELECT audit_note('voucher_codes.import', 'voucher_pools:' || $1::bigint, jsonb_build_object('added', $2::int))`, id, added)
		return postgres.Fault(err, "thing.audit_trail")
	})
	return added, err
}

// Reserve gives each queued delivery of a send a free code of the pool, in the
// transaction that froze it. Members who have one already keep it. Returns a
// conflict if the codes don't suffice; the caller then rolls back. month is
// the partition of the send's deliveries.
func (s *Vouchers) Reserve(ctx context.Context, tx *sqlx.Tx, id PoolID, sendID int64, month time.Time) error {
	var p Pool
	// The pool's row is the lock: two sends that reserve at once take turns.
	if err := tx.GetContext(ctx, &p, `
		SELECT id, name, shared_code FROM voucher_pools WHERE id = $1 FOR UPDATE`, id); err != nil {
		return postgres.Fault(err, "thing.voucher_pool", "id", id)
	}
	if p.SharedCode != nil {
		return nil
	}
	// Both sides are numbered and matched by number: one pass, however many members.
	var counted struct {
		Wanted int `db:"wanted"`
		Given  int `db:"given"`
	}
	if err := tx.GetContext(ctx, &counted, `
		WITH wanted AS MATERIALIZED (
			SELECT d.member_id, row_number() OVER (ORDER BY d.member_id) AS n
			  FROM deliveries d
			 WHERE d.send_month = $1 AND d.send_id = $2 AND d.state = 'queued'
			   AND NOT EXISTS (SELECT FROM voucher_codes v
			                    WHERE v.send_id = $2 AND v.member_id = d.member_id AND v.pool_id = $3)
		), free AS MATERIALIZED (
			SELECT id, row_number() OVER (ORDER BY id) AS n
			  FROM (SELECT id FROM voucher_codes
			         WHERE pool_id = $3 AND state = 'free'
			         ORDER BY id
			         LIMIT (SELECT count(*) FROM wanted)) f
		), given AS (
			UPDATE voucher_codes v
			   SET state = 'reserved', send_id = $2, member_id = w.member_id
			  FROM free f JOIN wanted w USING (n)
			 WHERE v.pool_id = $3 AND v.id = f.id
			RETURNING 1
		)
		SELECT (SELECT count(*) FROM wanted) AS wanted, (SELECT count(*) FROM given) AS given`,
		month, sendID, id); err != nil {
		return postgres.Fault(err, "thing.voucher_codes")
	}
	if counted.Given < counted.Wanted {
		return fault.New(fault.Conflict, "campaigns.too_few_codes", "pool", p.Name, "free", counted.Given, "members", counted.Wanted)
	}
	return nil
}

// Held is a code that a member of a send has.
type Held struct {
	MemberID int64  `db:"member_id"`
	PoolID   PoolID `db:"pool_id"`
	Code     string `db:"code"`
}

// Codes returns the codes that the members of a send have, for rendering.
func (s *Vouchers) Codes(ctx context.Context, sendID int64, members []int64) ([]Held, error) {
	return codesOf(ctx, s.db, sendID, members)
}

// CodesIn is Codes within the caller's transaction.
func (s *Vouchers) CodesIn(ctx context.Context, tx *sqlx.Tx, sendID int64, members []int64) ([]Held, error) {
	return codesOf(ctx, tx, sendID, members)
}

func codesOf(ctx context.Context, q sqlx.QueryerContext, sendID int64, members []int64) ([]Held, error) {
	var found []Held
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT member_id, pool_id, code
		  FROM voucher_codes WHERE send_id = $1 AND member_id = ANY($2)`, sendID, pq.Array(members))
	return found, postgres.Fault(err, "thing.voucher_codes")
}

// Commit marks the codes of members whose mail was taken: they have gone out.
func (s *Vouchers) Commit(ctx context.Context, tx *sqlx.Tx, sendID int64, members []int64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE voucher_codes SET state = 'committed'
		 WHERE send_id = $1 AND member_id = ANY($2) AND state = 'reserved'`, sendID, pq.Array(members))
	return postgres.Fault(err, "thing.voucher_codes")
}

// Return frees the codes of members whose mail won't be sent. A code that went
// out stays gone.
func (s *Vouchers) Return(ctx context.Context, tx *sqlx.Tx, sendID int64, members []int64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE voucher_codes SET state = 'free', send_id = NULL, member_id = NULL
		 WHERE send_id = $1 AND member_id = ANY($2) AND state = 'reserved'`, sendID, pq.Array(members))
	return postgres.Fault(err, "thing.voucher_codes")
}
