package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// keur runs the program as a person would and returns what it wrote.
func keur(t *testing.T, args ...string) (status int, out, trouble string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--help"}, exitDone, "Usage: keur <command>"},
		{[]string{"version"}, exitDone, ", commit "},
		{[]string{"--version"}, exitDone, ", " + runtime.Version() + ", schema "},
		{[]string{"serve", "--version"}, exitDone, ", commit "},
		{nil, exitUsage, "expected one of"},
		{[]string{"bogus"}, exitUsage, "unexpected argument bogus"},
		{[]string{"config", "--log-level", "loud"}, exitUsage, `--log-level: must be debug, info, warn or error, not "loud"`},
		{[]string{"serve", "--anchor-file", "/nowhere/anchors"}, exitTrouble, "--anchor-file: open /nowhere/anchors: no such"},
		{[]string{"serve", "--mailbox", "pop://u:secret@mail.shop.nl"}, exitUsage, "by imaps or imap"},
		{[]string{"config", "--connections=0"}, exitUsage, "at least 1"},
		{[]string{"config", "--config", "/nowhere/keur.toml"}, exitUsage, "can't be read"},
		{[]string{"migrate", "--database-url", "postgres://h/b"}, exitTrouble, "KEUR_OWNER_DATABASE_URL"},
	} {
		status, out, trouble := keur(t, c.args...)
		if status != c.status || !strings.Contains(out+trouble, c.says) {
			t.Errorf("%q: status %d, says %q%q", c.args, status, out, trouble)
		}
	}
}

func TestStoppedCommandIsNotDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, trouble bytes.Buffer
	status := run(ctx, []string{"migrate", "--data-dir", pgtest.Folder(t)}, strings.NewReader(""), &out, &trouble)
	if status != exitTrouble || trouble.Len() == 0 {
		t.Errorf("status %d, says %q", status, trouble.String())
	}
}

func TestSettingsWeigh(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keur.toml")
	write(t, file, "connections = 7\nlog-format = \"json\"\nlog-level = \"debug\"\npostgres-settings = \"work_mem=8MB;jit=on\"\n")
	t.Setenv("KEUR_CONFIG", file)
	t.Setenv("KEUR_LOG_FORMAT", "text")
	status, out, trouble := keur(t, "config", "--log-level=warn")
	if status != exitDone {
		t.Fatal(trouble)
	}
	for _, line := range []string{
		`connections = 7 `, // from the file
		`postgres-settings = "jit=on;work_mem=8MB" `,
		`log-format = "text" `, // the environment before the file
		`log-level = "WARN" `,  // the flag before all
		`data-dir = ".keur" `,  // nobody set it
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %s in\n%s", line, out)
		}
	}
}

func TestSettingsFileIsChecked(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"databse-url = \"x\"\n": "no setting is called databse-url",
		"connections\n":         "keur.toml",
		"connections = \"x\"\n": "connections",
	} {
		file := filepath.Join(t.TempDir(), "keur.toml")
		write(t, file, text)
		status, _, trouble := keur(t, "config", "--config", file)
		if status != exitUsage || !strings.Contains(trouble, says) {
			t.Errorf("%q: status %d, says %q", text, status, trouble)
		}
	}
}

func TestConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	_, out, _ := keur(t, "config", "--database-url=postgres://keur:hush@db/keur?sslmode=disable&password=hush",
		"--owner-database-url=host=db password=hush", "--secret=hush")
	if strings.Contains(out, "hush") || !strings.Contains(out, "postgres://keur:xxxxx@db/keur") {
		t.Error(out)
	}
}

// TestOwnServer runs commands on a server of keur's own. Root's is in a folder
// that the server's user may not enter, such as /root: root is told where the
// data went, on the terminal and whatever is logged, as backups hang on it.
func TestOwnServer(t *testing.T) {
	t.Parallel()
	dir, went := filepath.Join(pgtest.Folder(t), "data"), ""
	if os.Geteuid() == 0 {
		dir, went = closedFolder(t)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"user", "add", "an@shop.nl", "--name", "An"}, "user 1"}, // on a schema made on the way
		{[]string{"migrate", "--postgres-settings=shared_buffers=16MB"}, "the base has schema"},
		{[]string{"user", "add", "bo@shop.nl", "--name", "Bo"}, "user 2"}, // with what was kept
	} {
		status, out, trouble := keur(t, append(c.args, "--data-dir", dir, "--log-level", "error")...)
		if status != exitDone || !strings.HasPrefix(out, c.says) {
			t.Fatalf("%q: status %d, %s%s", c.args, status, out, trouble)
		}
		told := strings.Contains(trouble, "keur: the data is in "+went+", as the user that runs PostgreSQL may not enter")
		if told != (went != "") {
			t.Errorf("%q says %q; the data is in %q", c.args, trouble, went)
		}
	}
}

// closedFolder returns one that the user who runs root's servers may not enter,
// and where such a server's data goes instead.
func closedFolder(t *testing.T) (asked, went string) {
	t.Helper()
	closed, err := os.MkdirTemp("", "keur-root-") //nolint:usetesting // TempDir is closed further up
	must(t, err)
	asked = filepath.Join(closed, "home", ".keur")
	must(t, os.MkdirAll(asked, 0o700))
	went, err = postgres.LocalFolder(filepath.Join(asked, "postgres"))
	must(t, err)
	t.Cleanup(func() { _, _ = os.RemoveAll(closed), os.RemoveAll(went) })
	return asked, went
}

// A base that can't be kept is refused with what to remove, and left as it is.
func TestOwnServerOfAnUnreleasedKeur(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(pgtest.Folder(t), "data")
	local, err := postgres.StartLocal(t.Context(), postgres.LocalConfig{DataDir: filepath.Join(dir, "postgres")})
	if err != nil {
		t.Fatal(err)
	}
	owner := pgtest.Open(t, local.OwnerURL())
	owner.MustExec(`CREATE TABLE goose_db_version AS SELECT 32::bigint AS version_id, true AS is_applied`)
	if err := errors.Join(owner.Close(), local.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"user", "add", "an@shop.nl", "--name", "An"}} {
		status, _, trouble := keur(t, append(args, "--data-dir", dir)...)
		if status != exitTrouble || !strings.Contains(trouble, "remove the folder "+local.DataDir()+" to begin anew") {
			t.Errorf("%q: status %d, %s", args, status, trouble)
		}
	}
}

func TestMigrateAdmitsTheApp(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	if _, err := db.Owner.Exec(`CREATE ROLE newcomer LOGIN PASSWORD 'new'`); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = db.Owner.Exec(`DROP ROLE newcomer`) }()
	newcomer := pgtest.As(db.AppURL, "newcomer", "new")
	if err := postgres.RefuseOwner(t.Context(), pgtest.Open(t, newcomer)); err == nil {
		t.Fatal("a role without rights is let in")
	}
	status, _, trouble := keur(t, "migrate", "--secret", pgtest.Secret, "--owner-database-url", db.OwnerURL, "--database-url", newcomer)
	if status != exitDone {
		t.Fatal(trouble)
	}
	if err := postgres.RefuseOwner(context.Background(), pgtest.Open(t, newcomer)); err != nil {
		t.Fatal(err)
	}
	status, _, trouble = keur(t, "migrate", "--secret", pgtest.Secret, "--owner-database-url", db.OwnerURL, "--database-url", db.OwnerURL)
	if status != exitTrouble || !strings.Contains(trouble, "both sign in as") {
		t.Errorf("status %d, %s", status, trouble)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
