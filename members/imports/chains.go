package imports

import (
	"context"
	"errors"
	"io"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/members"
	"keur/members/imports/tabular"
)

// move is an address that the file gives to somebody who has another one.
type move struct {
	member members.ID
	from   string // the key of the address that the member has
	to     members.Address
}

// findChains reads the file for members who get the address that another of its
// members leaves, and lets them move one after the other, whichever row comes
// first. Who take each other's have no first one, and stay where they are.
func (r *run) findChains(ctx context.Context) error {
	if _, has := r.mapping.at[toMemberKey]; !has {
		return nil
	}
	moves, err := r.findMoves(ctx)
	if err != nil {
		return err
	}
	if r.chains = inOrder(moves); len(r.chains) == 0 || r.options.DryRun {
		return nil
	}
	return postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error { return r.moveChains(ctx, tx) })
}

// moveChains lets those members move. What is refused is so once more with its row,
// which is left out then.
func (r *run) moveChains(ctx context.Context, tx *sqlx.Tx) error {
	for _, m := range r.chains {
		if _, err := r.move(ctx, tx, m.member, m.to); err != nil {
			return err
		}
	}
	return nil
}

// inOrder returns the moves that need another one, or that another one needs, each
// behind the one that it needs.
func inOrder(moves []move) (ordered []move) {
	leaves, wanted, done := map[string]int{}, map[string]bool{}, make([]bool, len(moves))
	for i, m := range moves {
		leaves[m.from], wanted[m.to.Key] = i, true
	}
	for i, m := range moves {
		if _, waits := leaves[m.to.Key]; !waits && !wanted[m.from] {
			continue
		}
		var path []move
		for next, some := i, true; some && !done[next]; next, some = leaves[moves[next].to.Key] {
			done[next] = true
			path = append(path, moves[next])
		}
		for n := len(path) - 1; n >= 0; n-- {
			ordered = append(ordered, path[n])
		}
	}
	return ordered
}

// findMoves reads the file for the rows that count of members who have another
// address.
func (r *run) findMoves(ctx context.Context) (moves []move, err error) {
	rows, err := r.rows()
	if err != nil {
		return nil, err
	}
	named := map[string]members.Address{}
	for {
		line, fields, err := rows.Read()
		var bad *tabular.BadRow
		switch end := errors.Is(err, io.EOF); {
		case end || len(named) == chunkRows:
			found, failed := r.whoMoves(ctx, named)
			if moves = append(moves, found...); failed != nil || end {
				return moves, failed
			}
			clear(named)
		case errors.As(err, &bad):
			continue
		case err != nil:
			return nil, err
		}
		a, err := members.ParseAddress(string(fields[r.mapping.email]))
		key := r.mapping.keyOf(fields)
		if err != nil || key == "" || r.profile.keys.ComesAgain(key, line) || r.profile.addresses.ComesAgain(a.Key, line) {
			continue
		}
		named[key] = a
	}
}

// whoMoves returns who of the members that are named by their numbers has another
// address, and never had this one.
func (r *run) whoMoves(ctx context.Context, named map[string]members.Address) (moves []move, err error) {
	var keys, addresses pq.StringArray
	for key, a := range named {
		keys, addresses = append(keys, key), append(addresses, a.Key)
	}
	var found []struct {
		Member members.ID
		Key    string
		Leaves string
	}
	err = r.db.SelectContext(ctx, &found, `
		SELECT s.member_id AS member, r.key, m.address_key AS leaves
		  FROM unnest($2::text[], $3::text[]) r (key, address_key)
		 CROSS JOIN LATERAL (SELECT member_id FROM memberships WHERE label_id = $1 AND member_key = r.key OFFSET 0) s
		  JOIN members m ON m.id = s.member_id
		 WHERE m.address_key <> r.address_key COLLATE "C"
		   AND NOT EXISTS (SELECT FROM former_addresses f WHERE f.member_id = s.member_id AND f.address_key = r.address_key)
		 ORDER BY s.member_id`, r.options.Label, keys, addresses)
	for _, f := range found {
		moves = append(moves, move{f.Member, f.Leaves, named[f.Key]})
	}
	return moves, postgres.Fault(err, "thing.members")
}
