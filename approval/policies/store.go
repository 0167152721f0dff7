package policies

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps policies.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db, clock} }

const columns = `id, label_id, advertiser_id, client_waivable, waived_by, lead_from, drift_percent, client_hours, colleague_hours, remind_hours,
	recurring_occurrences, recurring_months, end_remind_days, strong_proof, client_code, asks_all, refuses_tokens, cooling_hours,
	hold_broken_links, attachments, attachments_most, attachments_bytes, version`

// Of returns the policies set for a label: its own first, then those of
// advertisers. A label that set none of its own has the default one.
func (s *Store) Of(ctx context.Context, label labels.ID) ([]Policy, error) {
	set := []Policy{}
	err := s.db.SelectContext(ctx, &set, `
		SELECT `+columns+` FROM approval_policies WHERE label_id = $1 ORDER BY advertiser_id NULLS FIRST`, label)
	if err != nil {
		return nil, postgres.Fault(err, "thing.label", "id", label)
	}
	if len(set) == 0 || set[0].AdvertiserID != nil {
		set = append([]Policy{Default(label)}, set...)
	}
	return set, nil
}

// For returns what holds for a mailing of the label with these
// advertisers placed: the label's policy, and where an advertiser has one of
// its own, that one; of several the strictest of each point.
func (s *Store) For(ctx context.Context, label labels.ID, advertisers []int64) (Policy, error) {
	set, err := s.Of(ctx, label)
	if err != nil {
		return Policy{}, err
	}
	own := make(map[int64]Policy)
	for _, p := range set[1:] {
		own[int64(*p.AdvertiserID)] = p
	}
	rule, first := set[0], true
	for _, id := range advertisers {
		p, ok := own[id]
		if !ok {
			p = set[0]
		}
		if first {
			rule, first = p, false
			continue
		}
		rule = rule.stricter(p)
	}
	return rule, nil
}

// Set saves the policy of a label, or of an advertiser under it, or
// proposes that where it takes another admin. It names the version that was
// edited (0 for a first one), else it is a conflict.
func (s *Store) Set(ctx context.Context, p Policy) (Policy, error) {
	p.WaivedBy = cmp.Or(p.WaivedBy, ByApprover)
	p.complete()
	p.Change = nil
	if err := p.Validate(); err != nil {
		return p, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		now, err := standing(ctx, tx, p)
		if err != nil {
			return err
		}
		p.ID = now.ID
		proposal, err := setting(ctx, tx, p)
		if err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, s.clock.Now(), proposal)
		if err != nil {
			return err
		}
		if r.Waits() {
			p.ID, p.Version, p.Change = now.ID, now.Version, &r
			return nil
		}
		p, err = save(ctx, tx, p, now)
		return err
	})
	return p, err
}

// standing returns what stands for p, none of it if nothing does. Returns a
// conflict if that is another version than p was made on.
func standing(ctx context.Context, tx *sqlx.Tx, p Policy) (now Policy, err error) {
	err = tx.GetContext(ctx, &now, `
		SELECT `+columns+` FROM approval_policies
		 WHERE label_id = $1 AND advertiser_id IS NOT DISTINCT FROM $2 FOR UPDATE`, p.LabelID, p.AdvertiserID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Policy{}, nil
	case err != nil:
		return now, postgres.Fault(err, "thing.policy")
	case now.Version != p.Version:
		return now, fault.New(fault.Conflict, "approval.policy_changed", "version", now.Version)
	}
	return now, nil
}

func save(_ context.Context, tx *sqlx.Tx, p, now Policy) (Policy, error) {
	if now.ID == 0 {
		rows, err := tx.NamedQuery(`
			INSERT INTO approval_policies (label_id, advertiser_id, client_waivable, waived_by, lead_from, drift_percent, client_hours, colleague_hours, remind_hours,
			                               recurring_occurrences, recurring_months, end_remind_days, strong_proof, client_code, asks_all, refuses_tokens, cooling_hours,
			                               hold_broken_links, attachments, attachments_most, attachments_bytes)
			VALUES (:label_id, :advertiser_id, :client_waivable, :waived_by, :lead_from, :drift_percent, :client_hours, :colleague_hours, :remind_hours,
			        :recurring_occurrences, :recurring_months, :end_remind_days, :strong_proof, :client_code, :asks_all, :refuses_tokens, :cooling_hours,
			        :hold_broken_links, :attachments, :attachments_most, :attachments_bytes)
			RETURNING `+columns, p)
		err = scanOne(rows, err, &p)
		return p, err
	}
	p.ID = now.ID
	rows, err := tx.NamedQuery(`
		UPDATE approval_policies
		   SET client_waivable = :client_waivable, waived_by = :waived_by, lead_from = :lead_from, drift_percent = :drift_percent,
		       client_hours = :client_hours, colleague_hours = :colleague_hours, remind_hours = :remind_hours,
		       recurring_occurrences = :recurring_occurrences, recurring_months = :recurring_months, end_remind_days = :end_remind_days,
		       strong_proof = :strong_proof, client_code = :client_code, asks_all = :asks_all, refuses_tokens = :refuses_tokens, cooling_hours = :cooling_hours,
		       hold_broken_links = :hold_broken_links,
		       attachments = :attachments, attachments_most = :attachments_most, attachments_bytes = :attachments_bytes, version = version + 1
		 WHERE id = :id RETURNING `+columns, p)
	err = scanOne(rows, err, &p)
	return p, err
}

// Remove takes an advertiser's own policy back, so that the label's holds
// for it again, or proposes that where it takes another admin. Rounds that are
// open keep what they began with.
func (s *Store) Remove(
	ctx context.Context, label labels.ID, advertiser campaigns.AdvertiserID, version int,
) (r changes.Request, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		now, err := standing(ctx, tx, Policy{LabelID: label, AdvertiserID: &advertiser, Version: version})
		if err != nil {
			return err
		}
		if now.ID == 0 {
			return fault.New(fault.Conflict, "approval.policy_gone")
		}
		proposal, err := removal(ctx, tx, now)
		if err != nil {
			return err
		}
		if r, err = changes.Propose(ctx, tx, s.clock.Now(), proposal); err != nil || r.Waits() {
			return err
		}
		return remove(ctx, tx, now)
	})
	return r, err
}

func remove(ctx context.Context, tx *sqlx.Tx, p Policy) error {
	done, err := tx.ExecContext(ctx, `DELETE FROM approval_policies WHERE id = $1 AND version = $2`, p.ID, p.Version)
	if err != nil {
		return postgres.Fault(err, "thing.policy")
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.Conflict, "approval.policy_gone")
}

func scanOne(rows *sqlx.Rows, err error, into *Policy) error {
	if err != nil {
		return postgres.Fault(err, "thing.policy")
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		if err := rows.StructScan(into); err != nil {
			return err
		}
	}
	return postgres.Fault(rows.Err(), "thing.policy")
}
