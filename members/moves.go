package members

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// Moves gives members another address. A member who moves stays one member, with
// their consents, wishes and history; links in old mails go on working. Who opted
// out or complained stays suppressed, since that is the person's; what bounced
// stays with the address that they left (trigger members_move).
type Moves struct {
	members *Store
}

// NewMoves returns the store of members' addresses.
func NewMoves(members *Store) *Moves { return &Moves{members} }

// FormerAddress is an address that a member had.
type FormerAddress struct {
	Address string    `json:"address" db:"address"`
	Until   time.Time `json:"until" db:"until"`
	By      string    `json:"changed_by" db:"by"` // who changed it
}

// Move gives the member another address, on the word of a label: under which alone
// the member is, unless it is EveryLabel. Returns a conflict if another member has
// the address, as members aren't merged, or if it was erased at its owner's request.
func (s *Moves) Move(ctx context.Context, word labels.ID, id ID, address string) error {
	a, err := ParseAddress(address)
	if err != nil {
		var wrong fault.List
		wrong.Note("address", words.OfError(err))
		return wrong.Err()
	}
	return postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error { return s.MoveIn(ctx, tx, word, id, a) })
}

// MoveIn does that in a transaction.
func (s *Moves) MoveIn(ctx context.Context, tx *sqlx.Tx, word labels.ID, id ID, a Address) error {
	var under []labels.ID
	if err := tx.SelectContext(ctx, &under, `
		SELECT label_id FROM memberships WHERE member_id = $1 AND label_id IN (SELECT id FROM labels) ORDER BY label_id`, id); err != nil {
		return postgres.Fault(err, "thing.memberships_of_member", "member", id)
	}
	if word != EveryLabel && len(under) > 1 {
		return ErrShared
	}
	erased, err := s.members.ErasedAmong(ctx, tx, []string{a.Key})
	if err != nil {
		return err
	}
	if len(erased) > 0 {
		return ErrErased
	}
	done, err := tx.ExecContext(ctx, `
		UPDATE members SET address = $2, address_key = $3, domain = $4, disposable = $5 WHERE id = $1`,
		id, a.Mail, a.Key, a.Domain, a.Disposable)
	var e *pq.Error
	if errors.As(err, &e) && e.Code == "23505" {
		return ErrAnothers
	}
	if err != nil {
		return postgres.Fault(err, "thing.member", "id", id)
	}
	if n, _ := done.RowsAffected(); n == 0 {
		return fault.New(fault.NotFound, "members.not_a_member", "id", id)
	}
	for _, label := range under {
		if err := suppressIfListed(ctx, tx, s.members, id, label, a.Key); err != nil {
			return err
		}
	}
	return note(ctx, tx, "members.move", id, EveryLabel)
}

// ErrAnothers is what a person reads who gives a member another's address.
var ErrAnothers = fault.New(fault.Conflict, "members.address_anothers")

// ErrShared is what a person reads who plans for one label of a member who is
// under others too.
var ErrShared = fault.New(fault.Conflict, "members.address_shared")

// Former returns the addresses that the member had, the newest first.
func (s *Moves) Former(ctx context.Context, id ID) ([]FormerAddress, error) {
	list := []FormerAddress{}
	err := s.members.db.SelectContext(ctx, &list, `
		SELECT address, until, by FROM former_addresses WHERE member_id = $1 ORDER BY id DESC`, id)
	return list, postgres.Fault(err, "thing.member", "id", id)
}
