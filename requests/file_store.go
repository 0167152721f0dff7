package requests

import (
	"cmp"
	"context"
	"crypto/sha256"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/form"
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

// maxFiles bounds how many files a request has, since links let strangers add some.
const maxFiles = 50

// Upload is a file that somebody brings along.
type Upload struct {
	Name  string
	Bytes []byte
}

// Check returns a fault if the file isn't fit to be kept.
func (u Upload) Check() error {
	switch {
	case len(u.Bytes) == 0:
		return fault.At("file", "input.file_empty")
	case len(u.Bytes) > MaxFile:
		return fault.At("file", "requests.file_size", "most", MaxFile>>20)
	case !utf8.ValidString(u.Name) || utf8.RuneCountInString(u.Name) > maxTitle:
		return fault.At("file", "requests.file_name_long")
	}
	return nil
}

// AddFile keeps a file with the request.
func (s *Store) AddFile(ctx context.Context, id ID, file Upload) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// Those that come at once are counted one after the other.
		var found ID
		if err := tx.GetContext(ctx, &found, `SELECT id FROM requests WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.request", "id", id)
		}
		return s.addFile(ctx, tx, id, file)
	})
}

// addFile keeps a file; the same bytes are kept once.
func (s *Store) addFile(ctx context.Context, tx *sqlx.Tx, id ID, file Upload) error {
	file.Name = filepath.Base(file.Name)
	if err := file.Check(); err != nil {
		return err
	}
	file.Name = cmp.Or(form.Fit(file.Name, maxTitle), "file") // an end that is turned around makes a program of a letter
	hash := sha256.Sum256(file.Bytes)
	if _, err := tx.ExecContext(ctx, `INSERT INTO request_blobs (hash, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING`, hash[:], file.Bytes); err != nil {
		return postgres.Fault(err, "thing.file_of_request", "request", id)
	}
	kept, err := tx.ExecContext(ctx, `
		INSERT INTO request_files (request_id, hash, name, size, created_at) SELECT $1, $2, $3, $4, $5
		 WHERE (SELECT count(*) FROM request_files WHERE request_id = $1) < $6`, id, hash[:], file.Name, len(file.Bytes), s.clock.Now(), maxFiles)
	if err != nil {
		return postgres.Fault(err, "thing.file_of_request", "request", id)
	}
	n, err := kept.RowsAffected()
	if err == nil && n == 0 {
		return fault.At("file", "requests.files_range", "most", maxFiles)
	}
	return err
}

// Files returns those of a request, the oldest first.
func (s *Store) Files(ctx context.Context, id ID) ([]File, error) {
	found := []File{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, name, size, created_by, created_at FROM request_files WHERE request_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "thing.files_of_request", "request", id)
}

// File returns a file of the request with what is in it.
func (s *Store) File(ctx context.Context, id ID, file int64) (name string, bytes []byte, err error) {
	err = s.db.QueryRowxContext(ctx, `
		SELECT f.name, b.bytes FROM request_files f JOIN request_blobs b ON b.hash = f.hash WHERE f.request_id = $1 AND f.id = $2`, id, file).
		Scan(&name, &bytes)
	return name, bytes, postgres.Fault(err, "thing.this_file")
}
