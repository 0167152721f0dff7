package segments

import (
	"context"
	"database/sql"
	"math"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
)

// Engine asks the base for the members that rules describe. It only reads, and
// every call ends early when its context does.
type Engine struct {
	db      *sqlx.DB
	clock   clock.Clock
	counter Counter
}

// NewEngine returns an engine over db, whose counts are made by counter.
func NewEngine(db *sqlx.DB, clock clock.Clock, counter Counter) *Engine {
	return &Engine{db: db, clock: clock, counter: counter}
}

// Fields returns the attributes that rules of the label may ask after.
func (e *Engine) Fields(ctx context.Context, label labels.ID) (Fields, error) {
	return FieldsOf(ctx, e.db, label)
}

// Count returns exactly how many members of the label match the rule.
func (e *Engine) Count(ctx context.Context, label labels.ID, rule Rule) (int, error) {
	p, err := e.prepare(ctx, label, &rule)
	if err != nil {
		return 0, err
	}
	n, err := e.count(ctx, p, rule)
	return n[0], postgres.Fault(err, "thing.segment_count")
}

// Estimation is about how many members match: with a chance of 95% the exact
// count lies within Margin of N.
type Estimation struct {
	N      int  `json:"n"`
	Margin int  `json:"margin"` // 0: N is exact
	Exact  bool `json:"exact"`
}

const (
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
		return Estimation{}, postgres.Fault(err, "thing.segment_estimate")
	}
	if inFew*SampleBuckets/few < sampleSize {
		n, err := e.Count(ctx, label, rule)
		return Estimation{N: n, Exact: true}, err
	}
	p, err := e.prepare(ctx, label, &rule)
	if err != nil {
		return Estimation{}, err
	}
	p.Sample = true
	hits, err := e.count(ctx, p, rule)
	return extrapolate(hits[0], float64(SampleBuckets)/buckets), postgres.Fault(err, "thing.segment_estimate")
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
	p, err := e.prepare(ctx, label, &rule)
	if err != nil {
		return nil, err
	}
	list := []Sampled{}
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		q := NewQuery(ctx, tx, p)
		condition, err := q.Condition(rule)
		if err != nil {
			return err
		}
		return tx.SelectContext(ctx, &list, "SELECT s.member_id, a.address\n  FROM (SELECT m.member_id, m.bucket\n"+
			q.members(condition)+"\n ORDER BY m.bucket, m.member_id LIMIT 20) s\n"+
			"  JOIN members a ON a.id = s.member_id\n ORDER BY s.bucket, s.member_id", q.Args...)
	})
	return list, postgres.Fault(err, "thing.segment_sample")
}

// Overlapped is how the members of two rules overlap.
type Overlapped struct {
	OnlyA int `json:"only_a" db:"only_a"`
	OnlyB int `json:"only_b" db:"only_b"`
	Both  int `json:"both" db:"both"`
}

// Overlap counts who matches a alone, b alone, and both.
func (e *Engine) Overlap(ctx context.Context, label labels.ID, a, b Rule) (Overlapped, error) {
	p, err := e.prepare(ctx, label, &a, &b)
	if err != nil {
		return Overlapped{}, err
	}
	n, err := e.count(ctx, p, Rule{All: []Rule{a, {Not: &b}}}, Rule{All: []Rule{b, {Not: &a}}}, Rule{All: []Rule{a, b}})
	return Overlapped{OnlyA: n[0], OnlyB: n[1], Both: n[2]}, postgres.Fault(err, "thing.segment_overlap")
}

// prepare resolves the references of the rules and checks them, and returns the
// label's members as of now.
func (e *Engine) prepare(ctx context.Context, label labels.ID, rules ...*Rule) (Population, error) {
	p, err := populationOf(ctx, e.db, label, e.clock.Now())
	if err != nil {
		return p, err
	}
	for _, rule := range rules {
		if err := checkMentions(ctx, e.db, label, mentionsIn(*rule, "")); err != nil {
			return p, err
		}
		if *rule, err = resolve(ctx, e.db, label, *rule); err != nil {
			return p, err
		}
		if err := rule.Validate(p.Fields); err != nil {
			return p, err
		}
	}
	return p, nil
}

// count counts by each of the prepared rules, in one snapshot. There is a count
// for each of them even with an error.
func (e *Engine) count(ctx context.Context, p Population, rules ...Rule) ([]int, error) {
	counts := make([]int, len(rules))
	err := e.read(ctx, func(tx *sqlx.Tx) error {
		found, err := e.counter.Count(ctx, tx, p, rules...)
		copy(counts, found)
		return err
	})
	return counts, err
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
