package imports

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/actors"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/members"
)

// desk is a base with two labels and the store of members over it.
type desk struct {
	*members.Store
	db     *sqlx.DB
	owner  *sqlx.DB
	clock  *clock.Fake
	nl, de labels.ID
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.Database(t)
	d := &desk{db: db.App, owner: db.Owner, clock: clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))}
	d.Store = members.NewStore(d.db, d.clock, []byte("erasure key of a test"))
	d.nl, d.de = labels.ID(pgtest.Label(t, d.db, "nl")), labels.ID(pgtest.Label(t, d.db, "de"))
	return d
}

// importer returns one that commits after so many rows.
func (d *desk) importer(chunkRows int) *Importer {
	im := NewImporter(d.db, d.clock, d.Store)
	im.chunkRows = chunkRows
	return im
}

// erase has one user ask for the member's erasure and another approve it.
func (d *desk) erase(id members.ID) error {
	var users []actors.User
	if err := d.owner.Select(&users, `
		INSERT INTO users (email, name) SELECT gen_random_uuid() || '@x.nl', 'E' FROM generate_series(1, 2) RETURNING id`); err != nil {
		return err
	}
	as := func(i int) context.Context {
		return pgtest.Acting(context.Background(), users[i].String())
	}
	e, err := members.NewErasures(d.Store).Ask(as(0), members.Erasure{Member: id, Label: d.nl, Reason: "asked by letter",
		RequestedBy: users[0]})
	if err != nil {
		return err
	}
	_, err = members.NewErasures(d.Store).Update(as(1), e.ID, func(e *members.Erasure) error { return e.Approve(users[1], d.clock.Now()) })
	return err
}
