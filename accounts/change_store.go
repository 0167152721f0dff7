package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// ChangeKinds are the changes of users that another admin confirms.
func (s *Store) ChangeKinds() []changes.Kind {
	apply := userChanges{s}
	return []changes.Kind{{Name: changeAdd, Apply: apply.add}, {Name: changeUser, Apply: apply.alter}}
}

// userChanges write what was confirmed.
type userChanges struct{ *Store }

// ChangeKinds are the changes of second factors that another admin confirms.
func (f *Factors) ChangeKinds() []changes.Kind {
	return []changes.Kind{{Name: changeFactor, Apply: func(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
		var id UserID
		if err := json.Unmarshal(r.Payload, &id); err != nil {
			return fmt.Errorf("read change %d: %w", r.ID, err)
		}
		return f.reset(ctx, tx, id)
	}}}
}

// ChangeKinds are the changes of providers that another admin confirms.
func (s *Providers) ChangeKinds() []changes.Kind {
	return []changes.Kind{{Name: changeProvider, Apply: func(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
		var to savedProvider
		if err := json.Unmarshal(r.Payload, &to); err != nil {
			return fmt.Errorf("read change %d: %w", r.ID, err)
		}
		if to.Before != nil {
			now, err := s.row(ctx, tx, to.ID, `FOR UPDATE`)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(now.provider(), *to.Before) {
				return fault.New(fault.Conflict, "changes.moved_on")
			}
		}
		return s.save(ctx, tx, &to.Provider, to)
	}}}
}

func additionOf(ctx context.Context, tx *sqlx.Tx, u User) (changes.Proposal, error) {
	codes, err := labelCodes(ctx, tx)
	u = u.clone()
	u.ID, u.Change = 0, nil
	return changes.Proposal{
		Kind: changeAdd, Subject: "users:" + u.Email, What: said(User{}, u, codes), Payload: u, Rows: rowsOf(User{}, u),
	}, err
}

func alterationOf(ctx context.Context, tx *sqlx.Tx, before, after User) (changes.Proposal, error) {
	codes, err := labelCodes(ctx, tx)
	before.Change, after.Change = nil, nil
	return changes.Proposal{
		Kind: changeUser, Subject: subjectOf(after.ID), What: said(before, after, codes), Payload: altered{before, after},
		Rows: rowsOf(before, after),
	}, err
}

func (s userChanges) add(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
	var u User
	if err := json.Unmarshal(r.Payload, &u); err != nil {
		return fmt.Errorf("read change %d: %w", r.ID, err)
	}
	_, err := s.insert(ctx, tx, u, "")
	return err
}

// alter writes the user as proposed, unless they changed since.
func (s userChanges) alter(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
	var to altered
	if err := json.Unmarshal(r.Payload, &to); err != nil {
		return fmt.Errorf("read change %d: %w", r.ID, err)
	}
	now, err := s.one(ctx, tx, lockUser, to.After.ID)
	if err != nil {
		return err
	}
	if !now.decidesAs(to.Before) {
		return fault.New(fault.Conflict, "changes.moved_on")
	}
	to.After.Name, to.After.Locale = now.Name, now.Locale
	return saveUser(ctx, tx, to.After)
}

// arrive adds a newcomer of a provider, who may view and no more.
func (s *Providers) arrive(ctx context.Context, u User) (User, error) {
	if err := u.Validate(); err != nil {
		return User{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		u, err = s.gate.users.insert(ctx, tx, u, "")
		return err
	})
	return u, err
}

func labelCodes(ctx context.Context, tx *sqlx.Tx) (map[labels.ID]string, error) {
	var rows []struct {
		ID   labels.ID `db:"id"`
		Code string    `db:"code"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT id, code FROM labels`); err != nil {
		return nil, postgres.Fault(err, "thing.labels")
	}
	codes := make(map[labels.ID]string, len(rows))
	for _, l := range rows {
		codes[l.ID] = l.Code
	}
	return codes, nil
}
