package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Rounds writes what many connections ask of the ledger in one statement at a
// time. It has a connection of its own, whose statement is planned once and
// whose settings are for rounds alone.
type Rounds struct {
	ledger *Ledger
	key    postgres.Key // proves to the base that conn is the program's
	url    string
	db     *sqlx.DB // of nothing but conn
	conn   *sqlx.Conn
	rounds map[string]*sqlx.Stmt // by the month of their deliveries
}

// NewRounds returns rounds of the ledger, which is in the base at url and knows key.
func NewRounds(ledger *Ledger, url string, key postgres.Key) *Rounds {
	return &Rounds{ledger: ledger, url: url, key: key}
}

// roundSQL moves deliveries. It locks each batch against a new holder and lets
// through
//   - an outcome, if it is of the attempt that the ledger has under way;
//   - an intent, if besides the send is sending, the batch isn't postponed and
//     the delivery still queued, or if it is there already because a first
//     answer was lost.
//
// The locked batches come back with ord below 0, the changes that were let
// through with their place in the round.
//
// The whole key of a delivery comes from one side of the join (OFFSET 0 keeps
// it so) and none of it as a parameter: of a partition filled a second ago there
// are no statistics, the planner takes all rows of a send for one, and would
// read them all, each time.
//
// The month is named beside it (%s), so that a plan has one partition and not all
// that are kept: to begin with each of them costs more than to move a delivery.
const roundSQL = `
	WITH held AS MATERIALIZED (
	  SELECT w.ord, b.send_month, b.send_id, s.state = 'sending' AND b.not_before <= $1 AS sending
	    FROM unnest($2::bigint[], $3::int[], $4::int[]) WITH ORDINALITY AS w(send_id, number, fence, ord)
	    JOIN delivery_batches b ON b.send_id = w.send_id AND b.number = w.number
	    JOIN sends s ON s.id = b.send_id
	   WHERE b.fence = w.fence AND b.state = 'running'
	   ORDER BY b.send_id, b.number
	     FOR SHARE OF b
	), moved AS (
	  UPDATE deliveries d
	     SET state = u.state::delivery_state, attempts = u.attempt, changed_at = $1, reason = nullif(u.reason, ''),
	         sent_at = CASE WHEN u.state = 'sent' THEN $1 ELSE d.sent_at END,
	         message_id = coalesce(nullif(u.message_id, ''), d.message_id),
	         reply_code = coalesce(nullif(u.code, 0), d.reply_code)
	    FROM (SELECT c.*, h.send_month, h.send_id, h.sending
	            FROM unnest($5::int[], $6::bigint[], $7::smallint[], $8::text[], $9::text[], $10::smallint[], $11::text[])
	                 WITH ORDINALITY AS c(held, member_id, attempt, state, message_id, code, reason, ord)
	            JOIN held h ON h.ord = c.held
	          OFFSET 0) u
	   WHERE %s d.send_month = u.send_month AND d.send_id = u.send_id AND d.member_id = u.member_id
	     AND CASE WHEN u.state <> 'sending' THEN d.state = 'sending' AND d.attempts = u.attempt
	              WHEN NOT u.sending THEN false
	              ELSE d.state = 'queued' AND d.attempts < u.attempt OR d.state = 'sending' AND d.attempts = u.attempt END
	  RETURNING u.ord
	)
	SELECT -ord, sending FROM held UNION ALL SELECT ord, true FROM moved`

// RoundResult says what a round became.
type RoundResult struct {
	applied []bool // per change
	batches map[*Batch]bool
}

// Applied reports whether the round's change of that place was let through.
func (r *RoundResult) Applied(place int) bool { return r.applied[place] }

// Held reports whether the item's batch was still ours, and whether its send was
// sending and its moment there.
func (r *RoundResult) Held(it *Item) (held, sending bool) {
	sending, held = r.batches[it.batch]
	return held, sending
}

// Commit makes a round durable in one statement, which is its own transaction;
// more are needed only when a refusal concerns other tables as well.
func (r *Rounds) Commit(ctx context.Context, round []Change) (*RoundResult, error) {
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	result, err := r.write(ctx, round)
	if err != nil {
		r.Close() // whatever it was: a fresh connection starts clean
		return nil, err
	}
	return result, nil
}

func (r *Rounds) write(ctx context.Context, round []Change) (*RoundResult, error) {
	now := r.ledger.clock.Now()
	result := &RoundResult{applied: make([]bool, len(round)), batches: make(map[*Batch]bool, 4)}
	stmt, err := r.statement(ctx, month(round))
	if err != nil {
		return nil, err
	}
	if !hasRefusal(round) {
		return result, writeRound(ctx, stmt, now, round, result)
	}
	tx, err := r.conn.BeginTxx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin a round: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := writeRound(ctx, tx.StmtxContext(ctx, stmt), now, round, result); err != nil {
		return nil, err
	}
	if err := r.ledger.refused(ctx, tx, now, round, result); err != nil {
		return nil, err
	}
	return result, postgres.Fault(tx.Commit(), "thing.round_of_deliveries")
}

