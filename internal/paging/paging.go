// Package paging cuts lists into pages. A page ends in a cursor that names the
// values of its last item by which the list is sorted: so nothing comes twice
// or is left out when something is added meanwhile, and a late page costs no
// more than the first.
package paging

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
)

// How many items a page has unless the asker says, and at most.
const (
	Usual = 50
	Most  = 200
)

// Ask is which page of a list is wanted, and in which order.
type Ask struct {
	Cursor string // Next of the page before; empty: from the beginning
	Limit  int    // 0: Usual
	Sort   string // name of one of the list's orders; empty: the cursor's, else the first
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
}

// Select returns the page that ask wants of the rows of query, which ends in a
// WHERE of conditions that all must hold. Returns an Invalid fault about
// cursor, limit or sort if the list has no such page.
func Select[T any](ctx context.Context, db sqlx.QueryerContext, orders []Order[T], ask Ask, query string, args ...any) (Page[T], error) {
	limit, err := ask.limit()
	if err != nil {
		return Page[T]{}, err
	}
	order, after, err := begin(orders, ask)
	if err != nil {
		return Page[T]{}, err
	}
	args = slices.Clone(args)
	var text strings.Builder
	text.WriteString(query)
	if after != nil {
		text.WriteString(" AND " + order.behind(len(args)))
		for _, value := range after {
			args = append(args, value)
		}
	}
	// One more than is shown tells whether another page follows.
	args = append(args, limit+1)
	text.WriteString(order.clause(len(args)))
	items := []T{}
	if err := sqlx.SelectContext(ctx, db, &items, text.String(), args...); err != nil {
		return Page[T]{}, err
	}
	if len(items) <= limit {
		return Page[T]{Items: items}, nil
	}
	return Page[T]{Items: items[:limit], Next: order.after(items[limit-1])}, nil
}

// Cut returns the page that ask wants of a list that is at hand whole, in the
// order that it has. name tells its items apart.
func Cut[T any](all []T, ask Ask, name func(T) string) (Page[T], error) {
	limit, err := ask.limit()
	if err != nil {
		return Page[T]{}, err
	}
	order, after, err := begin([]Order[T]{{Keys: []Key[T]{Text("", name)}}}, ask)
	if err != nil {
		return Page[T]{}, err
	}
	if after != nil {
		at := slices.IndexFunc(all, func(item T) bool { return name(item) == after[0] })
		if at < 0 {
			return Page[T]{}, errCursor()
		}
		all = all[at+1:]
	}
	if len(all) <= limit {
		return Page[T]{Items: append([]T{}, all...)}, nil
	}
	return Page[T]{Items: all[:limit], Next: order.after(all[limit-1])}, nil
}

// Whole is a list that is short enough to come as one page.
func Whole[T any](all []T) Page[T] { return Page[T]{Items: append([]T{}, all...)} }

func (a Ask) limit() (int, error) {
	switch {
	case a.Limit == 0:
		return Usual, nil
	case a.Limit < 0 || a.Limit > Most:
		return 0, fault.At("limit", "input.from_one", "most", Most)
	}
	return a.Limit, nil
}

// All goes through a whole list, page by page.
func All[T any](page func(Ask) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for ask := (Ask{Limit: Most}); ; {
			found, err := page(ask)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range found.Items {
				if !yield(item, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			ask.Cursor = found.Next
		}
	}
}
