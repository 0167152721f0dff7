package members

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// ErrErased is what a person reads who brings an erased address back.
var ErrErased = fault.New(fault.Conflict, "members.erased_before")

// erasureLock is what erase takes alone and who adds members shares, so that an
// address that is being erased can't slip in through an import that looked before.
const erasureLock = `hashtextextended('keur.erasure', 0)`

// erase forgets the member for good. What stays is the keyed hash of the
// address, so that no import brings it back, and the bare number in the ledger
// and in the outcomes, which then points at nobody. Queued deliveries of the
// member are taken out as the membership goes (trigger memberships_withdraw_erased);
// one that is claimed but not yet sent finds no member to address. What colleagues
// wrote of the member goes too (trigger members_forget_words). PostgreSQL
// refuses it unless two users wanted it (trigger members_guard).
func (s *Erasures) erase(ctx context.Context, tx *sqlx.Tx, id ID) error {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(`+erasureLock+`)`); err != nil {
		return postgres.Fault(err, "thing.erasures")
	}
	var address, key string
	err := tx.QueryRowxContext(ctx, `
		DELETE FROM members WHERE id = $1 RETURNING address, address_key`, id).Scan(&address, &key)
	if err != nil {
		return postgres.Fault(err, "thing.member", "id", id)
	}
	var had []struct{ Address, Key string } // before
	if err := tx.SelectContext(ctx, &had, `
		DELETE FROM former_addresses WHERE member_id = $1 RETURNING address, address_key AS key`, id); err != nil {
		return postgres.Fault(err, "thing.member", "id", id)
	}
	for _, a := range append(had, struct{ Address, Key string }{address, key}) {
		if err := s.forget(ctx, tx, id, a.Address, a.Key); err != nil {
			return err
		}
	}
	// Memberships first: whoever adds to the rest holds one of them, or the
	// member, so that what they add is seen and goes too. The labels are
	// named because the key starts with them.
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM memberships WHERE member_id = $1 AND label_id IN (SELECT id FROM labels)`, id); err != nil {
		return postgres.Fault(err, "thing.memberships_of_member", "member", id)
	}
	for _, table := range []string{"consents", "suppressions", "preferences", "soft_bounces"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE member_id = $1`, id); err != nil {
			return postgres.Fault(err, "thing.part_of_member", "part", table, "member", id)
		}
	}
	return note(ctx, tx, "members.erase", id, EveryLabel)
}

// forget keeps of an address no more than the hash that keeps it out.
func (s *Erasures) forget(ctx context.Context, tx *sqlx.Tx, id ID, address, key string) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO erased_addresses (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, s.members.hash(key), s.members.clock.Now()); err != nil {
		return postgres.Fault(err, "thing.erased_addresses")
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM address_links WHERE member_id = $1 OR address_key = $2`, id, key); err != nil {
		return postgres.Fault(err, "thing.address_links")
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM suppression_list WHERE label_id IN (SELECT id FROM labels) AND hash = ANY ($1)`, pq.ByteaArray(addressHashes(key))); err != nil {
		return postgres.Fault(err, "thing.suppression_list")
	}
	return scrub(ctx, tx, id, address, key)
}

// scrub takes the address out of what is kept as text: why the erasure was asked
// for, and in other rooms mail that waits in or went through the queue of
// notices (its sealed body is emptied once sent) and answers kept for repeated
// calls. Notices are few, so they are read whole; answers are sealed, so all
// that may tell of a member go.
func scrub(ctx context.Context, tx *sqlx.Tx, id ID, address, key string) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE erasure_requests SET reason = regexp_replace(reason, regexp_replace($2, '([^[:alnum:]])', '\\\1', 'g'), '…', 'gi')
		 WHERE member_id = $1 AND position($2 in lower(reason)) > 0`, id, key); err != nil {
		return postgres.Fault(err, "thing.erasures_of_member", "member", id)
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE notices SET recipient = 'erased', body = '', sent_at = coalesce(sent_at, now()) WHERE lower(recipient) = $1`, key); err != nil {
		return postgres.Fault(err, "thing.notices")
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE notices
		   SET subject = replace(replace(subject, $1, 'erased'), $2, 'erased'), error = replace(replace(error, $1, 'erased'), $2, 'erased')
		 WHERE position($2 in lower(subject || error)) > 0`, address, key); err != nil {
		return postgres.Fault(err, "thing.notices")
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM idempotency_keys WHERE of_members`)
	return postgres.Fault(err, "thing.kept_answers")
}

// ErasedAmong returns which of the addresses, by their place, were erased. Until
// tx ends no more are.
func (s *Store) ErasedAmong(ctx context.Context, tx *sqlx.Tx, keys []string) ([]int, error) {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared(`+erasureLock+`)`); err != nil {
		return nil, postgres.Fault(err, "thing.erasures")
	}
	var some bool // hashing takes longer than all else, and most bases have none
	if err := tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM erased_addresses)`); err != nil || !some {
		return nil, postgres.Fault(err, "thing.erased_addresses")
	}
	hashes, places := make(pq.ByteaArray, len(keys)), make(map[string]int, len(keys))
	for i, key := range keys {
		hashes[i] = s.hash(key)
		places[string(hashes[i])] = i
	}
	var found [][]byte
	if err := tx.SelectContext(ctx, &found, `SELECT hash FROM erased_addresses WHERE hash = ANY ($1)`, hashes); err != nil {
		return nil, postgres.Fault(err, "thing.erased_addresses")
	}
	erased := make([]int, len(found))
	for i, hash := range found {
		erased[i] = places[string(hash)]
	}
	return erased, nil
}
