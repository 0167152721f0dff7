package segments

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
)

// Engine asks the base for the members that rules describe. It only reads, and
// every call ends early when its context does.
type Engine struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewEngine returns an engine over db.
func NewEngine(db *sqlx.DB, clock clock.Clock) *Engine {
	return &Engine{db: db, clock: clock}
}

// Fields returns the attributes that rules of the label may ask after.
func (e *Engine) Fields(ctx context.Context, label labels.ID) (Fields, error) {
	return fieldsOf(ctx, e.db, label)
}

func fieldsOf(ctx context.Context, db sqlx.QueryerContext, label labels.ID) (Fields, error) {
	var list []Field
	if err := sqlx.SelectContext(ctx, db, &list, `
		SELECT name, type, slot
		  FROM attributes
		 WHERE label_id = $1`, label); err != nil {
		return nil, postgres.Fault(err, "attributes of label %d", label)
	}
	fields := make(Fields, len(list))
	for _, f := range list {
		fields[f.Name] = f
	}
	return fields, nil
}

// Count returns exactly how many members of the label match the rule.
func (e *Engine) Count(ctx context.Context, label labels.ID, rule Rule) (int, error) {
	q, condition, err := e.compile(ctx, label, rule, 0)
	if err != nil {
		return 0, err
	}
	var n int
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &n, "SELECT count(*)\n"+q.members(condition), q.args...)
	})
	return n, postgres.Fault(err, "count of a segment")
}

// Estimation is about how many members match: with a chance of 95% the exact
// count lies within Margin of N.
type Estimation struct {
	N      int  `json:"n"`
	Margin int  `json:"margin"` // 0: N is exact
	Exact  bool `json:"exact"`
}

const (
	buckets      = 1024  // memberships.bucket
	sampleSize   = 8_000 // members that an estimate looks at
	normalSpread = 1.96  // of 95% of a normal distribution
)

// Estimate counts a sample of the label's members, by their hash always the
// same one, so that the figure doesn't flicker while a rule is written. A
// small label is counted whole.
func (e *Engine) Estimate(ctx context.Context, label labels.ID, rule Rule) (Estimation, error) {
	var inOne int
	if err := e.db.GetContext(ctx, &inOne, `
		SELECT count(*)
		  FROM memberships
		 WHERE label_id = $1
		   AND bucket < 2`, label); err != nil {
		return Estimation{}, postgres.Fault(err, "estimate of a segment")
	}
	sample := int(math.Ceil(sampleSize / (float64(inOne)/2 + 1)))
	if inOne < 16 || sample*2 > buckets {
		n, err := e.Count(ctx, label, rule)
		return Estimation{N: n, Exact: true}, err
	}
	q, condition, err := e.compile(ctx, label, rule, sample)
	if err != nil {
		return Estimation{}, err
	}
	var hits int
	// Starting helpers takes longer than a sample.
	err = e.readBy(ctx, 0, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &hits, "SELECT count(*)\n"+q.members(condition), q.args...)
	})
	return extrapolate(hits, float64(sample)/buckets), postgres.Fault(err, "estimate of a segment")
}

// extrapolate returns what hits in a share of the members say about all. Each
// member fell in the sample by itself with that chance, so the count of hits
// is binomial; of none at all, up to three are likely to have been missed.
func extrapolate(hits int, share float64) Estimation {
	spread := normalSpread * math.Sqrt(float64(hits)*(1-share))
	if hits == 0 {
		spread = 3
	}
	return Estimation{
		N:      int(math.Round(float64(hits) / share)),
		Margin: int(math.Ceil(spread / share)),
	}
}

// Sampled is a member in the sample of a segment.
type Sampled struct {
	MemberID int64  `json:"member_id" db:"member_id"`
	Address  string `json:"address" db:"address"`
}

