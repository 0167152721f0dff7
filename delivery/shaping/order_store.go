package shaping

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
)

// Order is what an admin said last of a provider: that no mail leaves to it, or
// that it does again.
type Order struct {
	Provider string     `db:"provider" json:"provider"`
	Stopped  bool       `db:"stopped" json:"stopped" doc:"No mail leaves to it"`
	Reason   string     `db:"reason" json:"reason"`
	Until    *time.Time `db:"until" json:"until,omitempty" doc:"Of a stop; none: until somebody resumes it"`
	By       string     `db:"ordered_by" json:"ordered_by"`
	At       time.Time  `db:"at" json:"at"`
}

// Holds reports whether the order stops mail at a moment.
func (o Order) Holds(now time.Time) bool { return o.Stopped && (o.Until == nil || o.Until.After(now)) }

// Orders returns the last order of each provider of which there is one.
func (s *Store) Orders(ctx context.Context) ([]Order, error) { return orders(ctx, s.db) }

func orders(ctx context.Context, q sqlx.QueryerContext) ([]Order, error) {
	found := []Order{}
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT DISTINCT ON (provider) provider, stopped, reason, until, ordered_by, at FROM provider_orders ORDER BY provider, id DESC`)
	return found, postgres.Fault(err, "thing.provider_limits")
}

// Stop lets no mail leave to a provider, of no process, until then or, without,
// until it is resumed.
func (s *Store) Stop(ctx context.Context, provider, reason string, until *time.Time) error {
	if until != nil && !until.After(s.clock.Now()) {
		var wrong fault.List
		wrong.Add("until", "shaping.until_past")
		return wrong.Err()
	}
	return s.order(ctx, Order{Provider: provider, Stopped: true, Reason: reason, Until: until})
}

// Resume lets mail leave to a provider again: what a person stopped, and what its
// refusals slowed down until now.
func (s *Store) Resume(ctx context.Context, provider, reason string) error {
	return s.order(ctx, Order{Provider: provider, Reason: reason})
}

const mostReason = 500 // characters

func (s *Store) order(ctx context.Context, o Order) error {
	o.Reason = form.Tidy(o.Reason)
	var wrong fault.List
	if !nameShape.MatchString(o.Provider) || o.Provider == Default {
		wrong.Add("provider", "shaping.name_form")
	}
	if o.Reason == "" || len([]rune(o.Reason)) > mostReason {
		wrong.Add("reason", "shaping.reason")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.change(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO provider_orders (provider, stopped, reason, until, at) VALUES ($1, $2, $3, $4, $5)`,
			o.Provider, o.Stopped, o.Reason, o.Until, s.clock.Now())
		return err
	})
}
