package segments

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/labels"
)

// Targets finds what a label's rules of behaviour name indirectly, such as the
// mailings of an advertiser.
type Targets struct {
	label labels.ID
	find  func(into any, sql string, args ...any) error
}

// NewTargets returns the targets of the label's rules, which looks them up in db.
func NewTargets(ctx context.Context, db sqlx.QueryerContext, label labels.ID) Targets {
	find := func(into any, sql string, args ...any) error { return sqlx.SelectContext(ctx, db, into, sql, args...) }
	return Targets{label: label, find: find}
}

// Mailings returns the mailings that a target means: those that were sent with
// a placement of it.
func (t Targets) Mailings(of Target) ([]int64, error) {
	if of.Mailing != 0 {
		return []int64{of.Mailing}, nil
	}
	ids := []int64{}
	if of == (Target{}) {
		return ids, t.find(&ids, `SELECT id FROM mailings WHERE label_id = $1`, t.label)
	}
	condition, value := placed(of)
	return ids, t.find(&ids, `
		SELECT DISTINCT s.mailing_id
		  FROM sends s
		  JOIN revision_placements p ON p.revision_id = s.revision_id
		 WHERE s.label_id = $1
		   AND `+condition, t.label, value)
}

// Campaigns returns the campaigns whose links a click must be on.
func (t Targets) Campaigns(of Target) ([]int64, error) {
	ids := []int64{}
	switch {
	case of.Campaign != 0:
		return []int64{of.Campaign}, nil
	case of.Advertiser != 0:
		return ids, t.find(&ids, `SELECT id FROM campaigns WHERE advertiser_id = $1`, of.Advertiser)
	}
	return ids, t.find(&ids, `
		SELECT c.id
		  FROM campaigns c
		  JOIN advertisers a ON a.id = c.advertiser_id
		 WHERE a.category = $1`, of.Category)
}

// placed returns the condition on a placement p that it is of the target, which
// is not a mailing, and the value of its argument $2.
func placed(t Target) (condition string, value any) {
	switch {
	case t.Campaign != 0:
		return "p.campaign_id = $2", t.Campaign
	case t.Advertiser != 0:
		return "p.advertiser_id = $2", t.Advertiser
	}
	return "p.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2)", t.Category
}

// sendsTo returns the label's sends of a target that weren't finished before since.
func (t Targets) sendsTo(of Target, since time.Time) (sends, error) {
	switch {
	case of.Mailing != 0:
		return t.sends("s.label_id = $1 AND s.mailing_id = $2 AND (s.finished_at IS NULL OR s.finished_at >= $3)", t.label, of.Mailing,
			since)
	case of == (Target{}):
		return t.sends("s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2)", t.label, since)
	}
	condition, value := placed(of)
	return t.sends("s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND "+condition+
		") AND (s.finished_at IS NULL OR s.finished_at >= $3)", t.label, value, since)
}

// sends are some sends, as the ledger's key knows them.
type sends []struct {
	ID    int64
	Month time.Time
}

// sends returns the sends s that satisfy the condition.
func (t Targets) sends(condition string, args ...any) (sends, error) {
	var list sends
	return list, t.find(&list, `SELECT s.id, s.month FROM sends s WHERE `+condition, args...)
}
