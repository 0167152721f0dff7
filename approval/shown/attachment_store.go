package shown

import (
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/attachments"
)

// Attachment is a PDF that goes with a revision, which whoever approves opens.
type Attachment struct {
	Number  int              `db:"number" json:"number" doc:"From 1"`
	Name    string           `db:"name" json:"name"`
	Hash    attachments.Hash `db:"hash" json:"hash" doc:"SHA-256 of its bytes"`
	Size    int              `db:"size" json:"size" doc:"Bytes"`
	Missing bool             `db:"missing" json:"missing,omitempty" doc:"Nothing is kept of it any more: nobody can open it, and no mail goes"`
}

// Attachments returns the files that go with a revision, also those of which nothing is
// kept any more: a list without them would have whoever approves believe that there are fewer.
func Attachments(ctx context.Context, q sqlx.QueryerContext, id mailings.RevisionID) ([]Attachment, error) {
	found := []Attachment{}
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT r.number, r.name, r.hash, a.hash IS NULL AS missing,
		       coalesce(octet_length(a.bytes), (convert_from(v.content, 'UTF8')::jsonb #>> ARRAY['attachments', (r.number - 1)::text, 'size'])::int) AS size
		  FROM revision_attachments r JOIN revisions v ON v.id = r.revision_id LEFT JOIN attachments a ON a.hash = r.hash
		 WHERE r.revision_id = $1 ORDER BY r.number`, id)
	return found, postgres.Fault(err, "thing.revision", "id", id)
}

// Opened returns the numbers of the files of a revision that an actor, such as
// user:4, opened: on pages, or by the API token that the transaction is of.
func Opened(ctx context.Context, q sqlx.QueryerContext, id mailings.RevisionID, actor string) (Numbers, error) {
	opened := Numbers{}
	err := sqlx.SelectContext(ctx, q, &opened, `SELECT attachments_opened($1, $2)`, id, actor)
	return opened, postgres.Fault(err, "thing.revision", "id", id)
}

// Unopened returns a Conflict fault that names the files which aren't among those
// opened, or nil.
func Unopened(files []Attachment, opened Numbers) error {
	var unopened []string
	for _, f := range files {
		if !slices.Contains(opened, f.Number) {
			unopened = append(unopened, f.Name)
		}
	}
	if len(unopened) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "approval.attachments_unopened", "files", strings.Join(unopened, ", "))
}

// OpenedBy is Opened outside of a transaction.
func (s *Store) OpenedBy(ctx context.Context, id mailings.RevisionID, actor string) (opened Numbers, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		opened, err = Opened(ctx, tx, id, actor)
		return err
	})
	return opened, err
}

// Files returns the files that go with a revision, as its content has them.
func (s *Store) Files(ctx context.Context, id mailings.RevisionID) ([]attachments.File, error) {
	content, err := s.mailings.Content(ctx, id)
	return content.Attachments, err
}

// Missing returns the numbers of those of a revision's files that nobody can open.
func (s *Store) Missing(ctx context.Context, files []attachments.File) ([]int, error) {
	return s.mailings.Attachments.Missing(ctx, files)
}

// Whole returns a conflict unless each file that goes with a revision is there as it was
// put up: nobody approves what can't be sent.
func (s *Store) Whole(ctx context.Context, id mailings.RevisionID) error {
	files, err := s.Files(ctx, id)
	if err != nil {
		return err
	}
	return s.mailings.Attachments.Verify(ctx, files)
}

// Open returns one of a revision's files with its bytes, by its number.
func (s *Store) Open(ctx context.Context, id mailings.RevisionID, number int) (attachments.File, []byte, error) {
	files, err := s.Files(ctx, id)
	if err != nil {
		return attachments.File{}, nil, err
	}
	return s.mailings.Attachments.File(ctx, files, number)
}

// NoteOpened records that whoever acts opened a file of a revision. Returns a
// NotFound fault if it has none of that number, and a conflict if that is missing:
// nobody opened what isn't there.
func (s *Store) NoteOpened(ctx context.Context, id mailings.RevisionID, number int) error {
	if _, _, err := s.Open(ctx, id, number); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var hash attachments.Hash
		if err := tx.GetContext(ctx, &hash, `
			SELECT hash FROM revision_attachments WHERE revision_id = $1 AND number = $2`, id, number); err != nil {
			return postgres.Fault(err, "thing.this_attachment")
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO attachment_views (revision_id, hash, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, hash, s.clock.Now())
		return postgres.Fault(err, "thing.this_attachment")
	})
}
