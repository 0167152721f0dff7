package labels

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// DKIMKeys keeps signing keys, sealed.
type DKIMKeys struct {
	db  *sqlx.DB
	box *seal.Box
}

// NewDKIMKeys returns the store of signing keys in db.
func NewDKIMKeys(db *sqlx.DB, box *seal.Box) *DKIMKeys { return &DKIMKeys{db: db, box: box} }

const dkimColumns = `id, label_id, domain, selector, algorithm, active, created_at, private_key_sealed`

type dkimRow struct {
	DKIMKey
	Sealed []byte `db:"private_key_sealed"`
}

// Active returns the keys that sign the label's mail, that of RSA first; without one of
// RSA none does, and signing is left to the relay.
func (s *DKIMKeys) Active(ctx context.Context, label ID) ([]DKIMKey, error) {
	return s.load(ctx, `label_id = $1 AND active
		AND EXISTS (SELECT FROM dkim_keys WHERE label_id = $1 AND active AND algorithm = 'rsa')
		ORDER BY algorithm DESC`, label)
}

// List returns the label's keys, the newest first.
func (s *DKIMKeys) List(ctx context.Context, label ID) ([]DKIMKey, error) {
	return s.load(ctx, `label_id = $1 ORDER BY id DESC`, label)
}

// Create adds a key, not active yet: its record has to be in DNS first.
func (s *DKIMKeys) Create(ctx context.Context, k DKIMKey) (DKIMKey, error) {
	if err := k.Validate(); err != nil {
		return DKIMKey{}, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		return DKIMKey{}, fmt.Errorf("write DKIM key: %w", err)
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &k, `
			INSERT INTO dkim_keys (label_id, domain, selector, algorithm, private_key_sealed, active)
			VALUES ($1, $2, $3, $4, $5, false)
			RETURNING id, active, created_at`,
			k.LabelID, k.Domain, k.Selector, k.Algorithm, s.box.Seal(plain)),
			"thing.dkim_key_of", "selector", k.Selector, "domain", k.Domain)
	})
	return k, err
}

// Activate makes the key the one that signs its label's mail from now on, or
// proposes that where it takes another admin.
func (s *DKIMKeys) Activate(ctx context.Context, id int64) (DKIMKey, error) {
	k, err := s.get(ctx, id)
	if err != nil {
		return k, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		r, err := changes.Propose(ctx, tx, time.Time{}, activation(k))
		if err != nil {
			return err
		}
		if r.Waits() {
			k.Change = &r
			return nil
		}
		k.Active = true
		return turn(ctx, tx, id, true)
	})
	return k, err
}

// ChangeKinds are the changes of signing keys that another admin confirms.
func (s *DKIMKeys) ChangeKinds() []changes.Kind {
	of := func(ctx context.Context, q sqlx.QueryerContext, id int64) (changes.Proposal, error) {
		var k DKIMKey
		err := sqlx.GetContext(ctx, q, &k, `SELECT id, label_id, domain, selector, algorithm FROM dkim_keys WHERE id = $1`, id)
		return activation(k), postgres.Fault(err, "thing.dkim_key", "id", id)
	}
	apply := func(ctx context.Context, tx *sqlx.Tx, id int64) error { return turn(ctx, tx, id, true) }
	return []changes.Kind{changes.KindOf(changeDKIM, of, apply)}
}

// Retire stops signing with the key.
func (s *DKIMKeys) Retire(ctx context.Context, id int64) (DKIMKey, error) {
	if err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return turn(ctx, tx, id, false) }); err != nil {
		return DKIMKey{}, err
	}
	return s.get(ctx, id)
}

// LabelOf returns the label of a key, which stays closed.
func (s *DKIMKeys) LabelOf(ctx context.Context, id int64) (ID, error) {
	var label ID
	err := s.db.GetContext(ctx, &label, `SELECT label_id FROM dkim_keys WHERE id = $1`, id)
	return label, postgres.Fault(err, "thing.dkim_key", "id", id)
}

func turn(ctx context.Context, tx *sqlx.Tx, id int64, on bool) error {
	// The label's row is the lock: two who activate at once would collide otherwise.
	var k DKIMKey
	if err := tx.GetContext(ctx, &k, `
		SELECT k.label_id, k.algorithm FROM labels l JOIN dkim_keys k ON k.label_id = l.id
		 WHERE k.id = $1 FOR NO KEY UPDATE OF l`, id); err != nil {
		return postgres.Fault(err, "thing.dkim_key", "id", id)
	}
	var signs bool
	if err := tx.GetContext(ctx, &signs, `
		SELECT EXISTS (SELECT FROM dkim_keys WHERE label_id = $1 AND active AND algorithm = $2)`, k.LabelID, RSA); err != nil {
		return postgres.Fault(err, "thing.dkim_keys")
	}
	if on && k.Algorithm != RSA && !signs {
		return fault.New(fault.Conflict, "labels.dkim_alone")
	}
	// First off, since the index allows one active key of an algorithm at any instant. With
	// that of RSA the other goes: alone it proves nothing to most receivers. A key that
	// signs no more takes nothing along, as it may be asked to stop by a page of yesterday.
	if _, err := tx.ExecContext(ctx, `
		UPDATE dkim_keys SET active = false
		 WHERE label_id = $1 AND active AND ($3 AND algorithm = $4 AND id <> $2
		    OR NOT $3 AND (id = $2 OR EXISTS (SELECT FROM dkim_keys WHERE id = $2 AND active AND algorithm = $5)))`,
		k.LabelID, id, on, k.Algorithm, RSA); err != nil || !on {
		return postgres.Fault(err, "thing.dkim_keys")
	}
	_, err := tx.ExecContext(ctx, `UPDATE dkim_keys SET active = true WHERE id = $1`, id)
	return postgres.Fault(err, "thing.dkim_key", "id", id)
}

func (s *DKIMKeys) get(ctx context.Context, id int64) (DKIMKey, error) {
	found, err := s.load(ctx, `id = $1`, id)
	if err != nil {
		return DKIMKey{}, err
	}
	if len(found) == 0 {
		return DKIMKey{}, fault.New(fault.NotFound, "labels.dkim_missing", "id", id)
	}
	return found[0], nil
}

func (s *DKIMKeys) load(ctx context.Context, where string, args ...any) ([]DKIMKey, error) {
	var rows []dkimRow
	if err := s.db.SelectContext(ctx, &rows, `SELECT `+dkimColumns+` FROM dkim_keys WHERE `+where, args...); err != nil {
		return nil, postgres.Fault(err, "thing.dkim_keys")
	}
	found := make([]DKIMKey, len(rows))
	for i, row := range rows {
		plain, err := s.box.Open(row.Sealed)
		if err != nil {
			return nil, err
		}
		found[i] = row.DKIMKey
		if found[i].Private, err = parsePKCS8(plain); err != nil {
			return nil, fmt.Errorf("DKIM key %d: %w", row.ID, err)
		}
	}
	return found, nil
}
