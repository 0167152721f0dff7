package approval

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/carried"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Prospects tells of a mailing what a round would be if it were put up now.
type Prospects struct{ engine *Engine }

// Rest reports whether a verdict that a client gave before may count for the mailing's
// newest revision, so that it takes Steps to say whom a round would ask.
func (p *Prospects) Rest(ctx context.Context, m *mailings.Mailing) (bool, error) {
	if m.RevisionID == nil || m.Kind == mailings.Solo {
		return false, nil
	}
	return carried.Approved(ctx, p.engine.db, m.ID)
}

// Steps returns the steps that a round would have if the user put the newest
// revision up now: a client's with the earlier verdict that would count, or why they
// would be asked again. It returns none where no client approved the mailing before,
// and where it can't be put up as it is. The user is one who may put it up. It counts
// the audience, which is part of what has to be as it was.
func (p *Prospects) Steps(ctx context.Context, m *mailings.Mailing, by accounts.UserID) ([]Review, error) {
	if rest, err := p.Rest(ctx, m); err != nil || !rest {
		return nil, err
	}
	steps, err := foresee(ctx, p.engine, m.ID, *m.RevisionID, by)
	switch fault.Of(err) { // it can't be put up: the page says why where one tries
	case fault.Invalid, fault.Conflict, fault.Forbidden, fault.NotFound:
		return nil, nil
	}
	return steps, err
}

// errForeseen takes back what was written to ask the database.
var errForeseen = errors.New("foreseen")

// foresee opens the round as Put does, and takes it back: what carries is the
// database's to say, of a round that is there.
func foresee(ctx context.Context, e *Engine, id mailings.ID, revision mailings.RevisionID, by accounts.UserID) ([]Review, error) {
	m, content, rev, err := e.submittable(ctx, id, revision)
	if err != nil {
		return nil, err
	}
	policy, err := e.Policies.For(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return nil, err
	}
	round, err := e.prepare(ctx, &m, &content, rev, &policy, 0, by)
	if err != nil {
		return nil, err
	}
	if err := earlier(ctx, e, &m, &content, &round, &policy); err != nil {
		return nil, err
	}
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
		if err := open(ctx, e, tx, &round); err != nil {
			return err
		}
		return errForeseen
	})
	if !errors.Is(err, errForeseen) {
		return nil, err
	}
	carry(&round, e.clock.Now())
	for i := range round.Reviews {
		v := &round.Reviews[i]
		if v.ID = 0; v.Carried != nil {
			v.Carried.Stands = true
		}
	}
	return round.Reviews, nil
}

// withForeseen tells of each client's step what would become of an earlier verdict.
func withForeseen(steps []Deciders, foreseen []Review) {
	for i := range steps {
		for _, v := range foreseen {
			if steps[i].AdvertiserID != nil && v.AdvertiserID != nil && *v.AdvertiserID == *steps[i].AdvertiserID {
				steps[i].Carried, steps[i].AskedAgain = v.Carried, v.AskedAgain
			}
		}
	}
}

// Deciders returns who could take each step if the user put the newest revision up
// now. Who may do so reads of a client who approved before whether they are asked again.
func (p *Prospects) Deciders(ctx context.Context, m *mailings.Mailing, by accounts.User) ([]Deciders, error) {
	steps, err := p.engine.Candidates.Now(ctx, m, by.ID)
	if err != nil || !by.Can(m.LabelID, accounts.Planner) {
		return steps, err
	}
	foreseen, err := p.Steps(ctx, m, by.ID)
	withForeseen(steps, foreseen)
	return steps, err
}
