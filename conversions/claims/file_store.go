package claims

import (
	"cmp"
	"context"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
)

// Bounds of the files of a case: they go along with its claim.
const (
	MaxFile  = 4 << 20
	maxFiles = 4
)

// File is one that somebody added to a case, such as the order's confirmation.
type File struct {
	ID        int64     `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Size      int64     `db:"size" json:"size"`
	CreatedBy string    `db:"created_by" json:"created_by"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
}

// Files keeps what shows that members bought.
type Files struct{ store *Store }

// NewFiles returns the files of a store's cases.
func NewFiles(s *Store) Files { return Files{s} }

// Add keeps a file with the case.
func (s Files) Add(ctx context.Context, id ID, name string, bytes []byte) error {
	name = filepath.Base(name)
	switch {
	case len(bytes) == 0:
		return fault.At("file", "input.file_empty")
	case len(bytes) > MaxFile:
		return fault.At("file", "requests.file_size", "most", MaxFile>>20)
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxRef:
		return fault.At("file", "requests.file_name_long")
	}
	name = cmp.Or(form.Fit(name, maxRef), "file") // an end that is turned around makes a program of a letter
	return postgres.InTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		var n int
		if err := tx.GetContext(ctx, &n, `SELECT id FROM member_cases WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.case_numbered", "id", id)
		}
		if err := tx.GetContext(ctx, &n, `SELECT count(*) FROM member_case_files WHERE case_id = $1`, id); err != nil {
			return postgres.Fault(err, "thing.case_numbered", "id", id)
		}
		if n >= maxFiles {
			return fault.At("file", "claims.files", "most", maxFiles)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO member_case_files (case_id, name, size, bytes, created_at) VALUES ($1, $2, $3, $4, $5)`,
			id, name, len(bytes), bytes, s.store.clock.Now())
		return postgres.Fault(err, "thing.case_numbered", "id", id)
	})
}

// Of returns those of a case, the oldest first.
func (s Files) Of(ctx context.Context, id ID) ([]File, error) {
	found := []File{}
	err := s.store.db.SelectContext(ctx, &found, `
		SELECT id, name, size, created_by, created_at FROM member_case_files WHERE case_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "thing.case_numbered", "id", id)
}

// Open returns a file of the case with what is in it.
func (s Files) Open(ctx context.Context, id ID, file int64) (name string, bytes []byte, err error) {
	err = s.store.db.QueryRowxContext(ctx, `SELECT name, bytes FROM member_case_files WHERE case_id = $1 AND id = $2`, id, file).
		Scan(&name, &bytes)
	return name, bytes, postgres.Fault(err, "thing.this_file")
}
