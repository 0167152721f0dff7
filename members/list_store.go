package members

import (
	"context"
	"time"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// ConsentsUnder returns a page of what the member said under a label, the
// oldest first unless asked otherwise: newest.
func (s *Store) ConsentsUnder(ctx context.Context, label labels.ID, id ID, ask paging.Ask) (paging.Page[Consent], error) {
	keys := []paging.Key[Consent]{
		paging.Moment("c.at", func(c Consent) time.Time { return c.At }),
		paging.Number("c.id", func(c Consent) int64 { return c.ID }),
	}
	found, err := paging.Select(ctx, s.db, []paging.Order[Consent]{
		{Name: "oldest", Keys: keys}, {Name: "newest", Down: true, Keys: keys},
	}, ask, selectConsents+` WHERE c.member_id = $1 AND c.label_id = $2`, id, label)
	return found, postgres.Fault(err, "consents of member %d", id)
}

// Imports returns a page of those of a label, the newest first.
func (im *Importer) Imports(ctx context.Context, label labels.ID, ask paging.Ask) (paging.Page[Import], error) {
	found, err := paging.Select(ctx, im.db, []paging.Order[Import]{{Name: "newest", Down: true, Keys: []paging.Key[Import]{
		paging.Number("id", func(i Import) int64 { return i.ID }),
	}}}, ask, `SELECT `+importColumns+` FROM imports WHERE label_id = $1`, label)
	return found, postgres.Fault(err, "imports of label %d", label)
}

// Rejects returns a page of what an import left out, by line; of the first ten
// thousand.
func (im *Importer) Rejects(ctx context.Context, id int64, ask paging.Ask) (paging.Page[Reject], error) {
	found, err := paging.Select(ctx, im.db, []paging.Order[Reject]{{Name: "line", Keys: []paging.Key[Reject]{
		paging.Number("row_no", func(r Reject) int64 { return r.Row }),
		paging.Text("column_name", func(r Reject) string { return r.Column }),
	}}}, ask, `SELECT row_no, column_name, reason FROM import_rejects WHERE import_id = $1`, id)
	return found, postgres.Fault(err, "rejects of import %d", id)
}

// Sample returns a few members of the label who may be mailed, others each
// time, for those who want to see a mail as somebody gets it.
func (s *Store) Sample(ctx context.Context, label labels.ID, n int) ([]ID, error) {
	found := []ID{}
	// From a random number on, so that no more rows are read than are returned;
	// the second branch is for a number behind the last.
	err := s.db.SelectContext(ctx, &found, `
		WITH start AS (SELECT floor(random() * max(id))::bigint AS id FROM members)
		(SELECT member_id FROM memberships, start WHERE label_id = $1 AND mail_consent AND member_id > start.id ORDER BY member_id LIMIT $2)
		UNION ALL
		(SELECT member_id FROM memberships, start WHERE label_id = $1 AND mail_consent AND member_id <= start.id ORDER BY member_id LIMIT $2)
		LIMIT $2`, label, n)
	return found, postgres.Fault(err, "members of label %d", label)
}
