package requests

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// MaxFile bounds a file of a request.
const MaxFile = 8 << 20

// File is one that somebody added to a request.
type File struct {
	ID        int64     `db:"id"`
	Name      string    `db:"name"`
	Size      int64     `db:"size"`
	CreatedBy string    `db:"created_by"`
	CreatedAt time.Time `db:"created_at"`
}

// AddFile keeps a file with the request; the same bytes are kept once.
func (s *Store) AddFile(ctx context.Context, id ID, name string, bytes []byte) error {
	name = filepath.Base(name)
	switch {
	case len(bytes) == 0:
		return fault.At("file", "the file is empty")
	case len(bytes) > MaxFile:
		return fault.At("file", "a file has at most %d MB", MaxFile>>20)
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxTitle:
		return fault.At("file", "give the file a shorter name")
	}
	hash := sha256.Sum256(bytes)
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO request_blobs (hash, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING`, hash[:], bytes); err != nil {
			return postgres.Fault(err, "file of request %d", id)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO request_files (request_id, hash, name, size, created_at) VALUES ($1, $2, $3, $4, $5)`,
			id, hash[:], name, len(bytes), s.clock.Now())
		return postgres.Fault(err, "file of request %d", id)
	})
}

// Files returns those of a request, the oldest first.
func (s *Store) Files(ctx context.Context, id ID) ([]File, error) {
	found := []File{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, name, size, created_by, created_at FROM request_files WHERE request_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "files of request %d", id)
}

// File returns a file of the request with what is in it.
func (s *Store) File(ctx context.Context, id ID, file int64) (name string, bytes []byte, err error) {
	err = s.db.QueryRowxContext(ctx, `
		SELECT f.name, b.bytes FROM request_files f JOIN request_blobs b ON b.hash = f.hash WHERE f.request_id = $1 AND f.id = $2`, id, file).
		Scan(&name, &bytes)
	return name, bytes, postgres.Fault(err, "this file")
}
