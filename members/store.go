package members

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// Store keeps members.
type Store struct {
	db      *sqlx.DB
	clock   clock.Clock
	erasure []byte
}

// NewStore returns the store of members in db. The erasure key hashes the
// addresses of erased members; with another key those would be let in again.
func NewStore(db *sqlx.DB, clk clock.Clock, erasureKey []byte) *Store {
	return &Store{db: db, clock: clk, erasure: erasureKey}
}

// hash returns what is kept of an address when its member is erased.
func (s *Store) hash(addressKey string) []byte {
	mac := hmac.New(sha256.New, s.erasure)
	mac.Write([]byte(addressKey))
	return mac.Sum(nil)
}

// within runs fn in tx, or in a transaction of its own if tx is nil.
func (s *Store) within(ctx context.Context, tx *sqlx.Tx, fn func(tx *sqlx.Tx) error) error {
	if tx != nil {
		return fn(tx)
	}
	return postgres.InTx(ctx, s.db, fn)
}

// Get returns the member with all memberships.
func (s *Store) Get(ctx context.Context, id ID) (Member, error) {
	return s.one(ctx, `id = $1`, id, words.Of("thing.member", "id", id))
}

// formerOwner is who had the address $1 last, and has another one now.
const formerOwner = `SELECT member_id FROM former_addresses WHERE address_key = $1 ORDER BY id DESC LIMIT 1`

// Find returns the member with that address, in any spelling of it; if nobody has
// it, who had it before.
func (s *Store) Find(ctx context.Context, address string) (Member, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return Member{}, err
	}
	m, err := s.one(ctx, `address_key = $1`, a.Key, words.Of("thing.member_of_address"))
	if !fault.Is(err, fault.NotFound) {
		return m, err
	}
	return s.one(ctx, `id = (`+formerOwner+`)`, a.Key, words.Of("thing.member_of_address"))
}

func (s *Store) one(ctx context.Context, where string, arg any, what words.Message) (Member, error) {
	var m Member
	err := s.db.QueryRowxContext(ctx, `
		SELECT id, address, domain, disposable, created_at FROM members WHERE `+where, arg).
		Scan(&m.ID, &m.Address, &m.Domain, &m.Disposable, &m.CreatedAt)
	if err != nil {
		return Member{}, postgres.Fault(err, what.Key, what.Args...)
	}
	m.Memberships, err = memberships(ctx, s.db, m.ID)
	return m, err
}

// Newcomer is a member to be, under one label.
type Newcomer struct {
	Label      labels.ID
	Address    string
	Attributes map[string]any // by name, as decoded from JSON
	Source     string         // where the member came from
	TimeZone   string         // IANA, when known
	Key        string         // the publisher's own number of the member, if they have one
	Consents   []Consent      // with the proof; their label is this one
}

// Create adds the member, or adds the membership to the member who has the
// address already. Returns a conflict if the membership is there too, or if the
// address was erased at its owner's request.
func (s *Store) Create(ctx context.Context, n Newcomer) (Member, error) {
	a, err := ParseAddress(n.Address)
	if err != nil {
		return Member{}, err
	}
	var id ID
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if id, err = s.enter(ctx, tx, a); err != nil {
			return err
		}
		if err := s.join(ctx, tx, id, n); err != nil {
			return err
		}
		for _, c := range n.Consents {
			c.Label = n.Label
			if err := recordConsent(ctx, tx, s.clock.Now(), id, c); err != nil {
				return err
			}
		}
		if err := suppressIfListed(ctx, tx, s, id, n.Label, a.Key); err != nil {
			return err
		}
		return note(ctx, tx, "members.create", id, n.Label)
	})
	if err != nil {
		return Member{}, err
	}
	return s.Get(ctx, id)
}

// enter returns the member who has the address, or had it last, adding one if there
// is none.
func (s *Store) enter(ctx context.Context, tx *sqlx.Tx, a Address) (ID, error) {
	erased, err := s.ErasedAmong(ctx, tx, []string{a.Key})
	if err != nil {
		return 0, err
	}
	if len(erased) > 0 {
		return 0, ErrErased
	}
	var id ID
	err = tx.GetContext(ctx, &id, `
		SELECT id FROM members WHERE id = (`+formerOwner+`) AND NOT EXISTS (SELECT FROM members WHERE address_key = $1)`, a.Key)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, postgres.Fault(err, "thing.this_member")
	}
	return insertMember(ctx, tx, s.clock.Now(), a)
}

