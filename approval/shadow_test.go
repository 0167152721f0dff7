package approval_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// shadows are what the login can put in the way of names: tables that say that
// all is approved by everybody, functions, an operator and a type.
const shadows = `
	SET LOCAL search_path = pg_temp, public, pg_catalog;
	CREATE TEMP TABLE mailings ON COMMIT DROP AS SELECT * FROM public.mailings;
	CREATE TEMP TABLE revisions ON COMMIT DROP AS SELECT * FROM public.revisions;
	CREATE TEMP TABLE revision_placements ON COMMIT DROP AS SELECT * FROM public.revision_placements WHERE false;
	CREATE TEMP TABLE approval_rounds ON COMMIT DROP AS SELECT * FROM public.approval_rounds;
	CREATE TEMP TABLE approval_reviews ON COMMIT DROP AS SELECT * FROM public.approval_reviews;
	CREATE TEMP TABLE approval_policies ON COMMIT DROP AS SELECT * FROM public.approval_policies WHERE false;
	CREATE TEMP TABLE approval_slots ON COMMIT DROP AS SELECT * FROM public.approval_slots;
	CREATE TEMP TABLE faces ON COMMIT DROP AS SELECT * FROM public.faces WHERE false;
	CREATE TEMP TABLE part_authors ON COMMIT DROP AS SELECT * FROM public.part_authors WHERE false;
	CREATE TEMP TABLE users ON COMMIT DROP AS SELECT * FROM public.users;
	CREATE TEMP TABLE user_roles ON COMMIT DROP AS SELECT id AS user_id, 1 AS label_id, 'approver' AS role FROM public.users;
	CREATE TEMP TABLE acting ON COMMIT DROP AS SELECT pg_current_xact_id() AS xid, now() AS began, 'user:1' AS actor, 'session' AS credential, 1::bigint AS number;
	CREATE TEMP TABLE change_rules ON COMMIT DROP AS SELECT true AS one, NULL::timestamptz AS admin_since, NULL::timestamptz AS two_since;
	UPDATE pg_temp.mailings SET state = 'approved';
	UPDATE pg_temp.approval_rounds SET state = 'approved';
	UPDATE pg_temp.approval_reviews SET verdict = 'approved';
	CREATE FUNCTION pg_temp.current_actor() RETURNS text LANGUAGE sql AS 'SELECT ''user:1''';
	CREATE FUNCTION pg_temp.revision_is_approved(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION pg_temp.round_is_complete(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION pg_temp.has_role(bigint, bigint, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION pg_temp.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.same);
	CREATE DOMAIN pg_temp.delivery_state AS text;
	CREATE FUNCTION pg_temp.rewrite() RETURNS trigger LANGUAGE plpgsql AS
	  'BEGIN UPDATE public.review_comments SET body = ''anders''; RETURN NULL; END';
	CREATE TEMP TABLE step (n int) ON COMMIT DROP;
	CREATE TRIGGER step AFTER INSERT ON step FOR EACH ROW EXECUTE FUNCTION pg_temp.rewrite();`

// Temporary tables, functions, operators and types called as those that rules
// go by prove nothing, and neither does a trigger of one's own.
func TestTemporaryObjectsStandForNothing(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	w.Submit(t, m, r)
	if _, err := w.Approval.Comments.Add(approvaltest.As(w.Third), comments.Comment{RevisionID: r.ID, Body: "mooi"}); err != nil {
		t.Fatal(err)
	}
	db.Owner.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = now()`)
	for _, try := range []struct{ sql, refused string }{
		{`UPDATE public.mailings SET state = 'approved'`, "not approved by everyone"},
		{`UPDATE public.approval_rounds SET state = 'approved'`, "has not been approved yet"},
		{`UPDATE public.approval_reviews SET verdict = 'approved', user_id = 1, decided_at = now() WHERE step = 'colleague'`, "an earlier step"},
		{`INSERT INTO public.sends (mailing_id, revision_id, label_id, slot_local, slot_at, month)
		  SELECT mailing_id, revision_id, 1, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01' FROM public.approval_rounds`, "approved"},
		{`INSERT INTO public.revisions (mailing_id, number, content, author_id) SELECT id, 9, '{}', 1 FROM public.mailings`, "is acting"},
		{`INSERT INTO public.user_roles VALUES (1, 1, 'approver')`, "one admin proposes"},
		{`INSERT INTO step VALUES (1)`, "permission denied"},
		{`SET LOCAL search_path = public; UPDATE review_comments SET body = 'anders'`, "permission denied"},
	} {
		err := postgres.InTx(pgtest.Acting(t.Context(), "system:psql"), db.App, func(tx *sqlx.Tx) error {
			tx.MustExec(shadows)
			_, err := tx.Exec(try.sql)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), try.refused) {
			t.Errorf("%s: %v, want %q", try.sql, err, try.refused)
		}
	}
}

// What the program reads over a connection that somebody left a table on is
// still ours.
func TestATableThatWasLeftIsntRead(t *testing.T) {
	t.Parallel()
	_, db := newWorld(t)
	db.App.SetMaxOpenConns(1)
	db.App.MustExec(`CREATE TEMP TABLE users AS SELECT * FROM public.users WHERE false`)
	if pgtest.Count(t, db.App, `SELECT count(*) FROM users`) == 0 {
		t.Error("a temporary table stands for the users")
	}
}
