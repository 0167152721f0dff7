package requests

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/postgres"
)

// linkLife is how long a department can answer by its link.
const linkLife = 30 * 24 * time.Hour

// tellAssignee mails whom the request is assigned to; nobody who took it up
// themselves. A department gets a link by which it answers.
func (s *Store) tellAssignee(ctx context.Context, tx *sqlx.Tx, r Request, by accounts.User) error {
	if r.Department != "" {
		token := rand.Text() + rand.Text()
		_, err := tx.ExecContext(ctx, `INSERT INTO request_links (token_hash, request_id, expires_at) VALUES ($1, $2, $3)`,
			hashOf(token), r.ID, s.clock.Now().Add(linkLife))
		if err != nil {
			return postgres.Fault(err, "link of request %d", r.ID)
		}
		return s.post(ctx, tx, r, r.Address, "asked", fill(departmentLetters, by.Locale, r.Department, by.Name, s.url+"/answer/"+token, r, r.Body))
	}
	if r.AssigneeID == nil || *r.AssigneeID == by.ID {
		return nil
	}
	u, err := s.users.Get(ctx, *r.AssigneeID)
	if err != nil {
		return err
	}
	return s.post(ctx, tx, r, u.Email, "assigned", fill(assignedLetters, u.Locale, u.Name, by.Name, s.page(r), r, r.Body))
}

// page is where staff read the request.
func (s *Store) page(r Request) string { return fmt.Sprintf("%s/requests/%d", s.url, r.ID) }

// post queues a mail about the request, in the transaction of what it tells.
func (s *Store) post(ctx context.Context, tx *sqlx.Tx, r Request, to, why string, l letter) error {
	key := fmt.Sprintf("request:%d:%s:%s", r.ID, why, rand.Text())
	return s.notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: to, Subject: l.Subject, Body: l.Body})
}

// Comment keeps what a user says, and mails those whom it mentions.
func (s *Store) Comment(ctx context.Context, id ID, body string) error {
	by, err := s.actor(ctx)
	if err != nil {
		return err
	}
	var told []accounts.User
	for u, err := range paging.All(func(ask paging.Ask) (paging.Page[accounts.User], error) {
		return s.users.List(ctx, accounts.Filter{}, ask)
	}) {
		if err != nil {
			return err
		}
		if u.DisabledAt == nil && u.ID != by.ID {
			told = append(told, u)
		}
	}
	return s.say(ctx, id, Comment{Body: body}, func(tx *sqlx.Tx, r Request) error {
		for _, u := range mentioned(body, told) {
			if err := s.post(ctx, tx, r, u.Email, "mentioned", fill(mentionLetters, u.Locale, u.Name, by.Name, s.page(r), r, body)); err != nil {
				return err
			}
		}
		return nil
	})
}

// say keeps a comment, and lets tell queue mails in the same transaction.
func (s *Store) say(ctx context.Context, id ID, c Comment, tell func(tx *sqlx.Tx, r Request) error) error {
	if err := c.Check(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var r Request
		if err := tx.GetContext(ctx, &r, `UPDATE requests SET updated_at = $2 WHERE id = $1 RETURNING `+columns, id, s.clock.Now()); err != nil {
			return postgres.Fault(err, "request %d", id)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO request_comments (request_id, body, said_by, created_at) VALUES ($1, $2, $3, $4)`,
			id, c.Body, c.SaidBy, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "comment on request %d", id)
		}
		return tell(tx, r)
	})
}

// Comments returns what was said about a request, the oldest first.
func (s *Store) Comments(ctx context.Context, id ID) ([]Comment, error) {
	found := []Comment{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, request_id, body, said_by, created_by, created_at FROM request_comments WHERE request_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "comments on request %d", id)
}

// ByToken returns the request that a department's link is about. Returns a
// forbidden fault if the link is too old, or the request has gone elsewhere.
func (s *Store) ByToken(ctx context.Context, token string) (Request, error) {
	var r Request
	err := s.db.GetContext(ctx, &r, `
		SELECT `+columns+` FROM requests
		 WHERE department <> '' AND id = (SELECT request_id FROM request_links WHERE token_hash = $1 AND expires_at > $2)`, hashOf(token), s.clock.Now())
	if err = postgres.Fault(err, "this link"); fault.Is(err, fault.NotFound) {
		return Request{}, fault.New(fault.Forbidden, "this link is too old, or the request was given to someone else")
	}
	return r, err
}

// Answer keeps what a department answers by its link, and mails who asked. With
// done the request is, too.
func (s *Store) Answer(ctx context.Context, token, name, body string, done bool) error {
	r, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	ctx = postgres.WithActor(ctx, "department:"+fmt.Sprint(r.ID))
	asker, err := s.userOf(ctx, r.CreatedBy)
	if err != nil {
		return err
	}
	if name == "" {
		name = r.Department
	}
	return s.say(ctx, r.ID, Comment{Body: body, SaidBy: name}, func(tx *sqlx.Tx, r Request) error {
		state := r.State
		if done {
			state = Done
		}
		if _, err := tx.ExecContext(ctx, `UPDATE requests SET state = $2 WHERE id = $1`, r.ID, state); err != nil || asker.Email == "" {
			return postgres.Fault(err, "request %d", r.ID)
		}
		return s.post(ctx, tx, r, asker.Email, "answered", fill(answeredLetters, asker.Locale, asker.Name, name, s.page(r), r, body))
	})
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
