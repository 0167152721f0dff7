package uploads

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"keur/internal/fault"
	"keur/members/imports"
)

// RejectsFile returns what the last run of an upload left out, as CSV of row,
// column and reason. Returns not found if there was none here.
func (s *Store) RejectsFile(up Upload) (io.ReadCloser, error) {
	file, err := os.Open(s.path(up, "rejects"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(err, fault.NotFound, "members.rejects_gone")
	}
	if err != nil {
		return nil, fmt.Errorf("file of rejects: %w", err)
	}
	return file, nil
}

// writeReject keeps a reject with its reason as a key and arguments, for whoever
// reads the file in another language.
func writeReject(out *csv.Writer, r imports.Reject) error {
	reason, err := r.Reason.Value()
	if err != nil {
		return err
	}
	return out.Write(append([]string{strconv.FormatInt(r.Row, 10), r.Column, fmt.Sprint(reason)}, r.Fields...))
}

// ReadRejects passes on each reject of a file that an upload left.
func ReadRejects(file io.Reader, pass func(imports.Reject) error) error {
	rows := csv.NewReader(file)
	rows.FieldsPerRecord = -1 // the rows themselves come behind
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var r imports.Reject
		if r.Row, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return err
		}
		if err := r.Reason.Scan(row[2]); err != nil {
			return err
		}
		r.Column, r.Fields = row[1], row[3:]
		if err := pass(r); err != nil {
			return err
		}
	}
}
