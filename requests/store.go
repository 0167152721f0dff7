package requests

import (
	"context"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps requests and mails those whom they concern.
type Store struct {
	db      *sqlx.DB
	clock   clock.Clock
	key     postgres.Key // for departments, which their links prove
	users   *accounts.Store
	notices *notices.Store
	url     string // where staff and departments reach the desk
}

// NewStore returns the store of requests in db, whose mails lead to url.
func NewStore(db *sqlx.DB, clk clock.Clock, key postgres.Key, users *accounts.Store, post *notices.Store, url string) *Store {
	return &Store{db: db, clock: clk, key: key, users: users, notices: post, url: url}
}

const columns = `id, label_id, kind, title, body, state, assignee_id, department, address, due_on, about_kind, about_ref, created_by, created_at, updated_at`

// Create keeps a new request with its files, and mails whom it is assigned to.
func (s *Store) Create(ctx context.Context, r Request, files ...Upload) (Request, error) {
	r.State = Open
	if err := r.Check(); err != nil {
		return Request{}, err
	}
	var made Request
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := s.mayAct(ctx, tx, r); err != nil {
			return err
		}
		err := tx.GetContext(ctx, &made, `
			INSERT INTO requests
			       (label_id, kind, title, body, assignee_id, department, address, due_on, about_kind, about_ref, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
			RETURNING `+columns, r.LabelID, r.Kind, r.Title, r.Body, r.AssigneeID, r.Department, r.Address, r.DueOn, r.AboutKind, r.AboutRef, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.this_request")
		}
		for _, file := range files {
			if err := s.addFile(ctx, tx, made.ID, file); err != nil {
				return err
			}
		}
		by, err := s.actor(ctx, tx)
		if err != nil {
			return err
		}
		return s.tellAssignee(ctx, tx, made, by)
	})
	return made, err
}

// Get returns the request.
func (s *Store) Get(ctx context.Context, id ID) (Request, error) {
	var r Request
	err := s.db.GetContext(ctx, &r, `SELECT `+columns+` FROM requests WHERE id = $1`, id)
	return r, postgres.Fault(err, "thing.request", "id", id)
}

// Update locks a request, lets change apply, and saves it. Whom it is newly
// assigned to gets a mail; so does who asked, once it is done.
func (s *Store) Update(ctx context.Context, id ID, change func(*Request) error) (Request, error) {
	var r Request
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &r, `SELECT `+columns+` FROM requests WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.request", "id", id)
		}
		by, err := s.actor(ctx, tx)
		if err != nil {
			return err
		}
		before := r
		if err := change(&r); err != nil {
			return err
		}
		if err := r.Check(); err != nil {
			return err
		}
		if !sameAssignee(before, r) {
			if err := s.mayAct(ctx, tx, r); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE requests SET kind = $2, title = $3, body = $4, state = $5, assignee_id = $6, department = $7, address = $8, due_on = $9, updated_at = $10
			 WHERE id = $1`, id, r.Kind, r.Title, r.Body, r.State, r.AssigneeID, r.Department, r.Address, r.DueOn, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.request", "id", id)
		}
		if before.State != Done && r.State == Done {
			if err := s.tellAsker(ctx, tx, r, by); err != nil {
				return err
			}
		}
		if sameAssignee(before, r) {
			return nil
		}
		return s.tellAssignee(ctx, tx, r, by)
	})
	return r, err
}

