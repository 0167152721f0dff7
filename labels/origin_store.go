package labels

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
)

// proposeLabel asks for a new label. Its code must be free already, as it would
// be too late to say so when another confirms.
func proposeLabel(ctx context.Context, tx *sqlx.Tx, l Label) (r changes.Request, err error) {
	var taken bool
	if err := tx.GetContext(ctx, &taken, `SELECT EXISTS (SELECT FROM labels WHERE code = $1)`, l.Code); err != nil {
		return r, postgres.Fault(err, "thing.label_coded", "code", l.Code)
	}
	if taken {
		return r, fault.New(fault.Conflict, "labels.code_taken", "code", l.Code)
	}
	p, err := additionOf(ctx, tx, l)
	if err != nil {
		return r, err
	}
	return changes.Propose(ctx, tx, time.Time{}, p)
}

func additionOf(ctx context.Context, q sqlx.QueryerContext, l Label) (changes.Proposal, error) {
	way, err := wayOut(ctx, q, l.SMTPRouteID)
	return changes.Proposal{
		Kind: changeLabelAdd, Subject: "labels:" + l.Code, Payload: l, What: l.addition(way), Rows: l.origin().rows(l.Code, 0, Origin{}),
	}, err
}

// proposeOrigin asks for another origin of a label, and returns what waits; nil
// if there is none or it may hold at once.
func proposeOrigin(ctx context.Context, tx *sqlx.Tx, before, after Label) (*changes.Request, error) {
	to := savedOrigin{before.ID, before.origin(), after.origin()}
	if !to.changes() {
		return nil, nil
	}
	p, err := originOf(ctx, tx, to)
	if err != nil {
		return nil, err
	}
	r, err := changes.Propose(ctx, tx, time.Time{}, p)
	if err != nil || !r.Waits() {
		return nil, err
	}
	return &r, nil
}

func originOf(ctx context.Context, q sqlx.QueryerContext, to savedOrigin) (p changes.Proposal, err error) {
	var of Label
	if err := sqlx.GetContext(ctx, q, &of, `SELECT code, name FROM labels WHERE id = $1`, to.ID); err != nil {
		return p, postgres.Fault(err, "thing.label", "id", to.ID)
	}
	way, err := wayOut(ctx, q, to.After.SMTPRouteID)
	return changes.Proposal{
		Kind: changeOrigin, Subject: subjectOf(to.ID), Payload: to, What: to.said(of.Name, way),
		Rows: to.After.rows(of.Code, to.ID, to.Before),
	}, err
}

// wayOut says by which route mail leaves, and where that leads.
func wayOut(ctx context.Context, q sqlx.QueryerContext, id *RouteID) (words.Message, error) {
	if id == nil {
		return words.Of("change.way_captured"), nil
	}
	var route Route
	err := sqlx.GetContext(ctx, q, &route, `SELECT name, kind, host FROM smtp_routes WHERE id = $1`, *id)
	if errors.Is(err, sql.ErrNoRows) {
		return words.Message{}, fault.At("smtp_route_id", "labels.route_missing")
	}
	if route.Kind == Direct {
		return words.Of("change.way_direct", "route", route.Name), postgres.Fault(err, "thing.route", "id", *id)
	}
	return words.Of("change.way_route", "route", route.Name, "host", route.Host), postgres.Fault(err, "thing.route", "id", *id)
}

// ChangeKinds are the changes of labels that another admin confirms.
func (s *Store) ChangeKinds() []changes.Kind {
	return []changes.Kind{
		changes.KindOf(changeLabelAdd, additionOf, func(ctx context.Context, tx *sqlx.Tx, l Label) error {
			_, err := s.insert(ctx, tx, l)
			return err
		}),
		changes.KindOf(changeOrigin, originOf, s.applyOrigin),
	}
}

// applyOrigin writes the origin as proposed, unless it changed since.
func (s *Store) applyOrigin(ctx context.Context, tx *sqlx.Tx, to savedOrigin) error {
	now, err := s.locked(ctx, tx, to.ID)
	if err != nil {
		return err
	}
	if !now.origin().same(to.Before) {
		return fault.New(fault.Conflict, "changes.moved_on")
	}
	after := now.from(to.After)
	after.Seeds = to.seeds(now.Seeds)
	_, err = s.save(ctx, tx, after)
	return err
}
