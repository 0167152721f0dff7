package members

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/form"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

const selectErasures = `
	SELECT id, member_id, label_id, reason, state, requested_by, requested_at, approved_by, refused_by, decided_at
	  FROM erasure_requests`

// Erasures keeps what users want erased, and erases members once another user
// approves.
type Erasures struct {
	members *Store
	post    *notices.Store
	url     string
}

// NewErasures returns the store of the members' erasures.
func NewErasures(members *Store) *Erasures { return &Erasures{members: members} }

// Mailing returns the store that mails who may decide as well, with a link to the
// desk at url: scheme and host, no slash at its end.
func (s *Erasures) Mailing(post *notices.Store, url string) *Erasures {
	return &Erasures{members: s.members, post: post, url: url}
}

// Ask puts down that a user wants the member erased. Nothing is erased
// before another approves it. Returns a conflict if it was asked for already.
func (s *Erasures) Ask(ctx context.Context, e Erasure) (Erasure, error) {
	if err := e.Check(); err != nil {
		return Erasure{}, err
	}
	e.Reason = form.Tidy(e.Reason)
	err := postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		// From the member, so that nobody waits for a decision about no one.
		err := tx.GetContext(ctx, &e.ID, `
			INSERT INTO erasure_requests (member_id, label_id, reason, requested_by, requested_at)
			SELECT id, $2, $3, $4, $5 FROM members WHERE id = $1 FOR KEY SHARE
			RETURNING id`, e.Member, e.Label, e.Reason, e.RequestedBy, s.members.clock.Now())
		if err != nil || s.post == nil {
			return postgres.Fault(err, "thing.erasure_of_this_member")
		}
		return s.tellDeciders(ctx, tx, e)
	})
	if err != nil {
		return Erasure{}, err
	}
	return s.Get(ctx, e.ID)
}

// decider is a user who may decide an erasure.
type decider struct {
	Name, Email, Locale string
	Asker, Code, Label  string
}

// tellDeciders mails those who may let the member be erased: not who asked, and only
// who answers the member under each of their labels. The mail tells nothing of the
// member but the number, and not the reason, as erasure couldn't take it back.
func (s *Erasures) tellDeciders(ctx context.Context, tx *sqlx.Tx, e Erasure) error {
	var readers []decider
	err := tx.SelectContext(ctx, &readers, `
		SELECT u.name, u.email, u.locale, a.name AS asker, l.code, l.name AS label
		  FROM users u JOIN users a ON a.id = $2 JOIN labels l ON l.id = $3
		 WHERE u.disabled_at IS NULL AND u.id <> a.id
		   AND (u.admin OR NOT EXISTS (
		         SELECT FROM memberships m
		          WHERE m.member_id = $1 AND m.label_id IN (SELECT id FROM labels)
		            AND m.label_id NOT IN (SELECT label_id FROM user_roles WHERE user_id = u.id AND role IN ('planner', 'member_service'))))
		 ORDER BY u.id`, e.Member, e.RequestedBy, e.Label)
	if err != nil {
		return postgres.Fault(err, "thing.users")
	}
	for _, u := range readers {
		letter := notices.Write(u.Locale, "erasure_letter.waits", "name", u.Name, "by", u.Asker, "label", u.Label,
			"member", int64(e.Member), "url", fmt.Sprintf("%s/members/%d?label=%s", s.url, e.Member, u.Code))
		if err := s.post.Queue(ctx, tx, notices.Notice{
			Key: fmt.Sprintf("erasure:%d:%s", e.ID, u.Email), Recipient: u.Email, Letter: letter,
		}); err != nil {
			return err
		}
	}
	return nil
}

// Get returns the one of that number.
func (s *Erasures) Get(ctx context.Context, id int64) (Erasure, error) {
	var e Erasure
	err := s.members.db.GetContext(ctx, &e, selectErasures+` WHERE id = $1`, id)
	return e, postgres.Fault(err, "thing.erasure", "id", id)
}

// List returns a page of those under labels, the newest first; with waiting,
// only those that somebody has yet to decide.
func (s *Erasures) List(ctx context.Context, under []labels.ID, waiting bool, ask paging.Ask) (paging.Page[Erasure], error) {
	ids := make([]int64, len(under))
	for i, id := range under {
		ids[i] = int64(id)
	}
	found, err := paging.Select(ctx, s.members.db, []paging.Order[Erasure]{{Name: "newest", Down: true, Keys: []paging.Key[Erasure]{
		paging.Number("id", func(e Erasure) int64 { return e.ID }),
	}}}, ask, selectErasures+` WHERE label_id = ANY ($1) AND ($2 IS FALSE OR state = 'waiting')`, pq.Array(ids), waiting)
	return found, postgres.Fault(err, "thing.erasures")
}

// Of returns the erasure of the member that waits for a decision, or
// not found.
func (s *Erasures) Of(ctx context.Context, member ID) (Erasure, error) {
	var e Erasure
	err := s.members.db.GetContext(ctx, &e, selectErasures+` WHERE member_id = $1 AND state = 'waiting'`, member)
	return e, postgres.Fault(err, "thing.erasure_of_member", "member", member)
}

// Update locks an erasure, lets change apply the rules, and saves the
// outcome. An approved member is erased in the same transaction.
func (s *Erasures) Update(ctx context.Context, id int64, change func(*Erasure) error) (Erasure, error) {
	var e Erasure
	err := postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &e, selectErasures+` WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.erasure", "id", id)
		}
		if err := change(&e); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &e.DecidedAt, `
			UPDATE erasure_requests SET state = $2, approved_by = $3, refused_by = $4, decided_at = $5 WHERE id = $1 RETURNING decided_at`,
			id, e.State, e.ApprovedBy, e.RefusedBy, e.DecidedAt); err != nil {
			return postgres.Fault(err, "thing.erasure", "id", id)
		}
		if e.State != ErasureApproved {
			return nil
		}
		return s.erase(ctx, tx, e.Member)
	})
	return e, err
}
