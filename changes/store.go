package changes

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
)

// Kind is a kind of change, which a room registers.
type Kind struct {
	Name string
	// Of derives from a payload what the change is about, what it says and the
	// rows that it writes. Who proposes a change words none of it.
	Of func(ctx context.Context, q sqlx.QueryerContext, payload json.RawMessage) (Proposal, error)
	// Decides says whether who acts may confirm or refuse it, where the room
	// asks for more than that it is another person; nil: the guard alone.
	Decides func(ctx context.Context, tx *sqlx.Tx, r Request) error
	// Apply writes what was confirmed, within the transaction that confirms it.
	Apply func(ctx context.Context, tx *sqlx.Tx, r Request) error
}

// KindOf returns the kind whose payload is a T.
func KindOf[T any](
	name string, of func(ctx context.Context, q sqlx.QueryerContext, payload T) (Proposal, error),
	apply func(ctx context.Context, tx *sqlx.Tx, payload T) error,
) Kind {
	return Kind{
		Name: name,
		Of: func(ctx context.Context, q sqlx.QueryerContext, payload json.RawMessage) (Proposal, error) {
			v, err := Read[T](payload)
			if err != nil {
				return Proposal{}, err
			}
			return of(ctx, q, v)
		},
		Apply: func(ctx context.Context, tx *sqlx.Tx, r Request) error {
			v, err := Read[T](r.Payload)
			if err != nil {
				return err
			}
			return apply(ctx, tx, v)
		},
	}
}

// Read reads a payload. Returns a Conflict if this version of Keur can't.
func Read[T any](payload json.RawMessage) (v T, err error) {
	if err := json.Unmarshal(payload, &v); err != nil {
		return v, fault.New(fault.Conflict, "changes.unreadable")
	}
	return v, nil
}

// Store keeps change requests, and has their rooms apply what is confirmed.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
	kinds map[string]Kind
	proof func(context.Context, *sqlx.Tx) error // of whoever confirms; nil: the database alone asks for it
}

// NewStore returns the store of change requests in db, of these kinds.
func NewStore(db *sqlx.DB, now clock.Clock, kinds ...[]Kind) *Store {
	s := &Store{db: db, clock: now, kinds: map[string]Kind{}}
	for _, room := range kinds {
		for _, k := range room {
			s.kinds[k.Name] = k
		}
	}
	return s
}

// Proving has the store ask whoever confirms a change to prove who they are, as
// the database does (change_requests_proven).
func (s *Store) Proving(ask func(context.Context, *sqlx.Tx) error) *Store {
	s.proof = ask
	return s
}

const columns = `id, kind, subject, payload, state, proposed_by, proposed_at, expires_at, decided_by, decided_at, alone, seen_by, seen_at`

// Propose puts down, in the caller's transaction, that who acts wants a change.
// While one person may do it alone the request comes back confirmed, and the
// caller writes the rows at once; else, and for a program, which can't prove that
// its owner is there, it waits, and the caller writes nothing.
// Before there is a first admin nothing is recorded. Without a clock of the
// caller's, now is zero, it goes by the database's.
func Propose(ctx context.Context, tx *sqlx.Tx, now time.Time, p Proposal) (Request, error) {
	var rules struct {
		Guarded bool      `db:"guarded"`
		Waits   bool      `db:"waits"`
		Now     time.Time `db:"now"`
	}
	if err := tx.GetContext(ctx, &rules, `
		SELECT admin_since IS NOT NULL AS guarded, change_waits($1) AS waits, now() AS now FROM change_rules`, p.Kind); err != nil {
		return Request{}, postgres.Fault(err, "thing.change_request")
	}
	if now.IsZero() {
		now = rules.Now
	}
	if !rules.Guarded && !rules.Waits {
		return Request{Kind: p.Kind, Subject: p.Subject, What: p.What, State: Confirmed}, nil
	}
	r, err := insert(ctx, tx, now, p)
	if err != nil || rules.Waits {
		return r, err
	}
	if err := r.Confirm(Confirmer{By: r.ProposedBy, Alone: true}, now); err != nil {
		return r, err
	}
	err = save(ctx, tx, &r)
	return r, err
}

func insert(ctx context.Context, tx *sqlx.Tx, now time.Time, p Proposal) (r Request, err error) {
	payload, err := json.Marshal(p.Payload)
	if err != nil {
		return r, fmt.Errorf("write change %s: %w", p.Kind, err)
	}
	rows, err := json.Marshal(p.Rows)
	if err != nil {
		return r, fmt.Errorf("write rows of change %s: %w", p.Kind, err)
	}
	err = tx.GetContext(ctx, &r, `
		INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		RETURNING `+columns, p.Kind, p.Subject, string(payload), string(rows), now, now.Add(life))
	r.What = p.What
	return r, postgres.Fault(err, "thing.change_request")
}

// save writes what was decided; the table says by whom, and when.
func save(ctx context.Context, tx *sqlx.Tx, r *Request) error {
	err := tx.GetContext(ctx, &r.DecidedAt, `
		UPDATE change_requests SET state = $2, decided_at = $3, seen_at = $4 WHERE id = $1 RETURNING decided_at`,
		r.ID, r.State, r.DecidedAt, r.SeenAt)
	return postgres.Fault(err, "thing.change", "id", r.ID)
}

