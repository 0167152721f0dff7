package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/members"
	"keur/tracking/bounces"
)

// A mailbox that takes no mail of five sends over fourteen days is given up.
const (
	softSends  = 5
	softPeriod = 14 * 24 * time.Hour
)

// softGrace is how long a bounce may follow: a send younger than this isn't
// yet known to be delivered.
const softGrace = 3 * 24 * time.Hour

// exhausted reports whether soft bounces of different sends, oldest first, are
// reason enough to stop writing.
func exhausted(bounces []time.Time) bool {
	n := len(bounces)
	return n >= softSends && bounces[n-1].Sub(bounces[0]) >= softPeriod
}

// Bounced is a delivery that failed for good.
type Bounced struct {
	Send, Member int64
	Class        bounces.Class
	Source       string // session or dsn
	Said         string // in the receiver's words, without addresses
}

// Conclude draws the conclusion of a delivery that failed for good, in the
// session or by a letter afterwards: an address that doesn't exist is
// suppressed at once, a mailbox that takes no mail after five sends over
// fourteen days. A receiver that blocks us, or a fault of ours, is never held
// against the member.
func (s *Store) Conclude(ctx context.Context, tx *sqlx.Tx, b Bounced) error {
	switch b.Class {
	case bounces.Hard:
		return s.refuse(ctx, tx, b, members.HardBounce)
	case bounces.Quota, bounces.Transient, bounces.Unclear:
		return s.soft(ctx, tx, b)
	}
	return nil
}

// refuse ends mail to the member, or lets that wait for a person where the
// provider suddenly refuses many.
func (s *Store) refuse(ctx context.Context, tx *sqlx.Tx, b Bounced, reason members.Reason) error {
	var domain string
	if err := tx.GetContext(ctx, &domain, `SELECT coalesce((SELECT domain FROM members WHERE id = $1), '')`, b.Member); err != nil {
		return fmt.Errorf("domain of member %d: %w", b.Member, err)
	}
	provider := Provider(domain)
	tray, err := s.trayFor(ctx, tx, provider)
	if err != nil {
		return err
	}
	_, err = members.NewRefusals(s.members).Refuse(ctx, tx, members.ID(b.Member), members.Refusal{
		Reason: reason, Source: b.Source, Said: b.Said, Provider: provider, Tray: tray, Send: b.Send,
	})
	return err
}

// soft counts a soft bounce of the member.
func (s *Store) soft(ctx context.Context, tx *sqlx.Tx, b Bounced) error {
	member := b.Member
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO soft_bounces (member_id, send_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		member, b.Send, s.clock.Now()); err != nil {
		return postgres.Fault(err, "thing.soft_bounce_of_member", "member", member)
	}
	times, err := softBounces(ctx, tx, member)
	if err != nil || !exhausted(times) {
		return err
	}
	// Only now, as it is the costlier question: what reached the member in between?
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM soft_bounces b
		 WHERE b.member_id = $1 AND b.at < (
		       SELECT max(d.sent_at)
		         FROM sends s
		         JOIN LATERAL (SELECT sent_at, state FROM deliveries
		               WHERE send_month = s.month AND send_id = s.id AND member_id = $1 LIMIT 1) d ON true
		        WHERE s.slot_at >= $2 AND d.state = 'sent' AND d.sent_at < $3
		          AND NOT EXISTS (SELECT FROM soft_bounces o WHERE o.member_id = $1 AND o.send_id = s.id)
		          AND NOT EXISTS (SELECT FROM engagements e WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $1 AND e.bounced_at IS NOT NULL))`,
		member, times[0], s.clock.Now().Add(-softGrace)); err != nil {
		return fmt.Errorf("forget soft bounces of member %d: %w", member, err)
	}
	if times, err = softBounces(ctx, tx, member); err != nil || !exhausted(times) {
		return err
	}
	return s.refuse(ctx, tx, b, members.SoftBounces)
}

// softBounces returns when the member's soft bounces came, oldest first.
func softBounces(ctx context.Context, tx *sqlx.Tx, member int64) ([]time.Time, error) {
	var times []time.Time
	if err := tx.SelectContext(ctx, &times, `SELECT at FROM soft_bounces WHERE member_id = $1 ORDER BY at`, member); err != nil {
		return nil, fmt.Errorf("soft bounces of member %d: %w", member, err)
	}
	return times, nil
}
