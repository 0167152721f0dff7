package uploads

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members/imports"
)

const uploadColumns = `id, label_id, key, file_name, size, options, rehearsal, columns, import_id, created_by, created_at`

// Get returns the upload of that number.
func (s *Store) Get(ctx context.Context, id int64) (Upload, error) {
	up, err := scanUpload(s.db.QueryRowxContext(ctx, `SELECT `+uploadColumns+` FROM import_uploads WHERE id = $1`, id))
	return up, postgres.Fault(err, "thing.upload", "id", id)
}

// Open returns the uploads of a label whose import hasn't come to its end, the
// newest first.
func (s *Store) Open(ctx context.Context, label labels.ID) ([]Upload, error) {
	return s.list(ctx, `
		SELECT `+uploadColumns+` FROM import_uploads u
		 WHERE label_id = $1 AND NOT EXISTS (SELECT FROM imports i WHERE i.id = u.import_id AND i.state = 'finished')
		 ORDER BY id DESC LIMIT 50`, label)
}

func (s *Store) list(ctx context.Context, query string, args ...any) ([]Upload, error) {
	rows, err := s.db.QueryxContext(ctx, query, args...)
	if err != nil {
		return nil, postgres.Fault(err, "thing.uploads")
	}
	defer func() { _ = rows.Close() }()
	var found []Upload
	for rows.Next() {
		up, err := scanUpload(rows)
		if err != nil {
			return nil, fmt.Errorf("uploads: %w", err)
		}
		found = append(found, up)
	}
	return found, postgres.Fault(rows.Err(), "thing.uploads")
}

func scanUpload(row interface{ Scan(...any) error }) (Upload, error) {
	var up Upload
	var options, rehearsal, columns []byte
	err := row.Scan(&up.ID, &up.Label, &up.key, &up.FileName, &up.Size, &options, &rehearsal, &columns, &up.ImportID, &up.CreatedBy,
		&up.CreatedAt)
	if err != nil {
		return Upload{}, err
	}
	if err := json.Unmarshal(options, &up.Options); err != nil {
		return Upload{}, err
	}
	up.Options.Label, up.Options.FileName = up.Label, up.FileName
	if columns != nil {
		if err := json.Unmarshal(columns, &up.Columns); err != nil {
			return Upload{}, err
		}
	}
	if rehearsal != nil {
		up.Rehearsal = &imports.Import{}
		return up, json.Unmarshal(rehearsal, up.Rehearsal)
	}
	return up, nil
}

// Update locks an upload, lets change apply, and saves its options. An import
// that has begun keeps those that it began with.
func (s *Store) Update(ctx context.Context, id int64, change func(*Upload) error) (Upload, error) {
	var up Upload
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var err error
		up, err = scanUpload(tx.QueryRowxContext(ctx, `SELECT `+uploadColumns+` FROM import_uploads WHERE id = $1 FOR UPDATE`, id))
		if err != nil {
			return postgres.Fault(err, "thing.upload", "id", id)
		}
		if up.ImportID != nil {
			return fault.New(fault.Conflict, "members.import_begun")
		}
		if err := change(&up); err != nil {
			return err
		}
		options, err := json.Marshal(up.Options)
		if err != nil {
			return fmt.Errorf("options of upload %d: %w", id, err)
		}
		up.Rehearsal = nil // it was of other options
		_, err = tx.ExecContext(ctx, `UPDATE import_uploads SET options = $2, rehearsal = NULL WHERE id = $1`, id, options)
		return postgres.Fault(err, "thing.upload", "id", id)
	})
	return up, err
}

func (s *Store) insert(ctx context.Context, up *Upload) error {
	options, err := json.Marshal(up.Options)
	if err != nil {
		return fmt.Errorf("options of an upload: %w", err)
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &up.ID, `
			INSERT INTO import_uploads (label_id, key, file_name, size, options, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			up.Label, up.key, up.FileName, up.Size, options, up.CreatedAt)
		return postgres.Fault(err, "thing.this_upload")
	})
}

// began notes of which import the upload is.
func (s *Store) began(ctx context.Context, id, imported int64) error {
	_, err := postgres.Exec(ctx, s.db, `UPDATE import_uploads SET import_id = $2 WHERE id = $1`, id, imported)
	return postgres.Fault(err, "thing.upload", "id", id)
}

// understood keeps how a run read the columns of the whole file.
func (s *Store) understood(ctx context.Context, id int64, columns []imports.Column) error {
	text, err := json.Marshal(columns)
	if err != nil {
		return fmt.Errorf("columns of upload %d: %w", id, err)
	}
	_, err = postgres.Exec(ctx, s.db, `UPDATE import_uploads SET columns = $2 WHERE id = $1`, id, text)
	return postgres.Fault(err, "thing.upload", "id", id)
}

// rehearsed keeps what a dry run found.
func (s *Store) rehearsed(ctx context.Context, id int64, found imports.Import) error {
	text, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("dry run of upload %d: %w", id, err)
	}
	_, err = postgres.Exec(ctx, s.db, `UPDATE import_uploads SET rehearsal = $2 WHERE id = $1`, id, text)
	return postgres.Fault(err, "thing.upload", "id", id)
}
