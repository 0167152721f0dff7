package campaigns

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/authors"
	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
)

// Advertisers keeps advertisers with their programmes and contacts.
type Advertisers struct {
	db    *sqlx.DB
	clock clock.Clock
	moved movedTo
}

// NewAdvertisers returns the store of advertisers in db.
func NewAdvertisers(db *sqlx.DB, now clock.Clock) *Advertisers {
	return &Advertisers{db: db, clock: now}
}

const advertiserColumns = `id, name, category, stopped_at, stop_reason, version, created_at`

// Get returns an advertiser with programmes and contacts.
func (s *Advertisers) Get(ctx context.Context, id AdvertiserID) (Advertiser, error) {
	return advertiserBy(ctx, s.db, `SELECT `+advertiserColumns+` FROM advertisers WHERE id = $1`, id)
}

// GetIn is Get within the caller's transaction.
func (s *Advertisers) GetIn(ctx context.Context, tx *sqlx.Tx, id AdvertiserID) (Advertiser, error) {
	return advertiserBy(ctx, tx, `SELECT `+advertiserColumns+` FROM advertisers WHERE id = $1`, id)
}

// ByID returns several advertisers at once, with programmes and contacts. Those
// that don't exist are left out.
func (s *Advertisers) ByID(ctx context.Context, ids ...AdvertiserID) (map[AdvertiserID]Advertiser, error) {
	found := []Advertiser{}
	if err := s.db.SelectContext(ctx, &found, `
		SELECT `+advertiserColumns+` FROM advertisers WHERE id = ANY($1)`, pq.Array(ids)); err != nil {
		return nil, postgres.Fault(err, "thing.advertisers")
	}
	if err := loadProgrammesAndContacts(ctx, s.db, found); err != nil {
		return nil, err
	}
	by := make(map[AdvertiserID]Advertiser, len(found))
	for _, a := range found {
		by[a.ID] = a
	}
	return by, nil
}

// Create adds an advertiser, without programmes and contacts.
func (s *Advertisers) Create(ctx context.Context, a Advertiser) (Advertiser, error) {
	a = Advertiser{Name: a.Name, Category: a.Category, Programmes: []Programme{}, Contacts: []Contact{}}
	if err := a.Validate(); err != nil {
		return Advertiser{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &a, `
			INSERT INTO advertisers (name, category) VALUES ($1, $2)
			RETURNING `+advertiserColumns, a.Name, a.Category), "thing.advertiser_named", "name", a.Name)
	})
	return a, err
}

// Update locks an advertiser, lets change alter it, and saves it.
// Nothing is written if change returns an error.
func (s *Advertisers) Update(ctx context.Context, id AdvertiserID, change func(*Advertiser) error) (Advertiser, error) {
	return s.update(ctx, id, func(_ *sqlx.Tx, a *Advertiser) error { return change(a) })
}

