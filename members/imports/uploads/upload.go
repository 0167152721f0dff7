package uploads

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"keur/internal/fault"
	"keur/labels"
	"keur/members/imports"
)

// Upload is a file of members that was handed in to be imported.
type Upload struct {
	ID        int64
	Label     labels.ID
	FileName  string
	Size      int64
	Options   imports.Options
	Rehearsal *imports.Import  // what the last dry run with these options found
	Columns   []imports.Column // of the whole file, as the last run read them
	ImportID  *int64           // once the import has begun
	CreatedBy string
	CreatedAt time.Time

	key string // names the file in the folder
}

// Preview shows the first rows of the upload and what its options make of each
// column. Returns a conflict if its bytes are gone.
func (s *Store) Preview(ctx context.Context, up Upload) (imports.Preview, error) {
	sample, err := os.Open(s.path(up, "sample"))
	if err != nil {
		return imports.Preview{}, goneFile(err)
	}
	defer func() { _ = sample.Close() }()
	return s.importer.Preview(ctx, sample, up.Options, up.Columns)
}

// goneFile says that an upload's bytes aren't here.
func goneFile(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(err, fault.Conflict, "members.upload_gone")
	}
	return fmt.Errorf("uploaded file: %w", err)
}
