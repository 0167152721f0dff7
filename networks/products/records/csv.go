package records

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"keur/internal/fault"
)

// table is a file with a line of headings.
type table struct {
	rows     *csv.Reader
	headings []string
}

func openCSV(in io.Reader, delimiter rune) (*table, error) {
	if delimiter == 0 {
		return nil, fault.At("delimiter", "networks.delimiter")
	}
	t := &table{rows: csv.NewReader(in)}
	t.rows.Comma, t.rows.FieldsPerRecord, t.rows.LazyQuotes, t.rows.ReuseRecord = delimiter, -1, true, true
	first, err := t.rows.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fault.New(fault.Invalid, "products.none")
	case err != nil:
		return nil, damaged(err, 1)
	case len(first) > maxFields:
		return nil, fault.New(fault.Invalid, "products.columns", "most", maxFields)
	}
	for _, heading := range first {
		t.headings = append(t.headings, strings.TrimSpace(legible(heading)))
	}
	return t, nil
}

func (t *table) next() (Record, error) {
	for {
		cells, err := t.rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case err != nil:
			line, _ := t.rows.FieldPos(0)
			return nil, damaged(err, line)
		}
		r := Record{}
		for i, cell := range cells[:min(len(cells), len(t.headings))] {
			r.put(t.headings[i], legible(cell))
		}
		if len(r) > 0 {
			return r, nil
		}
	}
}

// delimiterOf returns what parts the columns of a line of headings.
func delimiterOf(line string) string {
	return slices.MaxFunc(Delimiters(), func(a, b string) int {
		return strings.Count(line, string(delimiters[a])) - strings.Count(line, string(delimiters[b]))
	})
}
