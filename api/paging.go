package api

import "keur/internal/paging"

// Paging asks for a page of a list.
type Paging struct {
	Cursor string `query:"cursor" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most"`
}

func (p Paging) ask() paging.Ask { return paging.Ask{Cursor: p.Cursor, Limit: p.Limit} }

// sorted asks for the page in one of the list's orders. It may be left out
// together with a cursor, which knows its order.
func (p Paging) sorted(by string) paging.Ask {
	ask := p.ask()
	ask.Sort = by
	return ask
}

// Named narrows a list to what has a text in its name.
type Named struct {
	Name string `query:"name" maxLength:"200" doc:"A part of the name, in whatever case"`
}

// cut answers with the page of a list that is at hand whole; line tells its
// items apart.
func cut[T any](p Paging, items []T, err error, line func(T) string) (*answer[paging.Page[T]], error) {
	if err != nil {
		return nil, err
	}
	return answered(paging.Cut(items, p.ask(), line))
}

// whole is a list that is short enough to come at once.
func whole[T any](items []T, err error) (*answer[paging.Page[T]], error) {
	return answered(paging.Whole(items), err)
}
