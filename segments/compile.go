package segments

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// ground is what a rule is compiled against: a label, its attributes, and the
// moment in its zone.
type ground struct {
	label  labels.ID
	fields Fields
	calendar
	find func(into any, sql string, args ...any) error // asks for what a rule names indirectly
}

// query collects SQL over memberships m of one label, its arguments, and the
// joins that its conditions need. No text of a rule becomes SQL: values are
// arguments, and columns come from the attributes table.
type query struct {
	ground
	buckets int // sample of 1024; 0: every member
	args    []any
	joins   []string
	aliases map[string]string // of joins by the rule that needs them, so that equal rules share one
}

// labelArg is the argument that each part of a query knows the label by.
const labelArg = "$1"

func newQuery(g ground) *query {
	return &query{ground: g, args: []any{int(g.label)}, aliases: map[string]string{}}
}

// arg adds an argument and returns its placeholder with its type, which
// PostgreSQL can't always tell.
func (q *query) arg(value any, as string) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d::%s", len(q.args), as)
}

// members returns the FROM and WHERE of the label's members who satisfy
// condition, which has to be compiled already.
func (q *query) members(condition string) string {
	return "  FROM memberships m\n" + strings.Join(q.joins, "") +
		" WHERE m.label_id = " + labelArg + q.sampled("m.bucket") + "\n   AND " + condition
}

// sampled returns the condition that keeps a query to its sample.
func (q *query) sampled(bucket string) string {
	if q.buckets == 0 {
		return ""
	}
	return " AND " + bucket + " < " + q.arg(q.buckets, "int")
}

// compile returns the rule as an SQL condition. NULL counts as false: only a
// negation has to mind it, and does.
func (q *query) compile(r Rule) (string, error) {
	switch {
	case r.All != nil:
		return q.joined(r.All, " AND ", "TRUE")
	case r.Any != nil:
		return q.joined(r.Any, " OR ", "FALSE")
	case r.Not != nil:
		return q.negated(*r.Not)
	case r.Attribute != nil:
		field, ok := q.fields[r.Attribute.Name]
		if !ok {
			return "", fault.New(fault.Invalid, "this label's members have no attribute %q", r.Attribute.Name)
		}
		return q.compare(field, r.Attribute.Op, r.Attribute.Value)
	case r.Membership != nil:
		field, ok := membershipFields[r.Membership.Field]
		if !ok {
			return "", fault.New(fault.Invalid, "a membership has no field %q", r.Membership.Field)
		}
		return q.compare(field, r.Membership.Op, r.Membership.Value)
	case r.Consent != nil:
		return q.consent(*r.Consent), nil
	case r.Engagement != nil, r.Conversion != nil:
		return q.behaviour(r)
	case r.Random != nil:
		return q.share("random:"+r.Random.Seed, r.Random.Percent), nil
	}
	return "", fault.New(fault.Invalid, "a rule that says nothing, or refers to another segment, can't be counted")
}

func (q *query) joined(rules []Rule, with, none string) (string, error) {
	if len(rules) == 0 {
		return none, nil
	}
	parts := make([]string, len(rules))
	for i, r := range rules {
		var err error
		if parts[i], err = q.compile(r); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

// negated returns the negation of a rule. Behaviour is told apart, since only
// the bare IS NULL lets the planner make an anti-join of it.
func (q *query) negated(r Rule) (string, error) {
	condition, err := q.compile(r)
	if err != nil {
		return "", err
	}
	if r.Engagement != nil || r.Conversion != nil {
		return strings.TrimSuffix(condition, " IS NOT NULL") + " IS NULL", nil
	}
	return "(" + condition + ") IS NOT TRUE", nil
}

func (q *query) consent(c Consent) string {
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
func (q *query) behaviour(r Rule) (string, error) {
	key, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	alias, ok := q.aliases[string(key)]
	if !ok {
		var sql string
		if r.Engagement != nil {
			sql, err = q.engagement(*r.Engagement)
		} else {
			sql = q.conversion(*r.Conversion)
		}
		if err != nil {
			return "", postgres.Fault(err, "what a rule refers to")
		}
		alias = q.join(sql)
		q.aliases[string(key)] = alias
	}
	return alias + ".member_id IS NOT NULL", nil
}

// join adds a left join with a query of distinct member_ids, and returns its name.
func (q *query) join(sql string) string {
	alias := fmt.Sprintf("j%d", len(q.joins)+1)
	q.joins = append(q.joins, fmt.Sprintf("  LEFT JOIN (%s) %s ON %s.member_id = m.member_id\n", sql, alias, alias))
	return alias
}

// share returns the condition that takes percent of the members, by salt
// always the same ones, and by another salt others.
func (q *query) share(salt string, percent float64) string {
	return fmt.Sprintf("(hashint8extended(m.member_id, %s) & 1048575) < %s",
		q.arg(seed(salt), "bigint"), q.arg(int64(percent/100*1048576+0.5), "bigint"))
}

// seed makes a hash's seed of a salt.
func seed(salt string) int64 {
	sum := sha256.Sum256([]byte(salt))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// compare returns the condition on one column of memberships.
func (q *query) compare(f Field, op Op, value any) (string, error) {
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
		return column + equality(op) + q.arg(o.Flag, "boolean"), nil
	}
	return q.date(f, column, op, o), nil
}
