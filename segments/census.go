package segments

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// census weighs rules as sets of members, in one snapshot of the base. Each leaf
// of a rule is made a set by where it is cheapest to read; the rest is the
// algebra of sets.
type census struct {
	ctx context.Context
	tx  *sqlx.Tx
	ground
	sample   int // buckets of 1024; 0: every member
	everyone set
	leaves   map[string]set // by the leaf as JSON, so that equal ones are read once
}

// newCensus makes sets of the leaves of rules, which are valid and without
// references.
func newCensus(ctx context.Context, tx *sqlx.Tx, g ground, sample int, rules ...Rule) (*census, error) {
	g.find = func(into any, sql string, args ...any) error { return tx.SelectContext(ctx, into, sql, args...) }
	c := &census{ctx: ctx, tx: tx, ground: g, sample: sample, leaves: map[string]set{}}
	var leaves []leaf
	for _, r := range rules {
		var err error
		if leaves, err = c.leavesOf(leaves, r); err != nil {
			return nil, err
		}
	}
	if err := c.readPanels(leaves); err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if c.leaves[l.key] != nil {
			continue
		}
		found, err := c.ask(l.Rule)
		if err != nil {
			return nil, err
		}
		c.leaves[l.key] = found.and(c.everyone)
	}
	return c, nil
}

// part returns which column of panels and packs the census reads. One of a
// sample that they don't hold reads all: it weighs only who is in it.
func (c *census) part() string {
	if c.sample > 0 && c.sample <= sampleBuckets {
		return "sample"
	}
	return "content"
}

// leaf is a part of a rule without parts.
type leaf struct {
	Rule
	key     string
	member  bool // it asks after a column of memberships that panels have
	field   Field
	matcher matcher
}

// leavesOf appends the leaves of a rule to list, each once.
func (c *census) leavesOf(list []leaf, r Rule) ([]leaf, error) {
	parts := slices.Concat(r.All, r.Any)
	if r.Not != nil {
		parts = append(parts, *r.Not)
	}
	if r.All != nil || r.Any != nil || r.Not != nil {
		for _, part := range parts {
			var err error
			if list, err = c.leavesOf(list, part); err != nil {
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
	var op Op
	var value any
	switch {
	case r.Attribute != nil:
		l.field, op, value = c.fields[r.Attribute.Name], r.Attribute.Op, r.Attribute.Value
	case r.Membership != nil:
		l.field, op, value = membershipFields[r.Membership.Field], r.Membership.Op, r.Membership.Value
	case r.Consent != nil:
		l.field, op, value = consentFields[r.Consent.Kind], Is, r.Consent.Given
	default:
		return append(list, l), nil
	}
	o, err := OperandOf(l.field.Type, op, value)
	if err != nil {
		return nil, err
	}
	l.matcher, l.member = c.matcherOf(l.field.Type, op, o)
	return append(list, l), nil
}

func keyOf(r Rule) (string, error) {
	key, err := json.Marshal(r)
	return string(key), err
}

// weigh returns the members who match the rule.
func (c *census) weigh(r Rule) (set, error) {
	switch {
	case r.All != nil:
		all := c.everyone
		for _, part := range r.All {
			s, err := c.weigh(part)
			if err != nil {
				return nil, err
			}
			all = all.and(s)
		}
		return all, nil
	case r.Any != nil:
		either := set{}
		for _, part := range r.Any {
			s, err := c.weigh(part)
			if err != nil {
				return nil, err
			}
			either = either.or(s)
		}
		return either, nil
	case r.Not != nil:
		s, err := c.weigh(*r.Not)
		return c.everyone.without(s), err
	}
	key, err := keyOf(r)
	return c.leaves[key], err
}

// ask returns the members of whom a leaf is true that panels don't tell of.
func (c *census) ask(r Rule) (set, error) {
	switch {
	case r.Random != nil:
		return c.share(*r.Random), nil
	case r.Engagement != nil && r.Engagement.Deed != Received:
		return c.did(*r.Engagement)
	}
	return c.askBase(r)
}

// share takes the members that q.share takes.
func (c *census) share(r Random) set {
	below, salt := uint64(math.Floor(r.Percent/100*1048576+0.5)), seed("random:"+r.Seed)
	found := set{}
	for block, p := range c.everyone {
		in := found.in(block)
		for place := range pageSize {
			if p[place>>6]>>(place&63)&1 == 1 && hashMember(block<<pageBits|int64(place), salt)&1048575 < below {
				in.add(place)
			}
		}
	}
	return found
}

// askBase has PostgreSQL find the members, and bring them 64 at a time: such
// groups are few, and made by every core that helps.
func (c *census) askBase(r Rule) (set, error) {
	q := newQuery(c.ground)
	q.buckets = c.sample
	from, err := q.found(r)
	if err != nil {
		return nil, err
	}
	// The label is named for the sake of what members bought, which is anyone's.
	rows, err := c.tx.QueryxContext(c.ctx, `
		SELECT member_id >> 6, bit_or(1::bigint << (member_id & 63)::int)
		  FROM (`+from+`) m
		 WHERE `+labelArg+`::int IS NOT NULL
		 GROUP BY 1`, q.args...)
	if err != nil {
		return nil, postgres.Fault(err, "what a rule asks")
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

// found returns a query of the members of whom a leaf is true: of behaviour,
// without a look at who is a member.
func (q *query) found(r Rule) (string, error) {
	switch {
	case r.Engagement != nil:
		return q.engagement(*r.Engagement)
	case r.Conversion != nil:
		return q.conversion(*r.Conversion), nil
	}
	condition, err := q.compile(r)
	return "SELECT m.member_id\n" + q.members(condition), err
}
