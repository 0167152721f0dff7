package tables

import (
	"time"

	"keur/internal/civil"
)

// TextOf is a column of texts.
func TextOf[T any](name string, of func(T) string) Column[T] {
	return Column[T]{Name: name, Kind: Texts, Value: func(t T) Value { return Text(of(t)) }}
}

// TermOf is a column of a closed set's values, each as its code and its word.
func TermOf[T any](name string, of func(T) (code, word string)) Column[T] {
	return Column[T]{Name: name, Kind: Terms, Value: func(t T) Value {
		code, word := of(t)
		return Term{code, word}
	}}
}

// CountOf is a column of whole numbers.
func CountOf[T any, N ~int | ~int64](name string, of func(T) N) Column[T] {
	return Column[T]{Name: name, Kind: Counts, Value: func(t T) Value { return Count(of(t)) }}
}

// IDOf is a column of things' numbers, for programs; 0 is none.
func IDOf[T any, N ~int | ~int64](name string, of func(T) N) Column[T] {
	return Column[T]{Name: name, Kind: Counts, Programs: true, Value: func(t T) Value {
		if id := of(t); id != 0 {
			return Count(id)
		}
		return nil
	}}
}

// ShareOf is a column of parts of one; nil is no share.
func ShareOf[T any](name string, of func(T) *float64) Column[T] {
	return Column[T]{Name: name, Kind: Shares, Value: func(t T) Value {
		if share := of(t); share != nil {
			return Share(*share)
		}
		return nil
	}}
}

// MomentOf is a column of times; nil is no time.
func MomentOf[T any](name string, of func(T) *time.Time) Column[T] {
	return Column[T]{Name: name, Kind: Moments, Value: func(t T) Value {
		if at := of(t); at != nil {
			return Moment(*at)
		}
		return nil
	}}
}

// DayOf is a column of dates; the zero date is none.
func DayOf[T any](name string, of func(T) civil.Date) Column[T] {
	return Column[T]{Name: name, Kind: Days, Value: func(t T) Value {
		if day := of(t); day != (civil.Date{}) {
			return Day(day)
		}
		return nil
	}}
}
