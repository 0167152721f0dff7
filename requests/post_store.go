package requests

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/postgres"
)

// linkLife is how long a department can answer by its link.
const linkLife = 30 * 24 * time.Hour

// How many letters of a day go to one department, and to all that a label asks:
// whoever may ask could have anything mailed to anybody.
const (
	dayLetters      = 30
	dayLabelLetters = 300
)

// mayTell returns a limited fault once as many letters went as may in a day.
func (s *Store) mayTell(ctx context.Context, tx *sqlx.Tx, r Request) error {
	var there, all int
	err := tx.QueryRowxContext(ctx, `
		SELECT count(*) FILTER (WHERE lower(l.address) = lower($1)), count(*) FILTER (WHERE r.label_id = $2)
		  FROM request_links l JOIN requests r ON r.id = l.request_id
		 WHERE l.expires_at > $3`, r.Address, r.LabelID, s.clock.Now().Add(linkLife-24*time.Hour)).Scan(&there, &all)
	switch {
	case err != nil:
		return postgres.Fault(err, "thing.link_of_request", "request", r.ID)
	case there >= dayLetters:
		return fault.New(fault.Limited, "requests.letters_range", "most", dayLetters)
	case all >= dayLabelLetters:
		return fault.New(fault.Limited, "requests.label_letters_range", "most", dayLabelLetters)
	}
	return nil
}

// tellAssignee mails whom the request is assigned to; nobody who took it up
// themselves. A department gets a link by which it answers.
func (s *Store) tellAssignee(ctx context.Context, tx *sqlx.Tx, r Request, by accounts.User) error {
	if r.Department != "" {
		return s.tellDepartment(ctx, tx, r, "asked", "request_letter.department", by, r.Body)
	}
	if r.AssigneeID == nil || *r.AssigneeID == by.ID {
		return nil
	}
	u, err := s.users.GetIn(ctx, tx, *r.AssigneeID)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, r, u, "assigned", "request_letter.assigned", by.Name, r.Body)
}

// tellAsker mails who asked that it is done.
func (s *Store) tellAsker(ctx context.Context, tx *sqlx.Tx, r Request, by accounts.User) error {
	asker, err := s.userOf(ctx, tx, r.CreatedBy)
	if err != nil || asker.ID == by.ID {
		return err
	}
	return s.tell(ctx, tx, r, asker, "done", "request_letter.done", by.Name, r.Body)
}

// tell mails a user about the request; nobody who doesn't work here any more, or
// not for its label.
func (s *Store) tell(
	ctx context.Context, tx *sqlx.Tx, r Request, u accounts.User, why string, letter string, by, text string,
) error {
	if u.Email == "" || !u.Knows(r.LabelID) {
		return nil
	}
	return s.post(ctx, tx, r, u.Email, why, fill(letter, u.Locale, u.Name, by, s.page(r), r, text))
}

// tellDepartment mails the department that has the request, with a link of its own.
func (s *Store) tellDepartment(
	ctx context.Context, tx *sqlx.Tx, r Request, why string, letter string, by accounts.User, text string,
) error {
	if err := s.mayTell(ctx, tx, r); err != nil {
		return err
	}
	token := rand.Text() + rand.Text()
	_, err := tx.ExecContext(ctx, `INSERT INTO request_links (token_hash, request_id, address, expires_at) VALUES ($1, $2, $3, $4)`,
		hashOf(token), r.ID, r.Address, s.clock.Now().Add(linkLife))
	if err != nil {
		return postgres.Fault(err, "thing.link_of_request", "request", r.ID)
	}
	return s.post(ctx, tx, r, r.Address, why, fill(letter, by.Locale, r.Department, by.Name, s.url+"/answer/"+token, r, text))
}

// page is where staff read the request.
func (s *Store) page(r Request) string { return fmt.Sprintf("%s/requests/%d", s.url, r.ID) }

