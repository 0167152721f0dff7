package migrations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"keur/internal/pgtest"
)

// lent are the functions that run as the owner and that the application's login
// may call. Each of them proves for itself that it may do what it does.
var lent = []string{
	"act", "audit_note", "count_tries", "current_actor", "current_credential", "demand_standing",
	"drop_partitions", "ensure_partitions", "forget_tries", "forgive_tries", "give_link_code", "governed_rows",
	"password_hash", "prove_connection", "record_engagements", "secret_id", "use_proof", "use_recovery_code",
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
		"a function whose names a temporary table or type could lead astray: give it a search_path, or a body that is parsed once": `
			SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosqlbody IS NULL
			AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)`,
		"a function with a backslash in '…', which a session reads otherwise (standard_conforming_strings): write E'…', or set it": `
			SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosqlbody IS NULL
			AND prosrc ~ $r$(^|[^E'a-zA-Z])'[^']*\\[^']*'$r$ AND NOT coalesce('standard_conforming_strings=on' = ANY (proconfig), false)`,
		"a rule that goes by how deep triggers are nested, as anybody can nest them": `SELECT proname FROM pg_proc
			WHERE pronamespace = 'public'::regnamespace AND prosrc LIKE '%pg_trigger_depth%'`,
		"a trail that is written at commit, when somebody else may act: make it CREATE TRIGGER … AFTER … FOR EACH ROW": `SELECT tgname
			FROM pg_trigger WHERE tgfoid = 'audit_row'::regproc AND tgdeferrable`,
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

// TestTheServerLendsNothing: the login reaches no file, program, sequence, setting,
// partition or session by which it would get around what the tables refuse.
func TestTheServerLendsNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`SELECT 1`) // a session of the owner's
	for _, sql := range []string{
		`COPY users TO PROGRAM 'cat'`,
		`COPY users FROM '/etc/passwd'`,
		`COPY (SELECT token_hash FROM sessions) TO STDOUT`,
		`SELECT pg_read_file('postgresql.conf')`,
		`SELECT lo_import('/etc/passwd')`,
		`SELECT setval('approval_rounds_id_seq', 1)`,
		`SELECT nextval('approval_reviews_id_seq')`,
		`SELECT setval('members_id_seq', 1)`,
		`SET session_replication_role = replica`,
		`DO $$ BEGIN EXECUTE format('SET ROLE %s', (SELECT relowner::regrole FROM pg_class WHERE oid = 'sends'::regclass)); END $$`,
		`ALTER TABLE sends DISABLE TRIGGER USER`,
		`ALTER FUNCTION tokens_refused(bigint) RESET ALL`,
		`CREATE FUNCTION public.current_actor(text) RETURNS text LANGUAGE sql AS 'SELECT ''user:1'''`,
		`CREATE RULE r AS ON UPDATE TO sends DO INSTEAD NOTHING`,
		`PREPARE p AS SELECT proven('x', 'act'); EXECUTE p`,
		`DO $$ BEGIN EXECUTE (SELECT format('UPDATE %s SET member_id = 1', min(inhrelid)::regclass)
			FROM pg_inherits WHERE inhparent = 'deliveries'::regclass); END $$`,
		`MERGE INTO approval_reviews v USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE`,
		`TRUNCATE approval_slots`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user AND datname = current_database()`,
	} {
		_, err := db.App.Exec(sql)
		if refused, is := errors.AsType[*pq.Error](err); !is || refused.Code != "42501" { // insufficient privilege
			t.Errorf("%s: %v", sql, err)
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

// What leaves no row of its own is noted in numbers and names of fields, so that
// nobody writes into the trail what they like.
func TestNotesTakeNoWords(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for sql, takes := range map[string]bool{
		`SELECT audit_note('revisions.test', 'revisions:1', '{"recipients": 2}')`:                                  true,
		`SELECT audit_note('voucher_codes.import', 'voucher_pools:1', '{"added": 3}')`:                             true,
		`SELECT audit_note('revisions.test', 'revisions:1', '{"recipients": "approved by the boss"}')`:             false,
		`SELECT audit_note('revisions.test', 'revisions:1', '{"recipients": 2, "note": 1}')`:                       false,
		`SELECT audit_note('revisions.test', 'revisions:1', '{"recipients": {"approved by the boss": 1}}')`:        false,
		`SELECT audit_note('revisions.test', 'revisions:1', '{}')`:                                                 false,
		`SELECT audit_note('revisions.test', 'revisions:approved by the boss', '{"recipients": 2}')`:               false,
		`SELECT audit_note('voucher_codes.import', 'voucher_pools:1', '{"added": ["approved by the boss"]}')`:      false,
		`SELECT audit_note('voucher_codes.import', 'voucher_pools:1', '{"added": [{"approved by the boss": 1}]}')`: false,
	} {
		if _, err := db.Exec(sql); (err == nil) != takes {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// legible are the columns called as secrets are that the login reads, and why.
var legible = map[string]string{
	"audit_log.hash": "the chain", "audit_anchors.hash": "the chain",
	"campaign_creatives.hash": "of a picture", "creatives.hash": "of a picture", "creative_labels.hash": "of a picture",
	"creative_uploads.hash": "of a picture", "network_picks.hash": "of a picture", "product_picks.hash": "of a picture",
	"attachments.hash": "of a file", "attachment_uploads.hash": "of a file", "attachment_views.hash": "of a file",
	"revision_attachments.hash": "of a file",
	"request_blobs.hash":        "of a file", "request_files.hash": "of a file",
	"imports.file_hash": "of a file", "idempotency_keys.request_hash": "of a request",
	"part_authors.hash": "of a part", "part_approvals.hash": "of a part", "part_commons.hash": "of a part",
	"revision_parts.hash": "of a part", "voucher_parts.hash": "of a part", "campaign_terms.hash": "of a part",
	"working_copy_sources.hash":   "of a part",
	"smtp_routes.password_sealed": "sealed by KEUR_SECRET", "dkim_keys.private_key_sealed": "sealed by KEUR_SECRET",
	"second_factors.secret_sealed": "sealed by KEUR_SECRET", "identity_providers.client_secret_sealed": "sealed by KEUR_SECRET",
	"token_keys.secret_sealed":   "sealed by KEUR_SECRET",
	"network_credentials.sealed": "sealed by KEUR_SECRET", "network_sessions.sealed": "sealed by KEUR_SECRET",
	"network_sessions.verifier_sealed": "sealed by KEUR_SECRET",
	"product_feeds.url_sealed":         "sealed by KEUR_SECRET",
	"webhook_endpoints.url_sealed":     "sealed by KEUR_SECRET", "webhook_endpoints.secret_sealed": "sealed by KEUR_SECRET",
	"webhook_endpoints.previous_sealed": "sealed by KEUR_SECRET",
	"suppression_list.hash":             "of an address that isn't mailed",
	"known_addresses.hash":              "keyed, and opens nothing", "erased_addresses.hash": "keyed, and opens nothing",
	"second_factors.mac": "null once it is taken", "identities.mac": "null once it is taken",
	"passkeys.mac": "null once it is taken", "session_proofs.mac": "null once it is taken",
	"passkey_challenges.mac":       "null once it is taken",
	"passkey_challenges.challenge": "shown to every device that is asked, and worth nothing without the key",
	"face_seals.mac":               "null once it is taken", "face_seals.hash": "of what the login reads",
}

// The login reads nothing by which somebody gets in.
func TestSecretsAreIllegible(t *testing.T) {
	t.Parallel()
	var found []string
	if err := pgtest.Database(t).Owner.Select(&found, `
		SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
		   AND a.attname ~ '(^|_)(hash|secret|mac|password|private|token|sealed|pad|challenge)$'
		   AND has_column_privilege('keur_app', c.oid, a.attnum, 'select')`); err != nil {
		t.Fatal(err)
	}
	for _, column := range found {
		if legible[column] == "" {
			t.Errorf("the login reads %s: take that right from it, or say here why it may", column)
		}
	}
	for column := range legible {
		if !slices.Contains(found, column) {
			t.Errorf("%s isn't there, or isn't read", column)
		}
	}
}
