package desk

import (
	"net/url"

	"keur/internal/paging"
)

// ListPage is how many rows a list shows at once.
const ListPage = 50

// LongPage is how many rows a list shows that has no pages.
const LongPage = 200

// Listing is the state of a list as its address keeps it: search, filter, sort
// and page. A colleague who gets the link sees the same.
type Listing struct {
	Path  string
	Query url.Values
	Next  string // cursor of the page after; empty on the last
}

// NewListing reads the state from the address.
func NewListing(x *Exchange) Listing {
	return Listing{Path: x.Request.URL.Path, Query: x.Request.URL.Query()}
}

// Ask asks a room for the page that the address names.
func (l Listing) Ask() paging.Ask {
	return paging.Ask{Limit: ListPage, Cursor: l.Get("cursor"), Sort: l.Get("sort")}
}

// Get returns one choice: what is searched for (q), a filter, the order (sort).
func (l Listing) Get(name string) string { return l.Query.Get(name) }

// With returns the address with one choice changed, from the first page on; an
// empty value drops it.
func (l Listing) With(name, value string) string {
	query := url.Values{}
	for key, values := range l.Query {
		if key != "cursor" && key != "format" && key != name {
			query[key] = values
		}
	}
	if value != "" {
		query.Set(name, value)
	}
	return l.Path + "?" + query.Encode()
}

// Following returns the address of the next page.
func (l Listing) Following() string {
	query := url.Values{}
	for key, values := range l.Query {
		query[key] = values
	}
	query.Set("cursor", l.Next)
	return l.Path + "?" + query.Encode()
}

// Whole returns the address of the list without its search and filters.
func (l Listing) Whole() string {
	query := url.Values{}
	for _, kept := range []string{"label", "sort"} {
		if value := l.Get(kept); value != "" {
			query.Set(kept, value)
		}
	}
	if len(query) == 0 {
		return l.Path
	}
	return l.Path + "?" + query.Encode()
}

// Narrowed reports whether a search or filter hides something, for the words of
// an empty list.
func (l Listing) Narrowed() bool {
	for key, values := range l.Query {
		if key != "label" && key != "sort" && key != "cursor" && len(values) > 0 && values[0] != "" {
			return true
		}
	}
	return false
}
