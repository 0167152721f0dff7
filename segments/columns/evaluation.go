package columns

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/segments"
)

// evaluation evaluates rules as sets of members, in one snapshot of the
// database. Each leaf of a rule is made a set from where it is cheapest to read;
// the rest is the algebra of sets.
type evaluation struct {
	ctx context.Context
	tx  *sqlx.Tx
	segments.Population
	everyone set
	leaves   map[string]set // by the leaf as JSON, so that equal ones are read once
}

// newEvaluation makes sets of the leaves of rules, which are valid and without
// references.
func newEvaluation(ctx context.Context, tx *sqlx.Tx, p segments.Population, rules []segments.Rule) (*evaluation, error) {
	e := &evaluation{ctx: ctx, tx: tx, Population: p, leaves: map[string]set{}}
	var leaves []leaf
	for _, r := range rules {
		var err error
		if leaves, err = e.leavesOf(leaves, r); err != nil {
			return nil, err
		}
	}
	if err := e.readPanels(leaves); err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if e.leaves[l.key] != nil {
			continue
		}
		found, err := e.read(l.Rule)
		if err != nil {
			return nil, err
		}
		e.leaves[l.key] = found.and(e.everyone)
	}
	return e, nil
}

// query returns an empty query over the population.
func (e *evaluation) query() *segments.Query { return segments.NewQuery(e.ctx, e.tx, e.Population) }

// part returns which column of panels and packs is read: that of the sample of
// an estimate, or that of all members.
func (e *evaluation) part() string {
	if e.Sample {
		return "sample"
	}
	return "content"
}

// leaf is a part of a rule without parts.
type leaf struct {
	segments.Rule
	key     string
	member  bool // it asks after a column of memberships that panels have
	field   segments.Field
	matcher matcher
}

// leavesOf appends the leaves of a rule to list, each once.
func (e *evaluation) leavesOf(list []leaf, r segments.Rule) ([]leaf, error) {
	parts := slices.Concat(r.All, r.Any)
	if r.Not != nil {
		parts = append(parts, *r.Not)
	}
	if r.All != nil || r.Any != nil || r.Not != nil {
		for _, part := range parts {
			var err error
			if list, err = e.leavesOf(list, part); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	key, err := keyOf(r)
	if err != nil || slices.ContainsFunc(list, func(l leaf) bool { return l.key == key }) {
		return list, err
	}
	l := leaf{Rule: r, key: key}
	var op segments.Op
	var value any
	var compares bool
	if l.field, op, value, compares = e.Fields.Comparison(r); !compares {
		return append(list, l), nil
	}
	o, err := segments.OperandOf(l.field.Type, op, value)
	if err != nil {
		return nil, err
	}
	l.matcher, l.member = matcherOf(e.Calendar, l.field.Type, op, o)
	return append(list, l), nil
}

func keyOf(r segments.Rule) (string, error) {
	key, err := json.Marshal(r)
	return string(key), err
}

// evaluate returns the members who match the rule.
func (e *evaluation) evaluate(r segments.Rule) (set, error) {
	switch {
	case r.All != nil:
		all := e.everyone
		for _, part := range r.All {
			s, err := e.evaluate(part)
			if err != nil {
				return nil, err
			}
			all = all.and(s)
		}
		return all, nil
	case r.Any != nil:
		either := set{}
		for _, part := range r.Any {
			s, err := e.evaluate(part)
			if err != nil {
				return nil, err
			}
			either = either.or(s)
		}
		return either, nil
	case r.Not != nil:
		s, err := e.evaluate(*r.Not)
		return e.everyone.without(s), err
	}
	key, err := keyOf(r)
	return e.leaves[key], err
}

// read returns the members who match a leaf that panels don't tell of.
func (e *evaluation) read(r segments.Rule) (set, error) {
	switch {
	case r.Random != nil:
		return e.share(*r.Random), nil
	case r.Engagement != nil && r.Engagement.Action != segments.Received:
		return e.engaged(*r.Engagement)
	}
	return e.ask(r)
}

// share returns the members whom the SQL of a random share takes.
func (e *evaluation) share(r segments.Random) set {
	seed, below := r.Share()
	found := set{}
	for block, p := range e.everyone {
		in := found.in(block)
		for place := range pageSize {
			if p[place>>6]>>(place&63)&1 == 1 && hashMember(block<<pageBits|int64(place), seed)&1048575 < uint64(below) {
				in.add(place)
			}
		}
	}
	return found
}

// ask has PostgreSQL find the members, and bring them 64 at a time: such
// groups are few, and made by every core that helps.
func (e *evaluation) ask(r segments.Rule) (set, error) {
	q := e.query()
	from, err := q.Matching(r)
	if err != nil {
		return nil, err
	}
	// The label is named for the sake of what members bought, which is anyone's.
	rows, err := e.tx.QueryxContext(e.ctx, `
		SELECT member_id >> 6, bit_or(1::bigint << (member_id & 63)::int)
		  FROM (`+from+`) m
		 WHERE `+segments.LabelArg+`::int IS NOT NULL
		 GROUP BY 1`, q.Args...)
	if err != nil {
		return nil, postgres.Fault(err, "thing.rule_question")
	}
	defer func() { _ = rows.Close() }()
	found := set{}
	for rows.Next() {
		var at, word int64
		if err := rows.Scan(&at, &word); err != nil {
			return nil, err
		}
		found.in(at >> (pageBits - 6))[at&(pageMask>>6)] |= uint64(word)
	}
	return found, rows.Err()
}
