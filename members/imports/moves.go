package imports

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/members"
)

// moveMembers gives members another address whom the file names by the publisher's
// own number of them. One that they left before isn't taken back: such a file is
// older than the change. A row is left out whose address another member has.
func (m *merger) moveMembers(ctx context.Context, tx *sqlx.Tx, counts *Counts) error {
	if !m.keys {
		return nil
	}
	if m.options.DryRun { // in which what went before was undone
		if err := m.moveChains(ctx, tx); err != nil {
			return err
		}
	}
	var found []struct {
		N       int64
		Member  members.ID
		Address string
	}
	if err := tx.SelectContext(ctx, &found, `
		SELECT r.n, s.member_id AS member, coalesce(r.address, r.key) AS address
		  FROM import_rows r
		  JOIN memberships s ON s.label_id = $1 AND s.member_key = r.member_key
		  JOIN members m ON m.id = s.member_id
		 WHERE m.address_key <> r.key
		   AND NOT EXISTS (SELECT FROM former_addresses f WHERE f.member_id = s.member_id AND f.address_key = r.key)
		 ORDER BY r.n`, m.options.Label); err != nil {
		return err
	}
	for _, f := range found {
		a, err := members.ParseAddress(f.Address)
		if err != nil {
			return err
		}
		refused, err := m.move(ctx, tx, f.Member, a)
		if err == nil && !refused.IsZero() {
			err = m.leaveOut(ctx, tx, f.N, refused, counts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// move gives a member another address, or says why not.
func (r *run) move(ctx context.Context, tx *sqlx.Tx, id members.ID, a members.Address) (refused words.Message, err error) {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT move`); err != nil {
		return refused, err
	}
	err = members.NewMoves(r.store).MoveIn(ctx, tx, r.options.Label, id, a)
	var problem *fault.Error
	if errors.As(err, &problem) && problem.Kind == fault.Conflict {
		_, err = tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT move`)
		return problem.Message, err
	}
	return refused, err
}

// leaveOut takes a row out of the chunk and notes why.
func (m *merger) leaveOut(ctx context.Context, tx *sqlx.Tx, n int64, why words.Message, counts *Counts) error {
	header := m.mapping.columns[m.mapping.at[toMemberKey]].header
	m.erased = append(m.erased, Reject{Row: n, Column: header, Reason: why, Whole: true})
	counts.Rejected++
	_, err := tx.ExecContext(ctx, `DELETE FROM import_rows WHERE n = $1`, n)
	return err
}

// matchFormer finds the members who had the addresses of rows that nobody has now,
// so that a file which is older than their move makes no second member of them. A
// row of a member who has another one counts as its duplicate.
func (m *merger) matchFormer(ctx context.Context, tx *sqlx.Tx, rows int, known, joined *int, counts *Counts) (int, error) {
	var some bool
	if err := tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM former_addresses)`); err != nil || !some {
		return rows, err
	}
	var found struct{ Known, Joined, NotMailable int }
	err := tx.QueryRowxContext(ctx, `
		WITH found AS (
		  INSERT INTO import_members (n, member_id, joined, was_mailable)
		  SELECT DISTINCT ON (c.member_id) r.n, c.member_id, s.member_id IS NOT NULL, coalesce(s.mail_consent, false)
		    FROM import_rows r
		   CROSS JOIN LATERAL (SELECT member_id FROM former_addresses WHERE address_key = r.key ORDER BY id DESC LIMIT 1) c
		    LEFT JOIN LATERAL (SELECT member_id, mail_consent FROM memberships
		                        WHERE label_id = $1 AND member_id = c.member_id OFFSET 0) s ON true
		   WHERE NOT EXISTS (SELECT FROM import_members i WHERE i.n = r.n OR i.member_id = c.member_id)
		   ORDER BY c.member_id, r.n DESC
		  RETURNING joined, was_mailable)
		SELECT count(*), count(*) FILTER (WHERE joined), count(*) FILTER (WHERE joined AND NOT was_mailable) FROM found`,
		m.options.Label).Scan(&found.Known, &found.Joined, &found.NotMailable)
	if err != nil {
		return rows, fmt.Errorf("find members by addresses that they left: %w", err)
	}
	*known, *joined = *known+found.Known, *joined+found.Joined
	counts.NotMailable += int64(found.NotMailable)
	done, err := tx.ExecContext(ctx, `
		DELETE FROM import_rows r
		 WHERE NOT EXISTS (SELECT FROM import_members i WHERE i.n = r.n)
		   AND EXISTS (SELECT FROM former_addresses f WHERE f.address_key = r.key)`)
	if err != nil {
		return rows, err
	}
	second, _ := done.RowsAffected()
	counts.Duplicates += second
	return rows - int(second), nil
}
