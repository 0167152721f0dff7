package imports

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"keur/members"
	"keur/members/imports/tabular"
)

// Preview is how the first rows of a file are understood.
type Preview struct {
	Columns []Column
	Rows    [][]string
}

// The sample of a file: how many rows tell the types of its columns, and how
// many of them a person is shown.
const (
	sampleRows = 200
	shownRows  = 5
)

// WriteSample copies the header and the first rows of file to sample, as plain
// CSV. A file may be large, and its mapping is looked at many times.
func WriteSample(file io.ReadSeeker, sample io.Writer) error {
	table, err := tabular.Open(file, "")
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }()
	rows, err := table.Rows(0)
	if err != nil {
		return err
	}
	out := csv.NewWriter(sample)
	if err := out.Write(rows.Header); err != nil {
		return err
	}
	for range sampleRows {
		_, fields, err := rows.Read()
		var bad *tabular.BadRow
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return err
		}
		if err := out.Write(texts(fields)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Preview shows the first rows of a sample that WriteSample made, and what the
// options make of each column. whole are the columns as a run over the whole file
// read them, if there was one: a sample doesn't have all words and dates.
func (im *Importer) Preview(ctx context.Context, sample io.ReadSeeker, options Options, whole []Column) (Preview, error) {
	attributes, err := im.store.Attributes(ctx, options.Label)
	if err != nil {
		return Preview{}, err
	}
	table, err := tabular.Open(sample, tabular.UTF8)
	if err != nil {
		return Preview{}, err
	}
	defer func() { _ = table.Close() }()
	rows, err := table.Rows(',')
	if err != nil {
		return Preview{}, err
	}
	mapping, err := mapColumns(rows.Header, options, attributes)
	if err != nil {
		return Preview{}, err
	}
	if _, err := profileRows(ctx, rows, mapping, func(int64) {}); err != nil {
		return Preview{}, err
	}
	mapping.addWords(whole)
	found := Preview{Columns: mapping.shown()}
	for i := range found.Columns { // the sample can't tell that no date shows its order
		c := &found.Columns[i]
		if at := slices.IndexFunc(whole, func(w Column) bool { return w.Header == c.Header }); at >= 0 && c.Asks.IsZero() &&
			c.Type == members.Date && options.DateOrder == "" {
			c.Asks = whole[at].Asks
		}
	}
	found.Rows, err = firstRows(table)
	return found, err
}

// addWords adds the words that the whole file has to those of its sample.
func (m *mapping) addWords(whole []Column) {
	for i := range m.columns {
		c := &m.columns[i]
		for _, w := range whole {
			if w.Header != c.header || c.seen.Over {
				continue
			}
			for _, word := range w.Words {
				if c.seen.Words == nil {
					c.seen.Words = map[string]*int64{}
				}
				c.seen.Words[word.Word] = &word.Rows
			}
		}
	}
}

func firstRows(table *tabular.File) ([][]string, error) {
	rows, err := table.Rows(',')
	if err != nil {
		return nil, err
	}
	var shown [][]string
	for len(shown) < shownRows {
		_, fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("sample: %w", err)
		}
		shown = append(shown, texts(fields))
	}
	return shown, nil
}
