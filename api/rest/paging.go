package rest

import "keur/internal/paging"

// Paging asks for a page of a list.
type Paging struct {
	Cursor string `query:"cursor" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most"`
}

func (p Paging) Ask() paging.Ask { return paging.Ask{Cursor: p.Cursor, Limit: p.Limit} }

// Sorted asks for the page in one of the list's orders. It may be left out
// together with a cursor, which knows its order.
func (p Paging) Sorted(by string) paging.Ask {
	ask := p.Ask()
	ask.Sort = by
	return ask
}

// Named narrows a list to what has a text in its name.
type Named struct {
	Name string `query:"name" maxLength:"200" doc:"A part of the name, in whatever case"`
}

// Cut answers with the page of a list that is at hand whole; line tells its
// items apart.
func Cut[T any](p Paging, items []T, err error, line func(T) string) (*Answer[paging.Page[T]], error) {
	if err != nil {
		return nil, err
	}
	return Answered(paging.Cut(items, p.Ask(), line))
}

// Whole is a list that is short enough to come at once.
func Whole[T any](items []T, err error) (*Answer[paging.Page[T]], error) {
	return Answered(paging.Whole(items), err)
}
