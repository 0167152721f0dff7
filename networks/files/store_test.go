package files_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/networks/files"
)

// A mapping is kept for its connection alone, and a wrong one leaves the one before:
// a network's file would be read by somebody else's columns.
func TestAMappingIsKeptForItsConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	label := pgtest.Label(t, db.App, "nl")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`
			INSERT INTO network_connections (label_id, network, name)
			SELECT $1::int, 'other', 'File ' || n FROM generate_series(1, 2) n`, label)
	})
	var ids []networks.ConnectionID
	if err := db.Owner.Select(&ids, `SELECT id FROM network_connections ORDER BY id`); err != nil || len(ids) != 2 {
		t.Fatal(ids, err)
	}
	s, ctx := files.NewStore(db.App), pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", pgtest.User(t, db.Owner, "Planner")))
	if _, err := s.Get(ctx, ids[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("before there is one: %v", err)
	}
	first, second := dutch(), dutch()
	second.Decimal = "point"
	for _, m := range []files.Mapping{first, second} {
		if err := s.Save(ctx, ids[0], m); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, ids[0]); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("kept %+v, %v; want %+v", got, err, m)
		}
	}
	wrong := dutch()
	wrong.Currency = "GULDEN"
	if err := s.Save(ctx, ids[0], wrong); err == nil {
		t.Error("a wrong mapping is kept")
	}
	if got, err := s.Get(ctx, ids[0]); err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("after a wrong one: %+v, %v", got, err)
	}
	if _, err := s.Get(ctx, ids[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("of another connection: %v", err)
	}
}