// roundArrays are the parameters of roundSQL.
type roundArrays struct {
	batches                     []*Batch
	sends, numbers, fences      []int64
	held, members, attempts     []int64
	states, messageIDs, reasons []string
	codes                       []int64
}

func (a *roundArrays) add(ch *Change) {
	b := ch.Item.batch
	at := len(a.batches) - 1
	for at >= 0 && a.batches[at] != b {
		at--
	}
	if at < 0 {
		at = len(a.batches)
		a.batches = append(a.batches, b)
		a.sends = append(a.sends, b.Send.ID)
		a.numbers = append(a.numbers, int64(b.Number))
		a.fences = append(a.fences, int64(b.Fence))
	}
	a.held = append(a.held, int64(at+1))
	a.members = append(a.members, ch.Item.Member)
	a.attempts = append(a.attempts, int64(ch.Item.attempt))
	a.states = append(a.states, string(ch.State))
	a.messageIDs = append(a.messageIDs, ch.messageID)
	a.codes = append(a.codes, int64(ch.code))
	a.reasons = append(a.reasons, ch.reason)
}

// writeRound runs roundSQL.
func writeRound(ctx context.Context, stmt *sqlx.Stmt, now time.Time, round []Change, result *RoundResult) error {
	var a roundArrays
	for i := range round {
		a.add(&round[i])
	}
	rows, err := stmt.QueryContext(ctx, now,
		pq.Array(a.sends), pq.Array(a.numbers), pq.Array(a.fences), pq.Array(a.held), pq.Array(a.members),
		pq.Array(a.attempts), pq.Array(a.states), pq.Array(a.messageIDs), pq.Array(a.codes), pq.Array(a.reasons))
	if err != nil {
		return fmt.Errorf("write a round: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var ord int
		var sending bool
		if err := rows.Scan(&ord, &sending); err != nil {
			return fmt.Errorf("read a round: %w", err)
		}
		if ord < 0 {
			result.batches[a.batches[-ord-1]] = sending
		} else {
			result.applied[ord-1] = true
		}
	}
	return rows.Err()
}

// open connects, unless that is done already. Scans and joins that
// read whole partitions are ruled out, however small one is while it is planned.
// It isn't the pool that gives the connection, which would be one less for good.
func (r *Rounds) open(ctx context.Context) error {
	if r.db != nil {
		return nil
	}
	db, err := postgres.OpenAs(ctx, r.url, r.key, "system:delivery", 1)
	if err != nil {
		return err
	}
	r.db = db
	if r.conn, err = db.Connx(ctx); err != nil {
		r.Close()
		return postgres.Fault(err, "thing.ledger")
	}
	if _, err := r.conn.ExecContext(ctx, `
		SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
		SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan`); err != nil {
		r.Close()
		return postgres.Fault(err, "thing.ledger")
	}
	r.rounds = map[string]*sqlx.Stmt{}
	return nil
}

// statement returns what moves deliveries of a month, or of several when month
// is empty. Each is planned once.
func (r *Rounds) statement(ctx context.Context, month string) (*sqlx.Stmt, error) {
	if stmt := r.rounds[month]; stmt != nil {
		return stmt, nil
	}
	alone := ""
	if month != "" {
		alone = "d.send_month = " + pq.QuoteLiteral(month) + " AND"
	}
	stmt, err := r.conn.PreparexContext(ctx, fmt.Sprintf(roundSQL, alone))
	if err != nil {
		return nil, fmt.Errorf("plan a round: %w", err)
	}
	r.rounds[month] = stmt
	return stmt, nil
}

// month returns the month that all of a round's deliveries are of, or "" when
// they are of several.
func month(round []Change) string {
	first := round[0].Item.batch.Send.Month
	for i := range round {
		if round[i].Item.batch.Send.Month != first {
			return ""
		}
	}
	return first
}

// Close closes the connection; the next round opens another.
func (r *Rounds) Close() {
	if r.db != nil {
		if r.conn != nil {
			_ = r.conn.Close()
		}
		_ = r.db.Close()
		r.db, r.conn, r.rounds = nil, nil, nil
	}
}

// hasRefusal reports whether a change concerns more than the ledger.
func hasRefusal(round []Change) bool {
	for i := range round {
		if s := round[i].State; s == Deferred || s == Bounced || s == Failed {
			return true
		}
	}
	return false
}
