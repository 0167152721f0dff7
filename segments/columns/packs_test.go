package columns_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/segments/columns"
	"keur/segments/segmentstest"
)

// TestPacksAreRead counts what a pack says and the base no longer does, since it
// was changed behind the triggers' back.
func TestPacksAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Mailing(1, w.Label)
	w.Behaved("open", 1, 0, "2026-11-01", 1, 60, 2)
	w.Behaved("open", 1, 0, "2026-11-02", 1, 20, 2)
	w.upkeep()
	w.Unguarded(`DELETE FROM behaviours WHERE member_id <= 10`)
	thrice := `{"engagement":"opened","at_least":3}`
	if n := w.Count(thrice); n != 20 {
		t.Errorf("%d, want 20", n)
	}
	w.Exec(`UPDATE behaviours SET n = 1 WHERE day = '2026-11-01'`) // of which the triggers tell
	for range 2 {
		if n := w.Count(thrice); n != 10 {
			t.Errorf("%d, want 10", n)
		}
		w.upkeep()
	}
}

// TestPacksMissNoBehaviour packs while someone is in the midst of writing of a
// day that is long over: the packer waits for them.
func TestPacksMissNoBehaviour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Mailing(1, w.Label)
	w.Behaved("click", 1, 0, "2026-11-01", 1, 10, 1)
	write := w.Owner.MustBegin()
	defer func() { _ = write.Rollback() }()
	write.MustExec(`INSERT INTO behaviours (label_id, kind, mailing_id, day, member_id, n)
	                SELECT $1, 'click', 1, '2026-11-01', i, 1 FROM generate_series(11, 30) i`, w.Label)
	packed := make(chan error, 1)
	go func() {
		_, err := columns.NewPacks(w.App).Fill(context.WithoutCancel(t.Context()))
		packed <- err
	}()
	w.await(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
	            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	if err := write.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-packed; err != nil {
		t.Fatal(err)
	}
	if n := w.Count(`{"engagement":"clicked","within_days":30}`); n != 30 {
		t.Errorf("%d, want 30", n)
	}
}

// A day that can't be packed keeps the later ones of its label, and no other label's.
func TestADayThatCantBePackedKeepsNoOtherLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	other := w.AddLabel("other-nl", "Europe/Amsterdam")
	w.AddMembers(100)
	w.Mailing(1, w.Label)
	w.Mailing(2, other)
	w.Behaved("click", 1, 0, "2026-11-01", 1, 10, 1)
	w.Behaved("click", 2, 0, "2026-11-01", 1, 10, 1)
	w.Exec(fmt.Sprintf(`ALTER TABLE packed ADD CHECK (label_id <> %d)`, w.Label))
	_, err := columns.NewPacks(w.App).Fill(t.Context())
	var packed string
	w.Get(&packed, `SELECT coalesce(string_agg(label_id::text, ','), '') FROM packed`)
	if err == nil || packed != fmt.Sprint(other) {
		t.Errorf("packed are labels %s: %v", packed, err)
	}
}

// So does one whose packing breaks: a later day would say that it is packed.
func TestADayWhosePackingBreaksKeepsTheLaterOnes(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	w := segmentstest.New(t, db.App, db.Owner, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Mailing(1, w.Label)
	for _, day := range []string{"2026-11-01", "2026-11-02"} {
		w.Behaved("click", 1, 0, day, 1, 10, 1)
	}
	connector, err := pq.NewConnector(db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	app := sqlx.NewDb(sql.OpenDB(&fragile{Connector: connector}), "postgres")
	defer func() { _ = app.Close() }()
	_, err = columns.NewPacks(app).Fill(t.Context())
	if n := pgtest.Count(t, w.Owner, `SELECT count(*) FROM packed`); err == nil || n != 0 {
		t.Errorf("%d labels are packed: %v", n, err)
	}
}

// fragile makes connections of which one breaks whoever writes the first pack.
type fragile struct {
	driver.Connector
	broke atomic.Bool
}

func (f *fragile) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return fragileConn{conn.(postgres.DriverConn), f}, nil
}

type fragileConn struct {
	postgres.DriverConn
	of *fragile
}

func (c fragileConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if strings.Contains(query, "INSERT INTO packs") && !c.of.broke.Swap(true) {
		panic("a text that nobody foresaw")
	}
	return c.DriverConn.ExecContext(ctx, query, args)
}

// TestOlderThanPacked writes of a day before the first one that was packed.
func TestOlderThanPacked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Mailing(1, w.Label)
	w.Behaved("open", 1, 0, "2026-11-01", 1, 10, 1)
	w.upkeep()
	w.Behaved("open", 1, 0, "2026-09-01", 11, 30, 1)
	for range 2 {
		if n := w.Count(`{"engagement":"opened"}`); n != 30 {
			t.Errorf("%d, want 30", n)
		}
		w.upkeep()
	}
}

// await waits until the query counts something.
func (w *world) await(query string) {
	w.T.Helper()
	pgtest.Await(w.T, w.Owner, `SELECT (`+query+`) > 0`)
}
