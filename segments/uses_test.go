package segments_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/segments"
)

// revise gives the mailing a next revision of the content, as its maker would.
func (w *world) revise(mailing int, content string) {
	w.T.Helper()
	err := postgres.InTx(pgtest.Acting(w.T.Context(), "user:1"), w.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`
			WITH r AS (INSERT INTO revisions (mailing_id, number, content, author_id)
			           SELECT $1, coalesce(max(number), 0) + 1, convert_to($2, 'UTF8'), 1 FROM revisions WHERE mailing_id = $1 RETURNING id)
			UPDATE mailings SET revision_id = r.id FROM r WHERE mailings.id = $1`, mailing, content)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// A segment is used by what the newest revisions say, and by nothing that they
// said before.
func TestUsesFollowTheNewestRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.Exec(`INSERT INTO users (email, name) VALUES ('maker@x.nl', 'Maker')`)
	w.Exec(`INSERT INTO mailings (label_id, name, kind) SELECT $1, 'Week ' || i, 'house' FROM generate_series(1, 3) i`, w.Label)
	s, err := w.Store.Create(t.Context(), w.Label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	audience := func(segments, exclude string) string {
		return fmt.Sprintf(`{"audience":{"exclude":[%s],"segments":[%s]},"preheader":"{\"id\":1,\"name\":"}`, exclude, segments)
	}
	named := fmt.Sprintf(`{"id":%d,"name":"Women","rule":{"all":[]},"version":1}`, s.ID)
	const own = `{"id":0,"name":"n","rule":{"all":[]},"version":0}`
	w.revise(1, audience(named+","+named, own))
	w.revise(2, audience(own, named))
	w.revise(3, audience(named, named))
	w.revise(3, audience(own, ""))
	uses := func() (got []string) {
		t.Helper()
		found, err := w.Store.Uses(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range found {
			got = append(got, fmt.Sprint(u.Name, " ", u.Version, " ", u.Exclude))
		}
		return got
	}
	if diff := cmp.Diff([]string{"Week 2 1 true", "Week 1 1 false"}, uses()); diff != "" {
		t.Error(diff)
	}
	w.revise(3, audience(own, named))
	w.revise(1, `{}`)
	if diff := cmp.Diff([]string{"Week 3 1 true", "Week 2 1 true"}, uses()); diff != "" {
		t.Error(diff)
	}
	for _, sql := range []string{
		`INSERT INTO revision_segments VALUES (1, 1, true, 1)`, `DELETE FROM revision_segments`, `UPDATE revision_segments SET version = 2`,
	} {
		if _, err := w.App.Exec(sql); err == nil {
			t.Errorf("the application may %s", sql)
		}
	}
	if uses, err := w.Store.Uses(t.Context(), segments.ID(99)); err != nil || len(uses) > 0 {
		t.Errorf("a segment that isn't there is used: %v %v", uses, err)
	}
}
