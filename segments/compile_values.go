package segments

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"keur/internal/civil"
)

// empty returns the condition that a column holds nothing.
func empty(f Field, column string) string {
	switch f.Type {
	case Text:
		return fmt.Sprintf("(%s IS NULL OR %s = '')", column, column)
	case Set:
		return fmt.Sprintf("coalesce(cardinality(%s), 0) = 0", column)
	}
	return column + " IS NULL"
}

// equality returns the operator of is and is_not, which also takes empty ones.
func equality(op Op) string {
	if op == IsNot {
		return " IS DISTINCT FROM "
	}
	return " = "
}

func (q *query) text(column string, op Op, o Operand) string {
	// Columns collate by byte, in which only ASCII has cases.
	folded := `lower(` + column + ` COLLATE "default")`
	switch op {
	case In:
		return column + " = ANY (" + q.arg(pq.Array(o.Texts), "text[]") + ")"
	case Contains:
		return "strpos(" + folded + ", lower(" + q.arg(o.Texts[0], "text") + `)) > 0`
	case StartsWith:
		return "starts_with(" + folded + ", lower(" + q.arg(o.Texts[0], "text") + "))"
	}
	return column + equality(op) + q.arg(o.Texts[0], "text")
}

func (q *query) number(column string, op Op, o Operand) string {
	signs := map[Op]string{LessThan: " < ", AtMost: " <= ", MoreThan: " > ", AtLeast: " >= "}
	switch op {
	case In:
		return column + " = ANY (" + q.arg(pq.Array(o.Numbers), "float8[]") + ")"
	case Between:
		return fmt.Sprintf("%s BETWEEN %s AND %s", column, q.arg(o.Numbers[0], "float8"), q.arg(o.Numbers[1], "float8"))
	case Is, IsNot:
		return column + equality(op) + q.arg(o.Numbers[0], "float8")
	}
	return column + signs[op] + q.arg(o.Numbers[0], "float8")
}

func (q *query) set(column string, op Op, o Operand) string {
	words := q.arg(pq.Array(o.Texts), "text[]")
	switch op {
	case HasAll:
		return column + " @> " + words
	case HasNone:
		return "(" + column + " && " + words + ") IS NOT TRUE"
	}
	return column + " && " + words
}

func (q *query) date(f Field, column string, op Op, o Operand) string {
	switch op {
	case BirthdayWithinDays:
		return fmt.Sprintf("(extract(month FROM %s) * 100 + extract(day FROM %s))::int = ANY (%s)",
			column, column, q.arg(pq.Array(q.birthdays(o.Counts[0])), "int[]"))
	case IsNot:
		return "(" + q.within(f, column, q.span(op, o)) + ") IS NOT TRUE"
	}
	return q.within(f, column, q.span(op, o))
}

// within returns the condition that a date is within the span, or an instant
// within its days in the label's zone. The column stays bare, so that an index
// on it serves.
func (q *query) within(f Field, column string, s span) string {
	var parts []string
	if s.from != nil {
		parts = append(parts, column+" >= "+q.day(f, *s.from))
	}
	if s.through != nil {
		parts = append(parts, column+" < "+q.day(f, s.through.AddDays(1)))
	}
	return strings.Join(parts, " AND ")
}

// day returns the argument at which a day begins for the field.
func (q *query) day(f Field, d civil.Date) string {
	if f.Type == Moment {
		return q.arg(q.start(d), "timestamptz")
	}
	return q.arg(d.String(), "date")
}