// post queues a mail about the request, in the transaction of what it tells.
func (s *Store) post(ctx context.Context, tx *sqlx.Tx, r Request, to, why string, l notices.Letter) error {
	key := fmt.Sprintf("request:%d:%s:%s", r.ID, why, rand.Text())
	return s.notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: to, Letter: l})
}

// Comment keeps what a user says, and mails those whom it mentions, who asked,
// and who has the request.
func (s *Store) Comment(ctx context.Context, id ID, body string) error {
	var everyone []accounts.User
	for u, err := range paging.All(func(ask paging.Ask) (paging.Page[accounts.User], error) {
		return s.users.List(ctx, accounts.Filter{Active: true}, ask)
	}) {
		if err != nil {
			return err
		}
		everyone = append(everyone, u)
	}
	return s.say(ctx, id, Comment{Body: body}, func(tx *sqlx.Tx, r Request) error {
		by, err := s.actor(ctx, tx)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(slices.Clone(everyone), func(u accounts.User) bool { return u.ID == by.ID })
		named := mentioned(body, others)
		for _, u := range others {
			letter, why := "request_letter.said", "said"
			if slices.ContainsFunc(named, func(n accounts.User) bool { return n.ID == u.ID }) {
				letter, why = "request_letter.mention", "mentioned"
			} else if !r.concerns(u) {
				continue
			}
			if err := s.tell(ctx, tx, r, u, why, letter, by.Name, body); err != nil {
				return err
			}
		}
		if r.Department == "" {
			return nil
		}
		return s.tellDepartment(ctx, tx, r, "said", "request_letter.department_said", by, body)
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
			return postgres.Fault(err, "thing.request", "id", id)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO request_comments (request_id, body, author_name, created_at) VALUES ($1, $2, $3, $4)`,
			id, c.Body, c.AuthorName, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.comment_on_request", "request", id)
		}
		return tell(tx, r)
	})
}

// Comments returns what was said about a request, the oldest first.
func (s *Store) Comments(ctx context.Context, id ID) ([]Comment, error) {
	found := []Comment{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, request_id, body, author_name, created_by, created_at FROM request_comments WHERE request_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "thing.comments_on_request", "request", id)
}

// ByToken returns the request that a department's link is about. Returns a
// forbidden fault if the link is too old, or the request has gone elsewhere.
func (s *Store) ByToken(ctx context.Context, token string) (Request, error) {
	var r Request
	err := s.db.GetContext(ctx, &r, `
		SELECT `+columns+` FROM requests
		 WHERE department <> '' AND (id, address) = (
		         SELECT request_id, address FROM request_links WHERE id = secret_id('request_links', $1) AND expires_at > $2)`, []byte(token), s.clock.Now())
	if err = postgres.Fault(err, "thing.this_link"); fault.Is(err, fault.NotFound) {
		return Request{}, fault.New(fault.Forbidden, "requests.link_too_old")
	}
	return r, err
}

// Reply is what a department answers.
type Reply struct {
	Name, Body string
	Done       bool // with this the request is
	Files      []Upload
}

// Answer keeps what a department answers by its link, and mails who asked.
func (s *Store) Answer(ctx context.Context, token string, said Reply) error {
	r, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	ctx = s.key.Acting(ctx, "department:"+fmt.Sprint(r.ID))
	name := cmp.Or(form.Cut(form.Fit(said.Name, form.MaxName)), r.Department)
	return s.say(ctx, r.ID, Comment{Body: said.Body, AuthorName: name}, func(tx *sqlx.Tx, r Request) error {
		for _, file := range said.Files {
			if err := s.addFile(ctx, tx, r.ID, file); err != nil {
				return err
			}
		}
		if said.Done {
			if _, err := tx.ExecContext(ctx, `UPDATE requests SET state = $2 WHERE id = $1`, r.ID, Done); err != nil {
				return postgres.Fault(err, "thing.request", "id", r.ID)
			}
		}
		asker, err := s.userOf(ctx, tx, r.CreatedBy)
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, r, asker, "answered", "request_letter.answered", name, said.Body)
	})
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
