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

func (q *Query) text(column string, op Op, o Operand) string {
	// Columns collate by byte, in which only ASCII has cases.
	folded := `lower(` + column + ` COLLATE "default")`
	switch op {
	case In:
		return column + " = ANY (" + q.Arg(pq.Array(o.Texts), "text[]") + ")"
	case Contains:
		return "strpos(" + folded + ", lower(" + q.Arg(o.Texts[0], "text") + `)) > 0`
	case StartsWith:
		return "starts_with(" + folded + ", lower(" + q.Arg(o.Texts[0], "text") + "))"
	}
	return column + equality(op) + q.Arg(o.Texts[0], "text")
}

func (q *Query) number(column string, op Op, o Operand) string {
	signs := map[Op]string{LessThan: " < ", AtMost: " <= ", MoreThan: " > ", AtLeast: " >= "}
	switch op {
	case In:
		return column + " = ANY (" + q.Arg(pq.Array(o.Numbers), "float8[]") + ")"
	case Between:
		return fmt.Sprintf("%s BETWEEN %s AND %s", column, q.Arg(o.Numbers[0], "float8"), q.Arg(o.Numbers[1], "float8"))
	case Is, IsNot:
		return column + equality(op) + q.Arg(o.Numbers[0], "float8")
	}
	return column + signs[op] + q.Arg(o.Numbers[0], "float8")
}

func (q *Query) set(column string, op Op, o Operand) string {
	words := q.Arg(pq.Array(o.Texts), "text[]")
	switch op {
	case HasAll:
		return column + " @> " + words
	case HasNone:
		return "(" + column + " && " + words + ") IS NOT TRUE"
	}
	return column + " && " + words
}

func (q *Query) date(f Field, column string, op Op, o Operand) string {
	switch op {
	case BirthdayWithinDays:
		return fmt.Sprintf("(extract(month FROM %s) * 100 + extract(day FROM %s))::int = ANY (%s)",
			column, column, q.Arg(pq.Array(q.Birthdays(o.Counts[0])), "int[]"))
	case IsNot:
		return "(" + q.within(f, column, q.Span(op, o)) + ") IS NOT TRUE"
	}
	return q.within(f, column, q.Span(op, o))
}

// within returns the condition that a date is within the span, or an instant
// within its days in the label's zone. The column stays bare, so that an index
// on it serves.
func (q *Query) within(f Field, column string, s Span) string {
	var parts []string
	if s.From != nil {
		parts = append(parts, column+" >= "+q.day(f, *s.From))
	}
	if s.Through != nil {
		parts = append(parts, column+" < "+q.day(f, s.Through.AddDays(1)))
	}
	return strings.Join(parts, " AND ")
}

// day returns the argument at which a day begins for the field.
func (q *Query) day(f Field, d civil.Date) string {
	if f.Type == Moment {
		return q.Arg(q.Start(d), "timestamptz")
	}
	return q.Arg(d.String(), "date")
}
