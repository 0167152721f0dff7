package tracking

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/internal/words"
)

// secretSize is the size of the secrets that we make.
const secretSize = 32

// A new key signs only once it has ripened: by then every process that runs has
// read it, several times over, and knows a token of it when it comes back.
const (
	rereadEvery = time.Minute
	ripening    = "3 minutes"
)

// Keys keeps the secrets of tokens, sealed.
type Keys struct {
	db  *sqlx.DB
	box *seal.Box
}

// NewKeys returns the keys in db, sealed by box.
func NewKeys(db *sqlx.DB, box *seal.Box) *Keys { return &Keys{db: db, box: box} }

// Ring returns a ring of all keys that aren't retired. The newest that is ripe
// is current. The first time, it makes one.
func (k *Keys) Ring(ctx context.Context) (*Keyring, error) {
	secrets, err := k.secrets(ctx)
	if err != nil {
		return nil, err
	}
	if len(secrets) == 0 {
		// Of two processes that start together one makes the key, and both read it.
		if err := postgres.InTx(ctx, k.db, func(tx *sqlx.Tx) error { return k.add(ctx, tx, 1) }); err != nil {
			return nil, err
		}
		if secrets, err = k.secrets(ctx); err != nil {
			return nil, err
		}
	}
	return NewKeyring(secrets[0], secrets[1:]...)
}

// SignedAt returns the key that signed at a moment; false if two processes may
// have signed by different ones then.
func SignedAt(ctx context.Context, q sqlx.QueryerContext, at time.Time) (key byte, sure bool, err error) {
	err = q.QueryRowxContext(ctx, `
		SELECT coalesce(max(id) FILTER (WHERE created_at + $2::interval <= $1), min(id), 0),
		       count(*) FILTER (WHERE id > 1 AND $1 BETWEEN created_at + $2::interval
		                                            AND created_at + $2::interval + make_interval(secs => $3)) = 0 AND count(*) > 0
		  FROM token_keys`, at, ripening, (2*rereadEvery).Seconds()).Scan(&key, &sure)
	return key, sure, postgres.Fault(err, "thing.tracking_keys")
}

// Refresh gives a ring the keys that there are now.
func (k *Keys) Refresh(ctx context.Context, ring *Keyring) error {
	secrets, err := k.secrets(ctx)
	if err != nil || len(secrets) == 0 { // none: it keeps those that it has
		return err
	}
	return ring.replace(secrets[0], secrets[1:]...)
}

// KeepFresh refreshes a ring every minute until ctx ends.
func (k *Keys) KeepFresh(ctx context.Context, ring *Keyring, log *slog.Logger) error {
	tick := time.NewTicker(rereadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := k.Refresh(ctx, ring); err != nil && ctx.Err() == nil {
			log.Error("the tracking keys can't be read, those of before stay", "error", err)
		}
	}
}

// changeKeys is the kind of change that makes a new key.
const changeKeys = "token_keys.rotate"

// rotation asks for a new key.
func rotation() changes.Proposal {
	return changes.Proposal{
		Kind: changeKeys, Subject: "token_keys:new", Payload: struct{}{}, What: words.Of("change.token_keys_rotate"),
		Rows: []changes.Row{changes.Insert("token_keys", changes.Row{"retired_at": nil})},
	}
}

// Rotate makes a new key, which signs in every process once it has ripened, or
// proposes that where it takes another admin: then the request is returned.
func (k *Keys) Rotate(ctx context.Context) (id byte, waits *changes.Request, err error) {
	err = postgres.InTx(ctx, k.db, func(tx *sqlx.Tx) error {
		r, err := changes.Propose(ctx, tx, time.Time{}, rotation())
		if err != nil {
			return err
		}
		if r.Waits() {
			waits = &r
			return nil
		}
		id, err = k.next(ctx, tx)
		return err
	})
	return id, waits, err
}

// ChangeKinds are the changes of keys that another admin confirms.
func (k *Keys) ChangeKinds() []changes.Kind {
	of := func(context.Context, sqlx.QueryerContext, struct{}) (changes.Proposal, error) { return rotation(), nil }
	apply := func(ctx context.Context, tx *sqlx.Tx, _ struct{}) error {
		_, err := k.next(ctx, tx)
		return err
	}
	return []changes.Kind{changes.KindOf(changeKeys, of, apply)}
}

// next makes the key after the newest.
func (k *Keys) next(ctx context.Context, tx *sqlx.Tx) (byte, error) {
	var last int
	if err := tx.GetContext(ctx, &last, `SELECT coalesce(max(id), 0) FROM token_keys`); err != nil {
		return 0, postgres.Fault(err, "thing.tracking_keys")
	}
	if last >= 255 {
		return 0, fault.New(fault.Conflict, "tracking.keys_used_up")
	}
	return byte(last + 1), k.add(ctx, tx, last+1)
}

// secrets returns the keys, the one that signs first: the newest that is ripe,
// or else the oldest. Ages go by the database's clock.
func (k *Keys) secrets(ctx context.Context) ([]Secret, error) {
	var rows []struct {
		ID     byte   `db:"id"`
		Sealed []byte `db:"secret_sealed"`
	}
	if err := k.db.SelectContext(ctx, &rows, `
		SELECT id, secret_sealed
		  FROM (SELECT id, secret_sealed, created_at <= now() - $1::interval AS ripe FROM token_keys WHERE retired_at IS NULL) t
		 ORDER BY ripe DESC, CASE WHEN ripe THEN -id ELSE id END`, ripening); err != nil {
		return nil, fmt.Errorf("read the tracking keys: %w", err)
	}
	secrets := make([]Secret, len(rows))
	for i, row := range rows {
		secret, err := k.box.Open(row.Sealed)
		if err != nil {
			return nil, err
		}
		secrets[i] = Secret{ID: row.ID, Bytes: secret}
	}
	return secrets, nil
}

func (k *Keys) add(ctx context.Context, tx *sqlx.Tx, id int) error {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails, see its documentation
	sealed := k.box.Seal(secret)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO token_keys (id, secret_sealed, mac) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, sealed,
		postgres.KeyOf(k.box).Mint("token_keys", id, sealed))
	return postgres.Fault(err, "thing.tracking_keys")
}

// Key is a key as people see it.
type Key struct {
	ID        int        `db:"id"`
	CreatedAt time.Time  `db:"created_at"`
	RetiredAt *time.Time `db:"retired_at"`
	Signs     bool       `db:"signs"` // new links are of it
	Ripe      bool       `db:"ripe"`  // every process has read it
}

// List returns all keys, the newest first.
func (k *Keys) List(ctx context.Context) ([]Key, error) {
	found := []Key{}
	err := k.db.SelectContext(ctx, &found, `
		SELECT id, created_at, retired_at, ripe,
		       retired_at IS NULL AND row_number() OVER (ORDER BY retired_at IS NULL DESC, ripe DESC, CASE WHEN ripe THEN -id ELSE id END) = 1 AS signs
		  FROM (SELECT id, created_at, retired_at, created_at <= now() - $1::interval AS ripe FROM token_keys) t
		 ORDER BY id DESC`, ripening)
	return found, postgres.Fault(err, "thing.tracking_keys")
}