// mayAct returns a fault unless whom the request is assigned to sees its label.
// Somebody who isn't there is met alike.
func (s *Store) mayAct(ctx context.Context, tx *sqlx.Tx, r Request) error {
	if r.AssigneeID == nil {
		return nil
	}
	u, err := s.users.GetIn(ctx, tx, *r.AssigneeID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return r.assign(u)
}

func sameAssignee(a, b Request) bool {
	person := func(r Request) accounts.UserID {
		if r.AssigneeID == nil {
			return 0
		}
		return *r.AssigneeID
	}
	return person(a) == person(b) && a.Address == b.Address
}

// Filter narrows a list of requests; what is empty narrows nothing.
type Filter struct {
	Labels     []labels.ID // nil: of all labels; empty: of none
	Text       string
	State      State
	Kind       Kind
	Assignee   accounts.UserID
	Department string
	About      Subject
	Unfinished bool
	DueBy      *civil.Date // due then, or before
}

// farDay stands for no due day, behind all others.
func farDay() civil.Date { return civil.Date{Year: 2099, Month: 12, Day: 31} }

// List returns a page of requests: the newest first, or by due.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Request], error) {
	id := paging.Number("id", func(r Request) ID { return r.ID })
	due := paging.Day("coalesce(due_on, DATE '2099-12-31')", func(r Request) civil.Date {
		if r.DueOn == nil {
			return farDay()
		}
		return *r.DueOn
	})
	found, err := paging.Select(ctx, s.db, []paging.Order[Request]{
		{Name: "newest", Down: true, Keys: []paging.Key[Request]{id}}, {Name: "due", Keys: []paging.Key[Request]{due, id}},
	}, ask, `
		SELECT `+columns+` FROM requests
		 WHERE ($1 = '' OR position(lower($1) in lower(title || ' ' || body)) > 0) AND ($2 = '' OR state = $2) AND ($3 = '' OR kind = $3)
		   AND ($4 = 0 OR assignee_id = $4) AND ($5 = '' OR department = $5) AND ($6 = '' OR (about_kind, about_ref) = ($6, $7))
		   AND (NOT $8 OR state <> 'done') AND ($9::date IS NULL OR due_on <= $9) AND ($10::int[] IS NULL OR label_id = ANY($10))`,
		f.Text, f.State, f.Kind, f.Assignee, f.Department, f.About.Kind, f.About.Ref, f.Unfinished, f.DueBy, pq.Array(f.Labels))
	return found, postgres.Fault(err, "thing.requests")
}

// About returns up to most requests of the labels that are attached to one of
// the subjects: first those that are still to be done, by their day, then what
// was done last.
func (s *Store) About(ctx context.Context, of []labels.ID, most int, subjects ...Subject) ([]Request, error) {
	kinds, refs := make([]string, len(subjects)), make([]string, len(subjects))
	for i, subject := range subjects {
		kinds[i], refs[i] = subject.Kind, subject.Ref
	}
	found := []Request{}
	// The first condition is what the index over subjects leaves out.
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+columns+` FROM requests
		 WHERE about_kind <> '' AND (about_kind, about_ref) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND label_id = ANY($4)
		 ORDER BY state = 'done', CASE WHEN state <> 'done' THEN due_on END, id DESC LIMIT $3`,
		pq.Array(kinds), pq.Array(refs), most, pq.Array(of))
	return found, postgres.Fault(err, "thing.requests_about")
}

// Department is one that was asked before.
type Department struct {
	Name    string `db:"department"`
	Address string `db:"address"`
}

// Departments returns those that the labels asked before, by name, each with
// its newest address.
func (s *Store) Departments(ctx context.Context, of []labels.ID) ([]Department, error) {
	found := []Department{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT ON (department) department, address FROM requests
		 WHERE department <> '' AND label_id = ANY($1) ORDER BY department, id DESC`, pq.Array(of))
	return found, postgres.Fault(err, "thing.departments")
}

// actor returns the user who acts.
func (s *Store) actor(ctx context.Context, tx *sqlx.Tx) (accounts.User, error) {
	return s.userOf(ctx, tx, postgres.Actor(ctx))
}

// userOf returns the user whom an actor names; Keur itself, which has no address,
// for another sort of actor.
func (s *Store) userOf(ctx context.Context, tx *sqlx.Tx, actor string) (accounts.User, error) {
	number, is := strings.CutPrefix(actor, "user:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil {
		return accounts.User{Name: "Keur", Locale: "nl"}, nil //nolint:nilerr // no user's number: Keur itself
	}
	return s.users.GetIn(ctx, tx, accounts.UserID(id))
}
