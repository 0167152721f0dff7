package segments

import (
	"context"
	"database/sql"
	"fmt"
	"math"
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
	var n int
	err := e.weigh(ctx, label, 0, []Rule{rule}, func(sets []set) { n = sets[0].count() })
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
	sampleSize   = 8_000 // members that an estimate looks at, at least
	normalSpread = 1.96  // of 95% of a normal distribution
)

// Estimate counts a sample of the label's members, by their hash always the
// same one, so that the figure doesn't flicker while a rule is written. A
// label of which a sample would be too small is counted whole.
func (e *Engine) Estimate(ctx context.Context, label labels.ID, rule Rule) (Estimation, error) {
	const few = 2
	var inFew int
	if err := e.db.GetContext(ctx, &inFew, `
		SELECT count(*)
		  FROM memberships
		 WHERE label_id = $1
		   AND bucket < $2`, label, few); err != nil {
		return Estimation{}, postgres.Fault(err, "estimate of a segment")
	}
	if inFew*sampleBuckets/few < sampleSize {
		n, err := e.Count(ctx, label, rule)
		return Estimation{N: n, Exact: true}, err
	}
	var hits int
	err := e.weigh(ctx, label, sampleBuckets, []Rule{rule}, func(sets []set) { hits = sets[0].count() })
	return extrapolate(hits, float64(sampleBuckets)/buckets), postgres.Fault(err, "estimate of a segment")
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
	err := e.weigh(ctx, label, 0, []Rule{a, b}, func(sets []set) {
		o.OnlyA, o.OnlyB = sets[0].without(sets[1]).count(), sets[1].without(sets[0]).count()
		o.Both = sets[0].and(sets[1]).count()
	})
	return o, postgres.Fault(err, "overlap of two segments")
}

// weigh hands to use the members who match each of the rules, in one snapshot:
// of a sample, or of all members when sample is 0.
func (e *Engine) weigh(ctx context.Context, label labels.ID, sample int, rules []Rule, use func([]set)) error {
	g, err := e.ground(ctx, label, e.clock.Now())
	if err != nil {
		return err
	}
	for i := range rules {
		if rules[i], err = e.prepare(ctx, label, g.fields, rules[i]); err != nil {
			return err
		}
	}
	return e.read(ctx, func(tx *sqlx.Tx) error {
		c, err := newCensus(ctx, tx, g, sample, rules...)
		if err != nil {
			return err
		}
		sets := make([]set, len(rules))
		for i, rule := range rules {
			if sets[i], err = c.weigh(rule); err != nil {
				return err
			}
		}
		use(sets)
		return nil
	})
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

// read runs fn in one snapshot that can't write, with other cores to help, and
// with the memory that keeps hashes over members off the disk.
func (e *Engine) read(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	tx, err := e.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `
		SELECT set_config('work_mem', '128MB', true), set_config('max_parallel_workers_per_gather', '2', true),
		       set_config('jit', 'off', true)`); err != nil {
		return err
	}
	return fn(tx)
}
