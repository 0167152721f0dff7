package migrations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/pgtest"
)

// lent are the functions that run as the owner and that the application's login
// may call. Each of them proves for itself that it may do what it does.
var lent = []string{
	"act", "audit_note", "current_actor", "current_credential",
	"drop_partitions", "ensure_partitions", "governed_rows", "password_hash", "secret_id",
}

// TestTheOwnerLendsLittle holds the functions that run as the owner to the list.
func TestTheOwnerLendsLittle(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	var found []string
	if err := db.Owner.Select(&found, `
		SELECT DISTINCT proname::text FROM pg_proc
		 WHERE pronamespace = 'public'::regnamespace AND prosecdef AND has_function_privilege('keur_app', oid, 'execute')`); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if diff := cmp.Diff(lent, found); diff != "" {
		t.Errorf("the login may call, as the owner:\n%s", diff)
	}
	for what, query := range map[string]string{
		"a trigger's function anyone may put on a table of their own": `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
			AND prorettype = 'trigger'::regtype AND has_function_privilege('keur_app', oid, 'execute')`,
		"a function without a search_path of its own, which somebody's temporary table could lead astray": `SELECT proname FROM pg_proc
			WHERE pronamespace = 'public'::regnamespace AND (prosecdef OR prorettype = 'trigger'::regtype)
			AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)`,
		"a trail that is written at commit, when somebody else may act: make it CREATE TRIGGER … AFTER … FOR EACH ROW": `SELECT tgname
			FROM pg_trigger WHERE tgfoid = 'audit_row'::regproc AND tgdeferrable`,
		"a secret that the login reads": `SELECT attrelid::regclass || '.' || attname FROM pg_attribute
			WHERE attname IN ('token_hash', 'hash', 'mac') AND attrelid::regclass::text IN ('sessions', 'api_tokens', 'approval_links',
			'password_tokens', 'pending_sign_ins', 'passwords') AND has_column_privilege('keur_app', attrelid, attnum, 'select')`,
	} {
		var wrong []string
		if err := db.Owner.Select(&wrong, query); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %s", what, strings.Join(wrong, ", "))
		}
	}
}

// What a temporary table calls itself by proves nothing, and its rows go nowhere.
func TestTemporaryTablesProveNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, sql := range []string{
		`CREATE TRIGGER t AFTER INSERT ON pg_temp.users FOR EACH ROW EXECUTE FUNCTION audit_row()`,
		`CREATE TRIGGER t AFTER INSERT ON pg_temp.users REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION deliveries_seal()`,
		`CREATE TRIGGER t BEFORE INSERT ON pg_temp.users FOR EACH ROW EXECUTE FUNCTION minted()`,
		`SELECT audit_append('users.update', 'users:1', '{}')`,
		`SELECT audit_note('users.update', 'users:1', '{}')`,
		`SELECT audit_note('members.patch', 'members:1', '{}')`,
		`INSERT INTO audit_log SELECT * FROM audit_log`,
		`INSERT INTO audit_pending (at, actor, action, subject, detail) VALUES (now(), 'user:1', 'a', 'b', '{}')`,
	} {
		tx := db.MustBegin()
		tx.MustExec(`CREATE TEMP TABLE users (id bigint, mac bytea) ON COMMIT DROP; SET LOCAL search_path = pg_temp, public`)
		if _, err := tx.Exec(sql); err == nil {
			t.Errorf("%s: done", sql)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}