// Propose puts down that who acts wants a change, and applies it at once while
// one person may do it alone.
func (s *Store) Propose(ctx context.Context, p Proposal) (r Request, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if r, err = Propose(ctx, tx, s.clock.Now(), p); err != nil || r.Waits() {
			return err
		}
		if r.Payload == nil {
			if r.Payload, err = json.Marshal(p.Payload); err != nil {
				return err
			}
		}
		return s.apply(ctx, tx, r)
	})
	return r, err
}

// Confirm applies the change for good. It takes another person than who
// proposed it; while there is no other, that person at the desk.
func (s *Store) Confirm(ctx context.Context, id ID) (Request, error) {
	return s.update(ctx, id, func(tx *sqlx.Tx, r *Request) error {
		if err := s.decides(ctx, tx, *r); err != nil {
			return err
		}
		if err := s.asDerived(ctx, tx, *r); err != nil {
			return err
		}
		who := confirmer(ctx)
		if err := tx.GetContext(ctx, &who.Alone, `SELECT NOT change_takes_two($1)`, r.Kind); err != nil {
			return postgres.Fault(err, "thing.change", "id", r.ID)
		}
		if err := r.Confirm(who, s.clock.Now()); err != nil {
			return err
		}
		if err := s.prove(ctx, tx); err != nil {
			return err
		}
		if err := save(ctx, tx, r); err != nil {
			return err
		}
		return s.apply(ctx, tx, *r)
	})
}

func confirmer(ctx context.Context) Confirmer {
	return Confirmer{By: postgres.Actor(ctx), Program: postgres.By(ctx) == postgres.ByToken}
}

func (s *Store) prove(ctx context.Context, tx *sqlx.Tx) error {
	if s.proof == nil {
		return nil
	}
	return s.proof(ctx, tx)
}

// Refuse leaves things as they are.
func (s *Store) Refuse(ctx context.Context, id ID) (Request, error) {
	return s.update(ctx, id, func(tx *sqlx.Tx, r *Request) error {
		if err := s.decides(ctx, tx, *r); err != nil {
			return err
		}
		if err := r.Refuse(postgres.Actor(ctx), s.clock.Now()); err != nil {
			return err
		}
		return save(ctx, tx, r)
	})
}

// Withdraw takes back what who acts proposed.
func (s *Store) Withdraw(ctx context.Context, id ID) (Request, error) {
	return s.update(ctx, id, func(tx *sqlx.Tx, r *Request) error {
		if err := r.Withdraw(postgres.Actor(ctx), s.clock.Now()); err != nil {
			return err
		}
		return save(ctx, tx, r)
	})
}

// See notes that who acts looked at what another did alone.
func (s *Store) See(ctx context.Context, id ID) (Request, error) {
	return s.update(ctx, id, func(tx *sqlx.Tx, r *Request) error {
		if err := r.See(confirmer(ctx), s.clock.Now()); err != nil {
			return err
		}
		if err := s.prove(ctx, tx); err != nil {
			return err
		}
		return save(ctx, tx, r)
	})
}

// update locks a request, lets change apply the rules, and returns the outcome.
func (s *Store) update(ctx context.Context, id ID, change func(*sqlx.Tx, *Request) error) (r Request, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		r = Request{}
		if err := tx.GetContext(ctx, &r, `SELECT `+columns+` FROM change_requests WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.change", "id", id)
		}
		if err := s.describe(ctx, tx, &r); err != nil {
			return err
		}
		return change(tx, &r)
	})
	return r, err
}

// derived returns what the payload of a request comes to.
func (s *Store) derived(ctx context.Context, q sqlx.QueryerContext, r Request) (Proposal, error) {
	k, known := s.kinds[r.Kind]
	if !known {
		return Proposal{}, fault.New(fault.Conflict, "changes.unknown_kind", "kind", r.Kind)
	}
	return k.Of(ctx, q, r.Payload)
}

// describe has the request say what it changes, or why that can't be told.
func (s *Store) describe(ctx context.Context, q sqlx.QueryerContext, r *Request) error {
	p, err := s.derived(ctx, q, *r)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		r.What = words.OfError(err)
		return nil
	}
	r.What = p.What
	return err
}

// asDerived returns a Conflict unless the request is about what its payload is
// about, and would write the rows that follow from it.
func (s *Store) asDerived(ctx context.Context, tx *sqlx.Tx, r Request) error {
	p, err := s.derived(ctx, tx, r)
	if err != nil {
		return err
	}
	rows, err := json.Marshal(p.Rows)
	if err != nil {
		return fmt.Errorf("write rows of change %d: %w", r.ID, err)
	}
	var same bool
	if err := tx.GetContext(ctx, &same, `SELECT rows = $2 AND subject = $3 FROM change_requests WHERE id = $1`,
		r.ID, string(rows), p.Subject); err != nil {
		return postgres.Fault(err, "thing.change", "id", r.ID)
	}
	if !same {
		return fault.New(fault.Conflict, "changes.moved_on")
	}
	return nil
}

func (s *Store) decides(ctx context.Context, tx *sqlx.Tx, r Request) error {
	if k := s.kinds[r.Kind]; k.Decides != nil {
		return k.Decides(ctx, tx, r)
	}
	return nil
}

func (s *Store) apply(ctx context.Context, tx *sqlx.Tx, r Request) error {
	k, known := s.kinds[r.Kind]
	if !known {
		return fault.New(fault.Conflict, "changes.unknown_kind", "kind", r.Kind)
	}
	return k.Apply(ctx, tx, r)
}
