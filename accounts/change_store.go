package accounts

import (
	"context"
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
	of := func(ctx context.Context, q sqlx.QueryerContext, to altered) (changes.Proposal, error) {
		return alterationOf(ctx, q, to.Before, to.After)
	}
	lift := func(ctx context.Context, q sqlx.QueryerContext, id UserID) (changes.Proposal, error) {
		u, err := userRow(ctx, q, id)
		return liftOf(u), err
	}
	return []changes.Kind{
		changes.KindOf(changeAdd, additionOf, apply.add), changes.KindOf(ChangeUser, of, apply.alter),
		changes.KindOf(changeLift, lift, liftCooling),
	}
}

// userChanges write what was confirmed.
type userChanges struct{ *Store }

// ChangeKinds are the changes of second factors that another admin confirms.
func (f *Factors) ChangeKinds() []changes.Kind {
	of := func(ctx context.Context, q sqlx.QueryerContext, id UserID) (changes.Proposal, error) {
		u, err := userRow(ctx, q, id)
		return resetOf(u), err
	}
	return []changes.Kind{changes.KindOf(changeFactor, of, f.reset)}
}

// userRow returns a user without the roles.
func userRow(ctx context.Context, q sqlx.QueryerContext, id UserID) (u User, err error) {
	err = sqlx.GetContext(ctx, q, &u, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id)
	return u, postgres.Fault(err, "thing.this_user")
}

// ChangeKinds are the changes of providers that another admin confirms.
func (s *Providers) ChangeKinds() []changes.Kind {
	return []changes.Kind{changes.KindOf(changeProvider, providerOf, s.apply)}
}

func providerOf(ctx context.Context, q sqlx.QueryerContext, to savedProvider) (changes.Proposal, error) {
	codes, err := labelCodes(ctx, q)
	return to.proposal(codes), err
}

// apply writes the provider as proposed, unless it changed since.
func (s *Providers) apply(ctx context.Context, tx *sqlx.Tx, to savedProvider) error {
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
}

func additionOf(ctx context.Context, q sqlx.QueryerContext, u User) (changes.Proposal, error) {
	codes, err := labelCodes(ctx, q)
	u = u.clone()
	u.ID, u.Change = 0, nil
	return changes.Proposal{
		Kind: changeAdd, Subject: "users:" + u.Email, What: said(User{}, u, codes), Payload: u, Rows: rowsOf(User{}, u),
	}, err
}

func alterationOf(ctx context.Context, q sqlx.QueryerContext, before, after User) (changes.Proposal, error) {
	codes, err := labelCodes(ctx, q)
	if err != nil {
		return changes.Proposal{}, err
	}
	// A name is what the user is called, not what a proposal calls them.
	if err := sqlx.GetContext(ctx, q, &after.Name, `SELECT name FROM users WHERE id = $1`, after.ID); err != nil {
		return changes.Proposal{}, postgres.Fault(err, "thing.this_user")
	}
	before.Change, after.Change = nil, nil
	return changes.Proposal{
		Kind: ChangeUser, Subject: subjectOf(after.ID), What: said(before, after, codes), Payload: altered{before, after},
		Rows: rowsOf(before, after),
	}, nil
}

func (s userChanges) add(ctx context.Context, tx *sqlx.Tx, u User) error {
	_, err := s.insert(ctx, tx, u, "")
	return err
}

// alter writes the user as proposed, unless they changed since.
func (s userChanges) alter(ctx context.Context, tx *sqlx.Tx, to altered) error {
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
		u, err = s.signIns.users.insert(ctx, tx, u, "")
		return err
	})
	return u, err
}

func labelCodes(ctx context.Context, q sqlx.QueryerContext) (map[labels.ID]string, error) {
	var rows []struct {
		ID   labels.ID `db:"id"`
		Code string    `db:"code"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, `SELECT id, code FROM labels`); err != nil {
		return nil, postgres.Fault(err, "thing.labels")
	}
	codes := make(map[labels.ID]string, len(rows))
	for _, l := range rows {
		codes[l.ID] = l.Code
	}
	return codes, nil
}
