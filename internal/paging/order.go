package paging

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"keur/internal/civil"
)

// Order is a way to sort a list.
type Order[T any] struct {
	Name string   // as askers say it
	Down bool     // the largest first
	Keys []Key[T] // the last of them tells all items apart
}

// Key is what a list is sorted by, as SQL says it and as Go reads it.
type Key[T any] struct {
	sql   string // an expression that is never null
	kind  string // the SQL type of what stands in a cursor
	of    func(T) string
	reads func(string) bool // whether that is a value of the type
}

// Number is a key such as an id.
func Number[T any, N ~int | ~int64](sql string, of func(T) N) Key[T] {
	return Key[T]{
		sql: sql, kind: "bigint",
		of: func(item T) string { return strconv.FormatInt(int64(of(item)), 10) },
		reads: func(text string) bool {
			_, err := strconv.ParseInt(text, 10, 64)
			return err == nil
		},
	}
}

// Moment is a point in time.
func Moment[T any](sql string, of func(T) time.Time) Key[T] {
	return Key[T]{
		sql: sql, kind: "timestamptz",
		of: func(item T) string { return of(item).UTC().Format(time.RFC3339Nano) },
		reads: func(text string) bool {
			at, err := time.Parse(time.RFC3339Nano, text)
			return err == nil && at.Year() > 0
		},
	}
}

// Day is a day of the calendar.
func Day[T any](sql string, of func(T) civil.Date) Key[T] {
	return Key[T]{
		sql: sql, kind: "date",
		of: func(item T) string { return of(item).String() },
		reads: func(text string) bool {
			_, err := civil.ParseDate(text)
			return err == nil
		},
	}
}

// Text is a key that is compared byte by byte, such as a hash in hex.
func Text[T any](sql string, of func(T) string) Key[T] {
	return Key[T]{
		sql: sql, kind: "text", of: of,
		reads: func(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) },
	}
}

// Name is a text in the order that people look it up in: see the collation.
func Name[T any](sql string, of func(T) string) Key[T] { return Text(sql+" COLLATE names", of) }

// behind is the condition of what comes after the values of a cursor, which
// are the query's arguments after the first n.
func (o Order[T]) behind(n int) string {
	var keys, values []string
	for i, key := range o.Keys {
		keys = append(keys, key.sql)
		values = append(values, fmt.Sprintf("$%d::%s", n+i+1, key.kind))
	}
	compare := ">"
	if o.Down {
		compare = "<"
	}
	// As rows, so that an index over the keys is entered at the right place.
	return "(" + strings.Join(keys, ", ") + ") " + compare + " (" + strings.Join(values, ", ") + ")"
}

// clause is the end of the query; its argument number limit says how many.
func (o Order[T]) clause(limit int) string {
	keys := make([]string, len(o.Keys))
	for i, key := range o.Keys {
		keys[i] = key.sql
		if o.Down {
			keys[i] += " DESC"
		}
	}
	return fmt.Sprintf(" ORDER BY %s LIMIT $%d", strings.Join(keys, ", "), limit)
}
