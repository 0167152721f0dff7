// Package tables writes lists as files: for a spreadsheet (XLSX, or CSV as the
// reader's spreadsheet opens it), for paper (PDF), and for programs (CSV with
// plain names, RFC 4180).
package tables

import (
	"errors"
	"io"
	"time"

	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/words"
)

// Form is the kind of file.
type Form string

// The forms of a file.
const (
	XLSX Form = "xlsx"
	CSV  Form = "csv"  // for people: their words, numbers, times and separator
	PDF  Form = "pdf"  // on paper
	Data Form = "data" // CSV for programs: names of fields, UTC, a point in numbers
)

// Forms are all forms, those for people first.
func Forms() []Form { return []Form{XLSX, CSV, PDF, Data} }

// MediaType is what the file is (IANA media types).
func (f Form) MediaType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case PDF:
		return "application/pdf"
	}
	return "text/csv; charset=utf-8"
}

// FileName is a name with the ending of the form.
func (f Form) FileName(name string) string {
	if f == Data {
		f = CSV
	}
	return name + "." + string(f)
}

// Value is what a cell holds: one of the types below, or nil for nothing.
type Value any

type (
	// Text is written as it is.
	Text string
	// Count is a whole number.
	Count int64
	// Share is a part of one: 0.0123 is 1.23%.
	Share float64
	// Amount is money in minor units of a currency (ISO 4217).
	Amount struct {
		Minor    int64
		Currency string
	}
	// Moment is a time, which people read in their zone.
	Moment time.Time
	// Day is a date without a time.
	Day civil.Date
	// Term is a value of a closed set: people read its word, programs its code.
	Term struct{ Code, Word string }
)

// Kind is what a column holds, by which it is named and laid out.
type Kind string

// The kinds of columns.
const (
	Texts   Kind = "text"
	Terms   Kind = "term"
	Counts  Kind = "count"
	Shares  Kind = "share"
	Amounts Kind = "amount"
	Moments Kind = "moment"
	Days    Kind = "day"
)

// number reports whether the column's values are compared by their digits.
func (k Kind) number() bool { return k == Counts || k == Shares || k == Amounts }

// Column is one column of a table of things of type T.
type Column[T any] struct {
	Name  string // as programs know it; people read the message column.NAME
	Head  string // what people read instead
	Kind  Kind
	Value func(T) Value
	// Programs marks what only they can use, such as the number of a thing.
	Programs bool
}

// Table is a list that is written as a file.
type Table[T any] struct {
	Title   string // in the reader's language
	Columns []Column[T]
	// Fetch reads the list page by page, so that it may be of any length.
	Fetch func(paging.Ask) (paging.Page[T], error)
	// Sort is the order asked for, empty for the list's own.
	Sort string
}

// Reader is who reads the file.
type Reader struct {
	Say  words.Speaker
	Zone *time.Location
	Now  time.Time // stands on the paper
}

// Batch is how many rows are read at once.
const Batch = 200

// sheet takes the rows of one file in one form.
type sheet interface {
	row(cells []Value) error
	// end writes what is left.
	end() error
	// close lets go of what the file took, written or not.
	close() error
}

// Write writes the whole table. start is called once the first rows are read
// and the file is sure to begin: what fails before it, wrote nothing.
func Write[T any](to io.Writer, form Form, r Reader, t *Table[T], start func()) (err error) {
	ask := paging.Ask{Limit: Batch, Sort: t.Sort}
	page, err := t.Fetch(ask)
	if err != nil {
		return err
	}
	columns := t.columns(form)
	to = &starting{to, start}
	out, err := open(to, form, r, t.Title, heads(columns, form, r))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	for {
		for _, item := range page.Items {
			cells := make([]Value, len(columns))
			for i, c := range columns {
				cells[i] = c.Value(item)
			}
			if err := out.row(cells); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return out.end()
		}
		ask.Cursor = page.Next
		if page, err = t.Fetch(ask); err != nil {
			return err
		}
	}
}

// columns are those that the form shows.
func (t *Table[T]) columns(form Form) (shown []Column[T]) {
	for _, c := range t.Columns {
		if !c.Programs || form == Data {
			shown = append(shown, c)
		}
	}
	return shown
}

// starting calls start before the first byte.
type starting struct {
	io.Writer

	start func()
}

func (s *starting) Write(p []byte) (int, error) {
	if s.start != nil {
		s.start()
		s.start = nil
	}
	return s.Writer.Write(p)
}

// head is the top of a column.
type head struct {
	Name string
	Kind Kind
}

// heads names the columns. Times of people are of a place, which stands once
// in the head.
func heads[T any](columns []Column[T], form Form, r Reader) []head {
	all := make([]head, len(columns))
	for i, c := range columns {
		all[i] = head{c.Name, c.Kind}
		if form == Data {
			continue
		}
		if all[i].Name = c.Head; c.Head == "" {
			all[i].Name = r.Say.Of("column", c.Name)
		}
		if c.Kind == Moments {
			all[i].Name += " (" + words.Place(r.Zone) + ")"
		}
	}
	return all
}

func open(to io.Writer, form Form, r Reader, title string, heads []head) (sheet, error) {
	switch form {
	case XLSX:
		return newWorkbook(to, r, title, heads)
	case PDF:
		return newPaper(to, r, title, heads), nil
	case CSV:
		return newPeoplesCSV(to, r, heads)
	}
	return newProgramsCSV(to, heads)
}
