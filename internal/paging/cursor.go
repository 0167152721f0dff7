package paging

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"keur/internal/fault"
)

// cursor is where a page ended. Outside it is opaque, so that nobody computes
// with it.
type cursor struct {
	Sort  string   `json:"s,omitempty"`
	Items []string `json:"k"` // the values of the order's keys
}

// after returns the cursor of what follows item.
func (o Order[T]) after(item T) string {
	at := cursor{Sort: o.Name}
	for _, key := range o.Keys {
		at.Items = append(at.Items, key.of(item))
	}
	text, err := json.Marshal(at)
	if err != nil {
		return "" // texts alone can always be written
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// begin returns the order that ask names, and the values that its page begins
// behind; none for the first page.
func begin[T any](orders []Order[T], ask Ask) (Order[T], []string, error) {
	at, err := ask.at()
	if err != nil {
		return Order[T]{}, nil, err
	}
	sort := ask.Sort
	if sort == "" && ask.Cursor != "" {
		sort = at.Sort
	}
	if sort == "" {
		sort = orders[0].Name
	}
	names := make([]string, len(orders))
	for i, order := range orders {
		if names[i] = order.Name; order.Name == sort {
			return order, at.Items, order.fits(ask, at)
		}
	}
	if ask.Sort == "" {
		return Order[T]{}, nil, errCursor()
	}
	return Order[T]{}, nil, fault.At("sort", "input.one_of", "choices", strings.Join(names, ", "))
}

// at reads the cursor; without one it is empty.
func (a Ask) at() (cursor, error) {
	var at cursor
	if a.Cursor == "" {
		return at, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(a.Cursor)
	if err != nil {
		return at, errCursor()
	}
	if err := json.Unmarshal(text, &at); err != nil {
		return at, errCursor()
	}
	return at, nil
}

// fits returns a fault unless the cursor, if there is one, is of this order.
func (o Order[T]) fits(ask Ask, at cursor) error {
	if ask.Cursor == "" {
		return nil
	}
	if at.Sort != o.Name {
		return fault.At("cursor", "input.cursor_of_other_order")
	}
	if len(at.Items) != len(o.Keys) {
		return errCursor()
	}
	for i, key := range o.Keys {
		if !key.reads(at.Items[i]) {
			return errCursor()
		}
	}
	return nil
}

func errCursor() error { return fault.At("cursor", "input.cursor_unknown") }
