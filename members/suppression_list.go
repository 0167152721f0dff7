package members

import (
	"context"
	"crypto/md5"  //nolint:gosec // other tools' lists are hashed so; nothing is secured by it
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// A label's suppression list holds addresses that it must not mail, those of
// people who aren't members yet as well. They are kept by a hash of the address in
// lower case, without blanks around it; how long a hash is says of which kind.

// AddressHash reads the hash of an address: SHA-256, SHA-1 or MD5 in hexadecimal
// digits of either case. False: it is none.
func AddressHash(s string) ([]byte, bool) {
	switch s = strings.TrimSpace(s); len(s) {
	case 2 * md5.Size, 2 * sha1.Size, 2 * sha256.Size:
		hash, err := hex.DecodeString(s)
		return hash, err == nil
	}
	return nil, false
}

// addressHashes returns the hashes by which a list may have the address.
func addressHashes(key string) [][]byte {
	a, b, c := sha256.Sum256([]byte(key)), sha1.Sum([]byte(key)), md5.Sum([]byte(key)) //nolint:gosec // as above
	return [][]byte{a[:], b[:], c[:]}
}

// Listing is an entry of a suppression list: an address, or the hash of one.
type Listing struct {
	Address Address
	Hash    []byte // instead of the address
	Reason  Reason
}

func (l Listing) hash() []byte {
	if l.Hash != nil {
		return l.Hash
	}
	return addressHashes(l.Address.Key)[0]
}

// Listed is one of some addresses that is on a list.
type Listed struct {
	Place  int // among those that were asked about
	Reason Reason
}

// ListedAmong returns which of the addresses, by their keys, are on the label's
// suppression list.
func ListedAmong(ctx context.Context, tx *sqlx.Tx, label labels.ID, keys []string) ([]Listed, error) {
	var some bool // most labels have no list, and hashing takes long
	if err := tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM suppression_list WHERE label_id = $1)`, label); err != nil || !some {
		return nil, postgres.Fault(err, "thing.suppression_list")
	}
	hashes, places := make(pq.ByteaArray, 0, 3*len(keys)), make(map[string]int, 3*len(keys))
	for i, key := range keys {
		for _, hash := range addressHashes(key) {
			hashes = append(hashes, hash)
			places[string(hash)] = i
		}
	}
	var found []struct {
		Hash   []byte
		Reason Reason
	}
	if err := tx.SelectContext(ctx, &found, `
		SELECT hash, reason FROM suppression_list WHERE label_id = $1 AND hash = ANY ($2) ORDER BY at, hash`, label, hashes); err != nil {
		return nil, postgres.Fault(err, "thing.suppression_list")
	}
	var listed []Listed
	seen := map[int]bool{}
	for _, f := range found { // an address may be there by several hashes
		if place := places[string(f.Hash)]; !seen[place] {
			seen[place] = true
			listed = append(listed, Listed{place, f.Reason})
		}
	}
	return listed, nil
}

// suppressIfListed keeps a new member of the label from being mailed whose address
// is on its list.
func suppressIfListed(ctx context.Context, tx *sqlx.Tx, s *Store, id ID, label labels.ID, key string) error {
	listed, err := ListedAmong(ctx, tx, label, []string{key})
	if err != nil || len(listed) == 0 {
		return err
	}
	return s.Suppress(ctx, tx, id, label, listed[0].Reason, "list", nil)
}

// Lists keeps the labels' suppression lists.
type Lists struct {
	members *Store
}

// NewLists returns the store of suppression lists.
func NewLists(members *Store) *Lists { return &Lists{members} }

// Add adds entries to the label's suppression list. Returns how many of them are
// new. Members who have these addresses are suppressed by Suppress.
func (s *Lists) Add(ctx context.Context, label labels.ID, entries []Listing, source string) (added int64, err error) {
	hashes, reasons := make(pq.ByteaArray, len(entries)), make(pq.StringArray, len(entries))
	for i, l := range entries {
		if err := l.Reason.Check(); err != nil || l.Reason == SoftBounces {
			return 0, fault.At("reason", "members.suppression_reason")
		}
		hashes[i], reasons[i] = l.hash(), string(l.Reason)
	}
	err = postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO suppression_list (label_id, hash, reason, source, at)
			SELECT DISTINCT ON (x.hash) $1::int, x.hash, x.reason, $4, $5::timestamptz FROM unnest($2::bytea[], $3::text[]) x (hash, reason)
			 ORDER BY x.hash
			ON CONFLICT DO NOTHING`, label, hashes, reasons, source, s.members.clock.Now())
		if err == nil {
			added, _ = done.RowsAffected()
		}
		return postgres.Fault(err, "thing.suppression_list")
	})
	return added, err
}

// membersAPage is how many members Suppress looks at in one transaction.
const membersAPage = 5000

// Suppress suppresses those members of the label whose addresses are on its
// list, under the label, and returns how many that newly are. It looks at all of
// them, since a hash doesn't say whose it is.
func (s *Lists) Suppress(ctx context.Context, label labels.ID) (suppressed int64, err error) {
	for after := ID(-1); ; {
		var page []struct {
			ID  ID
			Key string
		}
		err := postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
			if err := tx.SelectContext(ctx, &page, `
				SELECT m.id, m.address_key AS key FROM memberships s JOIN members m ON m.id = s.member_id
				 WHERE s.label_id = $1 AND s.member_id > $2 ORDER BY s.member_id LIMIT $3`, label, after, membersAPage); err != nil {
				return postgres.Fault(err, "thing.members_of_label", "label", label)
			}
			keys := make([]string, len(page))
			for i, m := range page {
				keys[i] = m.Key
			}
			listed, err := ListedAmong(ctx, tx, label, keys)
			if err != nil {
				return err
			}
			for _, l := range listed {
				n, err := suppress(ctx, tx, s.members, page[l.Place].ID, label, l.Reason, "list", nil)
				if err != nil {
					return err
				}
				suppressed += n
			}
			return nil
		})
		if err != nil || len(page) < membersAPage {
			return suppressed, err
		}
		after = page[len(page)-1].ID
	}
}
