package imports

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"keur/internal/fault"
	"keur/labels"
	"keur/members/imports/tabular"
)

// Upload is a file of members that was handed in to be imported.
type Upload struct {
	ID        int64
	Label     labels.ID
	FileName  string
	Size      int64
	Options   Options
	Rehearsal *Import // what the last dry run with these options found
	ImportID  *int64  // once the import has begun
	CreatedBy string
	CreatedAt time.Time

	key string // names the file in the folder
}

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

// writeSample copies the header and the first rows of file to sample, as plain
// CSV. A file may be large, and its mapping is looked at many times.
func writeSample(file io.ReadSeeker, sample io.Writer) error {
	table, err := tabular.Open(file, "")
	if err != nil {
		return err
	}
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
		texts := make([]string, len(fields))
		for i, field := range fields {
			texts[i] = string(field)
		}
		if err := out.Write(texts); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Preview shows the first rows of the upload and what its options make of each
// column.
func (u *Uploads) Preview(ctx context.Context, up Upload) (Preview, error) {
	file, err := os.Open(u.path(up, "sample"))
	if err != nil {
		return Preview{}, goneFile(err)
	}
	defer func() { _ = file.Close() }()
	attributes, err := u.importer.store.Attributes(ctx, up.Label)
	if err != nil {
		return Preview{}, err
	}
	table, err := tabular.Open(file, tabular.UTF8)
	if err != nil {
		return Preview{}, err
	}
	rows, err := table.Rows(',')
	if err != nil {
		return Preview{}, err
	}
	mapping, err := mapColumns(rows.Header, up.Options, attributes)
	if err != nil {
		return Preview{}, err
	}
	if _, err := profileRows(ctx, rows, mapping, func(int64) {}); err != nil {
		return Preview{}, err
	}
	found := Preview{Columns: mapping.shown()}
	found.Rows, err = firstRows(table)
	return found, err
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
		texts := make([]string, len(fields))
		for i, field := range fields {
			texts[i] = string(field)
		}
		shown = append(shown, texts)
	}
	return shown, nil
}

// goneFile says that an upload's bytes aren't here.
func goneFile(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(err, fault.Conflict, "members.upload_gone")
	}
	return fmt.Errorf("uploaded file: %w", err)
}
