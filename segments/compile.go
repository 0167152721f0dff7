package segments

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Query collects SQL over the memberships m of a population: its arguments, and
// the joins that its conditions need. No text of a rule becomes SQL: values are
// arguments, and columns come from the attributes table.
type Query struct {
	Population
	Args    []any
	targets Targets // of what a rule names indirectly
	joins   []string
	aliases map[string]string // of joins by the rule that needs them, so that equal rules share one
}

// LabelArg is the argument that each part of a query knows the label by.
const LabelArg = "$1"

// NewQuery returns an empty query, which looks up in db what a rule names
// indirectly, such as the mailings of an advertiser.
func NewQuery(ctx context.Context, db sqlx.QueryerContext, p Population) *Query {
	return &Query{Population: p, Args: []any{int(p.Label)}, targets: NewTargets(ctx, db, p.Label), aliases: map[string]string{}}
}

// Arg adds an argument and returns its placeholder with its type, which
// PostgreSQL can't always tell.
func (q *Query) Arg(value any, as string) string {
	q.Args = append(q.Args, value)
	return fmt.Sprintf("$%d::%s", len(q.Args), as)
}

// members returns the FROM and WHERE of the label's members who satisfy
// condition, which has to be compiled already.
func (q *Query) members(condition string) string {
	return "  FROM memberships m\n" + strings.Join(q.joins, "") +
		" WHERE m.label_id = " + LabelArg + q.Sampled("m.bucket") + "\n   AND " + condition
}

// Sampled returns the condition that keeps a query to its sample, by an SQL
// expression of a member's bucket.
func (q *Query) Sampled(bucket string) string {
	if !q.Sample {
		return ""
	}
	return " AND " + bucket + " < " + q.Arg(SampleBuckets, "int")
}

// Condition returns the rule as an SQL condition. NULL counts as false: only a
// negation has to mind it, and does.
func (q *Query) Condition(r Rule) (string, error) {
	switch {
	case r.All != nil:
		return q.joined(r.All, " AND ", "TRUE")
	case r.Any != nil:
		return q.joined(r.Any, " OR ", "FALSE")
	case r.Not != nil:
		return q.negated(*r.Not)
	case r.Attribute != nil:
		field, ok := q.Fields[r.Attribute.Name]
		if !ok {
			return "", fault.New(fault.Invalid, "segments.no_such_attribute_named", "attribute", r.Attribute.Name)
		}
		return q.compare(field, r.Attribute.Op, r.Attribute.Value)
	case r.Membership != nil:
		field, ok := membershipFields[r.Membership.Field]
		if !ok {
			return "", fault.New(fault.Invalid, "segments.no_such_membership_field", "field", r.Membership.Field)
		}
		return q.compare(field, r.Membership.Op, r.Membership.Value)
	case r.Consent != nil:
		return q.consent(*r.Consent), nil
	case r.Engagement != nil, r.Conversion != nil:
		return q.behaviour(r)
	case r.Random != nil:
		return q.share(r.Random.Share()), nil
	}
	return "", fault.New(fault.Invalid, "segments.not_countable")
}

// Matching returns a query of the ids of members who match a rule without parts.
// Of behaviour it tells without a look at who is a member of the label.
func (q *Query) Matching(r Rule) (string, error) {
	if r.Engagement != nil || r.Conversion != nil {
		return behaviourQuery{q}.of(r)
	}
	condition, err := q.Condition(r)
	return "SELECT m.member_id\n" + q.members(condition), err
}

func (q *Query) joined(rules []Rule, with, none string) (string, error) {
	if len(rules) == 0 {
		return none, nil
	}
	parts := make([]string, len(rules))
	for i, r := range rules {
		var err error
		if parts[i], err = q.Condition(r); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

// negated returns the negation of a rule. Behaviour is told apart, since only
// the bare IS NULL lets the planner make an anti-join of it.
func (q *Query) negated(r Rule) (string, error) {
	condition, err := q.Condition(r)
	if err != nil {
		return "", err
	}
	if r.Engagement != nil || r.Conversion != nil {
		return strings.TrimSuffix(condition, " IS NOT NULL") + " IS NULL", nil
	}
	return "(" + condition + ") IS NOT TRUE", nil
}

func (q *Query) consent(c Consent) string {
	column := "m.mail_consent"
	if c.Kind == "tracking" {
		column = "m.tracking_consent"
	}
	if !c.Given {
		return "NOT " + column
	}
	return column
}

// behaviour joins the members who did what the rule says, each once, and
// returns the condition to be among them. A join stays fast wherever the
// condition stands; a subquery under OR or CASE would fall back to a scan per
// member once it no longer fits in memory.
func (q *Query) behaviour(r Rule) (string, error) {
	key, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	alias, ok := q.aliases[string(key)]
	if !ok {
		sql, err := behaviourQuery{q}.of(r)
		if err != nil {
			return "", postgres.Fault(err, "thing.rule_reference")
		}
		alias = q.join(sql)
		q.aliases[string(key)] = alias
	}
	return alias + ".member_id IS NOT NULL", nil
}

// join adds a left join with a query of distinct member_ids, and returns its name.
func (q *Query) join(sql string) string {
	alias := fmt.Sprintf("j%d", len(q.joins)+1)
	q.joins = append(q.joins, fmt.Sprintf("  LEFT JOIN (%s) %s ON %s.member_id = m.member_id\n", sql, alias, alias))
	return alias
}

// share returns the condition that takes a share of the members.
func (q *Query) share(seed, below int64) string {
	return fmt.Sprintf("(hashint8extended(m.member_id, %s) & 1048575) < %s", q.Arg(seed, "bigint"), q.Arg(below, "bigint"))
}

// shareOf returns which share of the members is percent of them, by salt always
// the same ones, and by another salt others: those the last 20 bits of whose
// hashint8extended by seed are below the bound.
func shareOf(salt string, percent float64) (seed, below int64) {
	return seedOf(salt), int64(percent/100*1048576 + 0.5)
}

// Share returns the seed and the bound of the share, as shareOf does.
func (r Random) Share() (seed, below int64) { return shareOf("random:"+r.Seed, r.Percent) }

// seedOf makes a hash's seed of a salt.
func seedOf(salt string) int64 {
	sum := sha256.Sum256([]byte(salt))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// compare returns the condition on one column of memberships.
func (q *Query) compare(f Field, op Op, value any) (string, error) {
	o, err := OperandOf(f.Type, op, value)
	if err != nil {
		return "", err
	}
	column := "m." + pq.QuoteIdentifier(f.Slot)
	switch op {
	case IsEmpty:
		return empty(f, column), nil
	case IsNotEmpty:
		return "NOT (" + empty(f, column) + ")", nil
	}
	switch f.Type {
	case Text:
		return q.text(column, op, o), nil
	case Number:
		return q.number(column, op, o), nil
	case Set:
		return q.set(column, op, o), nil
	case Bool:
		return column + equality(op) + q.Arg(o.Flag, "boolean"), nil
	}
	return q.date(f, column, op, o), nil
}