// update is Update of a change that asks the database.
func (s *Advertisers) update(ctx context.Context, id AdvertiserID, change func(*sqlx.Tx, *Advertiser) error) (Advertiser, error) {
	var a Advertiser
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if a, err = advertiserBy(ctx, tx, `SELECT `+advertiserColumns+` FROM advertisers WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		if err := change(tx, &a); err != nil {
			return err
		}
		if err := a.Validate(); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &a, `
			UPDATE advertisers
			   SET name = $2, category = $3, stopped_at = $4, stop_reason = $5, version = version + 1
			 WHERE id = $1
			RETURNING `+advertiserColumns, id, a.Name, a.Category, a.StoppedAt, a.StopReason), "thing.advertiser_named", "name", a.Name)
	})
	return a, err
}

// Stop turns the stop switch of an advertiser on: from now on nothing that
// places it is sent.
func (s *Advertisers) Stop(ctx context.Context, id AdvertiserID, reason string) (Advertiser, error) {
	now := s.clock.Now().Truncate(time.Microsecond)
	return s.Update(ctx, id, func(a *Advertiser) error { return a.Stop(reason, now) })
}

// Resume turns the stop switch of an advertiser off that was turned on at the
// moment seen, unless by made a mailing that it holds.
func (s *Advertisers) Resume(ctx context.Context, id AdvertiserID, seen time.Time, by accounts.UserID) (Advertiser, error) {
	holds, err := heldBy(ctx, s.db, id)
	if err != nil {
		return Advertiser{}, err
	}
	return s.update(ctx, id, func(tx *sqlx.Tx, a *Advertiser) error {
		if err := a.Resume(by, holds, seen); err != nil {
			return err
		}
		return accounts.DemandProof(ctx, tx, false, accounts.Action{})
	})
}

// RefusesResume returns why the user can't turn an advertiser's stop off, or nil.
func (s *Advertisers) RefusesResume(ctx context.Context, a Advertiser, by accounts.UserID) error {
	holds, err := heldBy(ctx, s.db, a.ID)
	if err != nil || a.StoppedAt == nil {
		return err
	}
	return a.Resume(by, holds, *a.StoppedAt)
}

// heldBy returns who made a mailing that an advertiser's stop holds, and who is
// too new to decide about one of them.
func heldBy(ctx context.Context, db *sqlx.DB, id AdvertiserID) (of authors.People, err error) {
	if err := db.SelectContext(ctx, &of.Authors, `SELECT m FROM stop_makers($1) m`, id); err != nil {
		return of, postgres.Fault(err, "thing.advertiser", "id", id)
	}
	var held []struct {
		Revision int64     `db:"revision_id"`
		At       time.Time `db:"submitted_at"`
	}
	if err := db.SelectContext(ctx, &held, `
		SELECT r.revision_id, min(r.submitted_at) AS submitted_at
		  FROM stop_holds($1) h JOIN approval_rounds r ON r.revision_id = h AND r.state IN ('open', 'approved')
		 GROUP BY r.revision_id`, id); err != nil {
		return of, postgres.Fault(err, "thing.advertiser", "id", id)
	}
	of.New = authors.Newcomers{}
	for _, h := range held {
		late, err := authors.NewcomersTo(ctx, db, h.Revision, h.At)
		if err != nil {
			return of, err
		}
		maps.Copy(of.New, late)
	}
	return of, nil
}

func advertiserBy(ctx context.Context, q sqlx.QueryerContext, query string, id AdvertiserID) (Advertiser, error) {
	found := []Advertiser{{}}
	if err := sqlx.GetContext(ctx, q, &found[0], query, id); err != nil {
		return Advertiser{}, postgres.Fault(err, "thing.advertiser", "id", id)
	}
	err := loadProgrammesAndContacts(ctx, q, found)
	return found[0], err
}

func loadProgrammesAndContacts(ctx context.Context, q sqlx.QueryerContext, found []Advertiser) error {
	ids := make([]int64, len(found))
	at := make(map[AdvertiserID]*Advertiser, len(found))
	for i := range found {
		found[i].Programmes, found[i].Contacts = []Programme{}, []Contact{}
		ids[i], at[found[i].ID] = int64(found[i].ID), &found[i]
	}
	var programmes []Programme
	if err := sqlx.SelectContext(ctx, q, &programmes, `
		SELECT `+programmeColumns+` FROM programmes WHERE advertiser_id = ANY($1) ORDER BY id`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.programmes")
	}
	for _, p := range programmes {
		at[p.AdvertiserID].Programmes = append(at[p.AdvertiserID].Programmes, p)
	}
	var contacts []Contact
	if err := sqlx.SelectContext(ctx, q, &contacts, `
		SELECT `+contactColumns+` FROM contacts WHERE advertiser_id = ANY($1) ORDER BY id`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.contacts")
	}
	for _, c := range contacts {
		at[c.AdvertiserID].Contacts = append(at[c.AdvertiserID].Contacts, c)
	}
	return nil
}

// RunBy returns the labels that have a campaign of the advertiser. They alone
// read its contacts and change what is known of it; while none has, every label
// may, as somebody must begin.
func (s *Advertisers) RunBy(ctx context.Context, id AdvertiserID) ([]labels.ID, error) {
	found := []labels.ID{}
	err := s.db.SelectContext(ctx, &found, `SELECT DISTINCT label_id FROM campaigns WHERE advertiser_id = $1 ORDER BY label_id`, id)
	return found, postgres.Fault(err, "thing.advertiser", "id", id)
}

// Conceal takes the contacts out of those advertisers that only other labels
// than these run. nil sees all.
func (s *Advertisers) Conceal(ctx context.Context, sees []labels.ID, found ...*Advertiser) error {
	if sees == nil {
		return nil
	}
	ids := make([]int64, len(found))
	for i, a := range found {
		ids[i] = int64(a.ID)
	}
	var others []AdvertiserID
	if err := s.db.SelectContext(ctx, &others, `
		SELECT advertiser_id FROM campaigns WHERE advertiser_id = ANY($1)
		 GROUP BY 1 HAVING NOT bool_or(label_id = ANY($2::int[]))`, pq.Array(ids), pq.Array(sees)); err != nil {
		return postgres.Fault(err, "thing.contacts")
	}
	for _, a := range found {
		if slices.Contains(others, a.ID) {
			a.Contacts = []Contact{}
		}
	}
	return nil
}

// Categories returns the categories that advertisers have, in order.
func (s *Advertisers) Categories(ctx context.Context) ([]string, error) {
	list := []string{}
	err := s.db.SelectContext(ctx, &list, `SELECT DISTINCT category FROM advertisers ORDER BY category`)
	return list, postgres.Fault(err, "thing.categories")
}
