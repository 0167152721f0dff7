package attachments

import (
	"context"
	"crypto/sha256"
	"reflect"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps files.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of files in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// Put keeps a file for a label and returns what its bytes say about it. The same
// file twice is kept once.
func (s *Store) Put(ctx context.Context, label labels.ID, data []byte) (Attachment, error) {
	a, err := Read(data)
	if err != nil {
		return Attachment{}, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO attachments (hash, bytes, pages, links) VALUES ($1, $2, $3, $4)
			ON CONFLICT (hash) DO NOTHING`, a.Hash, a.Bytes, a.Pages, a.Links); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO attachment_uploads (hash, label_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, a.Hash, label); err != nil {
			return err
		}
		return tx.GetContext(ctx, &a.CreatedAt, `SELECT created_at FROM attachments WHERE hash = $1`, a.Hash)
	})
	return a, postgres.Fault(err, "thing.attachment", "hash", a.Hash)
}

const columns = `a.hash, octet_length(a.bytes) AS size, a.pages, a.links, a.created_at`

// Get returns a file of a label without its bytes, or a NotFound fault.
func (s *Store) Get(ctx context.Context, label labels.ID, hash Hash) (Attachment, error) {
	var a Attachment
	err := s.db.GetContext(ctx, &a, `
		SELECT `+columns+` FROM attachments a
		 WHERE a.hash = $1 AND EXISTS (SELECT FROM attachment_uploads u WHERE u.hash = a.hash AND u.label_id = $2)`, hash, label)
	return a, postgres.Fault(err, "thing.this_attachment")
}

// Bytes returns the bytes of a file, or a NotFound fault, also where the base can't
// read them any more.
func (s *Store) Bytes(ctx context.Context, hash Hash) ([]byte, error) {
	var data []byte
	err := s.db.GetContext(ctx, &data, `SELECT bytes FROM attachments WHERE hash = $1`, hash)
	if postgres.Damaged(err) {
		return nil, fault.Wrap(err, fault.NotFound, "attachments.gone")
	}
	return data, postgres.Fault(err, "thing.this_attachment")
}

// Missing returns the numbers, from 1, of those of a mailing's files of which nothing
// is kept any more, or something else than their hash says: what writes to the base
// without Keur, or a broken disk, can do that. A page says so instead of offering them.
// The base looks, so that no bytes come here.
func (s *Store) Missing(ctx context.Context, files []File) (missing []int, err error) {
	for i, f := range files {
		hash, err := ParseHash(f.Hash)
		if err != nil {
			return nil, err
		}
		var whole []bool
		err = s.db.SelectContext(ctx, &whole, `SELECT sha256(bytes) = hash FROM attachments WHERE hash = $1`, hash)
		switch {
		case postgres.Damaged(err), err == nil && (len(whole) == 0 || !whole[0]):
			missing = append(missing, i+1)
		case err != nil:
			return nil, postgres.Fault(err, "thing.this_attachment")
		}
	}
	return missing, nil
}

// Enclose returns what stands around the text of a mail with the files, nil where
// there are none. Returns a conflict if one is missing: no mail goes without it.
func (s *Store) Enclose(ctx context.Context, files []File) (*Enclosure, error) {
	return s.enclose(ctx, files, false)
}

// EncloseKept is Enclose without those files that are missing, for who looks at a mail
// that doesn't go.
func (s *Store) EncloseKept(ctx context.Context, files []File) (*Enclosure, error) {
	return s.enclose(ctx, files, true)
}

func (s *Store) enclose(ctx context.Context, files []File, kept bool) (*Enclosure, error) {
	var found []File
	var data [][]byte
	for i := range files {
		f, bytes, err := s.File(ctx, files, i+1)
		if kept && fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, data = append(found, f), append(data, bytes)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return Enclose(found, data), nil
}

// Verify returns a conflict unless each file is there, still what its bytes say, and one that
// may go with a mail: whoever writes to the base without Keur looks at none of it.
func (s *Store) Verify(ctx context.Context, files []File) error {
	for i, f := range files {
		_, data, err := s.File(ctx, files, i+1)
		if err != nil {
			return err
		}
		read, err := Read(data)
		if err != nil || !reflect.DeepEqual(read.As(f.Name).plain(), f.plain()) {
			return fault.New(fault.Conflict, "attachments.altered", "name", f.Name)
		}
	}
	return nil
}

// plain returns the file without a difference between no links and an empty list.
func (f File) plain() File {
	f.Links = append(Links{}, f.Links...)
	return f
}

// File returns one of a mailing's files by its number, from 1, with its bytes. Returns a
// NotFound fault if it has none of that number, and a conflict if that is missing or has
// other bytes: nobody opens, approves or gets another file than the digest names.
func (s *Store) File(ctx context.Context, files []File, number int) (File, []byte, error) {
	if number < 1 || number > len(files) {
		return File{}, nil, fault.New(fault.NotFound, "attachments.gone")
	}
	f := files[number-1]
	hash, err := ParseHash(f.Hash)
	if err != nil {
		return f, nil, err
	}
	data, err := s.Bytes(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		err = fault.Wrap(err, fault.Conflict, "attachments.missing", "name", f.Name)
	}
	if err == nil && hash != sha256.Sum256(data) {
		return f, nil, fault.New(fault.Conflict, "attachments.altered", "name", f.Name)
	}
	return f, data, err
}

// List returns a page of the files that were brought for a label, the newest first.
func (s *Store) List(ctx context.Context, label labels.ID, ask paging.Ask) (paging.Page[Attachment], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Attachment]{
		{Name: "newest", Down: true, Keys: []paging.Key[Attachment]{
			paging.Moment("a.created_at", func(a Attachment) time.Time { return a.CreatedAt }),
			paging.Text("encode(a.hash, 'hex')", func(a Attachment) string { return a.Hash.String() }),
		}},
	}, ask, `
		SELECT `+columns+` FROM attachments a
		 WHERE EXISTS (SELECT FROM attachment_uploads u WHERE u.hash = a.hash AND u.label_id = $1)`, label)
	return found, postgres.Fault(err, "thing.attachments")
}