// insertMember returns the member who has the address, adding one if there is none.
func insertMember(ctx context.Context, tx *sqlx.Tx, now time.Time, a Address) (id ID, err error) {
	// The update changes nothing; it is there to return the member's number in
	// the same statement, and to lock the row when two come at once.
	err = tx.GetContext(ctx, &id, `
		INSERT INTO members (address, address_key, domain, disposable, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (address_key) DO UPDATE SET address = members.address
		RETURNING id`, a.Mail, a.Key, a.Domain, a.Disposable, now)
	return id, postgres.Fault(err, "thing.this_member")
}

// join adds the membership.
func (s *Store) join(ctx context.Context, tx *sqlx.Tx, id ID, n Newcomer) error {
	if err := CheckZone(n.TimeZone); err != nil {
		return err
	}
	if err := CheckKey(n.Key); err != nil {
		return err
	}
	columns := []string{"label_id", "member_id", "joined_at", "source", "time_zone", "member_key"}
	args := []any{n.Label, id, s.clock.Now(), n.Source, nullable(n.TimeZone), nullable(n.Key)}
	slots, values, err := columnsOf(ctx, tx, n.Label, n.Attributes)
	if err != nil {
		return err
	}
	columns, args = append(columns, slots...), append(args, values...)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO memberships (`+strings.Join(columns, ", ")+`)
		VALUES (`+placeholders(1, len(columns))+`)`, args...)
	return postgres.Fault(err, "thing.membership_of_address")
}

// Patch is what changes of a membership. An attribute that is nil is cleared;
// one that isn't named stays.
type Patch struct {
	Attributes map[string]any
	TimeZone   *string // empty: not known
	Key        *string // empty: none
}

// Patch changes what is known of the member under label.
func (s *Store) Patch(ctx context.Context, label labels.ID, id ID, p Patch) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return patchMembership(ctx, tx, label, id, p) })
}

func patchMembership(ctx context.Context, tx *sqlx.Tx, label labels.ID, id ID, p Patch) error {
	columns, args, err := columnsOf(ctx, tx, label, p.Attributes)
	if err != nil {
		return err
	}
	if p.TimeZone != nil {
		if err := CheckZone(*p.TimeZone); err != nil {
			return err
		}
		columns, args = append(columns, "time_zone"), append(args, nullable(*p.TimeZone))
	}
	if p.Key != nil {
		if err := CheckKey(*p.Key); err != nil {
			return err
		}
		columns, args = append(columns, "member_key"), append(args, nullable(*p.Key))
	}
	set := []string{"source = source"} // so that an empty patch still finds out who isn't there
	for i, column := range columns {
		set = append(set, fmt.Sprintf("%s = $%d", column, i+3))
	}
	done, err := tx.ExecContext(ctx, `
			UPDATE memberships SET `+strings.Join(set, ", ")+`
			 WHERE label_id = $1 AND member_id = $2`, append([]any{label, id}, args...)...)
	if err != nil {
		return postgres.Fault(err, "thing.member", "id", id)
	}
	if n, _ := done.RowsAffected(); n == 0 {
		return fault.New(fault.NotFound, "members.not_a_member", "id", id)
	}
	what := slices.Collect(maps.Keys(p.Attributes))
	if p.TimeZone != nil {
		what = append(what, "time_zone")
	}
	if p.Key != nil {
		what = append(what, "member_key")
	}
	return note(ctx, tx, "members.patch", id, label, what...)
}

// Sample returns a few members of the label who may be mailed, others each
// time, for those who want to see a mail as somebody gets it.
func (s *Store) Sample(ctx context.Context, label labels.ID, n int) ([]ID, error) {
	found := []ID{}
	// From a random number on, so that no more rows are read than are returned;
	// the second branch is for a number behind the last.
	err := s.db.SelectContext(ctx, &found, `
		WITH start AS (SELECT floor(random() * max(id))::bigint AS id FROM members)
		(SELECT member_id FROM memberships, start WHERE label_id = $1 AND mail_consent AND member_id > start.id ORDER BY member_id LIMIT $2)
		UNION ALL
		(SELECT member_id FROM memberships, start WHERE label_id = $1 AND mail_consent AND member_id <= start.id ORDER BY member_id LIMIT $2)
		LIMIT $2`, label, n)
	return found, postgres.Fault(err, "thing.members_of_label", "label", label)
}
