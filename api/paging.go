package api

import (
	"encoding/base64"
	"strconv"

	"keur/internal/fault"
)

// Paging asks for a part of a list.
type Paging struct {
	Cursor string `query:"cursor" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// page is a part of a list.
type page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
}

// after returns the id that the page begins behind. Cursors are opaque so that
// nobody computes with them.
func (p Paging) after() (int64, error) {
	if p.Cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		var id int64
		if id, err = strconv.ParseInt(string(raw), 10, 64); err == nil && id > 0 {
			return id, nil
		}
	}
	return 0, fault.New(fault.Invalid, "the cursor isn't one that this list gave")
}

// paged cuts a list that was asked for one more than the limit, so that it is
// known whether more follows.
func paged[T any](p Paging, items []T, id func(T) int64) *answer[page[T]] {
	out := &answer[page[T]]{Body: page[T]{Items: items}}
	if len(items) > p.Limit {
		out.Body.Items = items[:p.Limit]
		out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(id(items[p.Limit-1]), 10)))
	}
	if out.Body.Items == nil {
		out.Body.Items = []T{}
	}
	return out
}

// whole is a list that is short enough to come at once.
func whole[T any](items []T, err error) (*answer[page[T]], error) {
	if items == nil {
		items = []T{}
	}
	return answered(page[T]{Items: items}, err)
}