// Sample returns 20 members who match, spread over the label by their hash.
func (e *Engine) Sample(ctx context.Context, label labels.ID, rule Rule) ([]Sampled, error) {
	q, condition, err := e.compile(ctx, label, rule, 0)
	if err != nil {
		return nil, err
	}
	list := []Sampled{}
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &list, "SELECT s.member_id, a.address\n  FROM (SELECT m.member_id, m.bucket\n"+
			q.members(condition)+"\n ORDER BY m.bucket, m.member_id LIMIT 20) s\n"+
			"  JOIN members a ON a.id = s.member_id\n ORDER BY s.bucket, s.member_id", q.args...)
	})
	return list, postgres.Fault(err, "sample of a segment")
}

// Overlapped is how the members of two rules overlap.
type Overlapped struct {
	OnlyA int `json:"only_a" db:"only_a"`
	OnlyB int `json:"only_b" db:"only_b"`
	Both  int `json:"both" db:"both"`
}

// Overlap counts who matches a alone, b alone, and both.
func (e *Engine) Overlap(ctx context.Context, label labels.ID, a, b Rule) (Overlapped, error) {
	var o Overlapped
	q, inA, err := e.compile(ctx, label, a, 0)
	if err != nil {
		return o, err
	}
	if b, err = e.prepare(ctx, label, q.fields, b); err != nil {
		return o, err
	}
	inB, err := q.compile(b)
	if err != nil {
		return o, err
	}
	sql := fmt.Sprintf("SELECT count(*) FILTER (WHERE (%[2]s) IS NOT TRUE) AS only_a,\n"+
		"       count(*) FILTER (WHERE (%[1]s) IS NOT TRUE) AS only_b,\n"+
		"       count(*) FILTER (WHERE (%[1]s) AND (%[2]s)) AS both\n", inA, inB)
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &o, sql+q.members("("+inA+" OR "+inB+")"), q.args...)
	})
	return o, postgres.Fault(err, "overlap of two segments")
}

// compile checks the rule and compiles it for a sample, or for all members
// when sample is 0.
func (e *Engine) compile(ctx context.Context, label labels.ID, rule Rule, sample int) (*query, string, error) {
	g, err := e.ground(ctx, label, e.clock.Now())
	if err != nil {
		return nil, "", err
	}
	if rule, err = e.prepare(ctx, label, g.fields, rule); err != nil {
		return nil, "", err
	}
	q := newQuery(g)
	q.buckets = sample
	condition, err := q.compile(rule)
	return q, condition, err
}

// prepare resolves the rule's references and checks it.
func (e *Engine) prepare(ctx context.Context, label labels.ID, fields Fields, rule Rule) (Rule, error) {
	if err := owned(ctx, e.db, label, mentionsIn(rule, "")); err != nil {
		return rule, err
	}
	rule, err := resolve(ctx, e.db, label, rule)
	if err != nil {
		return rule, err
	}
	return rule, rule.Validate(fields)
}

// ground loads what rules of the label are compiled against.
func (e *Engine) ground(ctx context.Context, label labels.ID, now time.Time) (ground, error) {
	var name string
	if err := e.db.GetContext(ctx, &name, `SELECT time_zone FROM labels WHERE id = $1`, label); err != nil {
		return ground{}, postgres.Fault(err, "label %d", label)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return ground{}, fmt.Errorf("zone of label %d: %w", label, err)
	}
	fields, err := e.Fields(ctx, label)
	find := func(into any, sql string, args ...any) error { return e.db.SelectContext(ctx, into, sql, args...) }
	return ground{label: label, fields: fields, calendar: newCalendar(now, zone), find: find}, err
}

// read runs fn in a transaction for large counts, in which other cores help.
func (e *Engine) read(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	return e.readBy(ctx, 2, fn)
}

// readBy runs fn in a transaction that can't write, with so many helpers per
// query, and with the memory that keeps hashes over members off the disk.
func (e *Engine) readBy(ctx context.Context, helpers int, fn func(tx *sqlx.Tx) error) error {
	tx, err := e.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `
		SELECT set_config('transaction_read_only', 'on', true), set_config('work_mem', '128MB', true),
		       set_config('max_parallel_workers_per_gather', $1, true), set_config('jit', 'off', true)`, strconv.Itoa(helpers)); err != nil {
		return err
	}
	return fn(tx)
}
