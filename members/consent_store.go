package members

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Consents keeps what members agreed to and took back.
type Consents struct {
	members *Store
}

// NewConsents returns the store of what the members agreed to.
func NewConsents(members *Store) *Consents { return &Consents{members: members} }

// Record adds what the member said to the history and makes the newest of it
// rule. To record the very same again changes nothing. A suppression stays:
// whoever unsubscribed and agrees anew needs Lift too. If tx is nil the method
// has a transaction of its own.
func (s *Consents) Record(ctx context.Context, tx *sqlx.Tx, id ID, c Consent) error {
	return s.members.within(ctx, tx, func(tx *sqlx.Tx) error { return recordConsent(ctx, tx, s.members.clock.Now(), id, c) })
}

func recordConsent(ctx context.Context, tx *sqlx.Tx, now time.Time, id ID, c Consent) error {
	if err := c.Check(now); err != nil {
		return err
	}
	if err := lockMembership(ctx, tx, c.Label, id); err != nil {
		return err
	}
	var statement *int64
	if c.Statement != "" {
		n, err := StatementID(ctx, tx, c.Label, c.Statement, c.Version)
		if err != nil {
			return err
		}
		statement = &n
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO consents (member_id, label_id, kind, given, at, statement_id, source, form_url, ip,
		                      optin_mailed_at, confirmed_at, confirmed_ip, recorded_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
		 WHERE NOT EXISTS (SELECT FROM consents
		                    WHERE member_id = $1 AND label_id = $2 AND kind = $3 AND given = $4 AND at = $5
		                      AND statement_id IS NOT DISTINCT FROM $6
		                      AND confirmed_at IS NOT DISTINCT FROM $11)`,
		id, c.Label, c.Kind, c.Given, c.At, statement, c.Source, c.FormURL, nullable(c.IP),
		c.OptinMailedAt, c.ConfirmedAt, nullable(c.ConfirmedIP), now)
	if err != nil {
		return postgres.Fault(err, "thing.consent_of_member", "member", id)
	}
	return mirrorConsents(ctx, tx, c.Label, id)
}

// Withdraw records that the member takes back a consent now, which takes no
// more than saying so. source is where they did, and ip from where, if known.
func (s *Consents) Withdraw(ctx context.Context, id ID, label labels.ID, kind ConsentKind, source, ip string) error {
	return s.Record(ctx, nil, id, Consent{Label: label, Kind: kind, At: s.members.clock.Now(), Source: source, IP: ip})
}

// lockMembership makes those who change a member's consents take turns, so that
// the mirror is computed from all that was said.
func lockMembership(ctx context.Context, tx *sqlx.Tx, label labels.ID, id ID) error {
	var n int
	err := tx.GetContext(ctx, &n, `
		SELECT 1 FROM memberships WHERE label_id = $1 AND member_id = $2 FOR UPDATE`, label, id)
	return postgres.Fault(err, "thing.membership_of_member", "member", id)
}

// mirrorConsents sets what the membership says of consent to the newest of the
// history. A withdrawal rules over a consent of the same moment.
func mirrorConsents(ctx context.Context, tx *sqlx.Tx, label labels.ID, id ID) error {
	_, err := tx.ExecContext(ctx, `
		WITH newest AS (
		  SELECT DISTINCT ON (kind) kind, given, confirmed_at
		    FROM consents WHERE member_id = $2 AND label_id = $1
		   ORDER BY kind, at DESC, given, id DESC)
		UPDATE memberships m
		   SET mail_consent     = coalesce((SELECT given FROM newest WHERE kind = 'mail'), false),
		       tracking_consent = coalesce((SELECT given FROM newest WHERE kind = 'tracking'), false),
		       confirmed_at     = coalesce((SELECT confirmed_at FROM newest WHERE kind = 'mail'), m.confirmed_at)
		 WHERE m.label_id = $1 AND m.member_id = $2`, label, id)
	return postgres.Fault(err, "thing.consent_of_member", "member", id)
}

// StatementID returns the number of the text, which is kept once.
func StatementID(ctx context.Context, tx *sqlx.Tx, label labels.ID, text, version string) (int64, error) {
	// In two statements: the second one sees what another transaction, which was
	// first, committed while the first one waited for it.
	_, err := tx.ExecContext(ctx, `
		INSERT INTO consent_statements (label_id, text, version) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, label, text, version)
	if err != nil {
		return 0, postgres.Fault(err, "thing.consent_statement")
	}
	var id int64
	err = tx.GetContext(ctx, &id, `
		SELECT id FROM consent_statements
		 WHERE label_id = $1 AND md5(text) = md5($2) AND text = $2 AND version = $3`, label, text, version)
	return id, postgres.Fault(err, "thing.consent_statement")
}

const selectConsents = `
		SELECT c.id, c.label_id, c.kind, c.given, c.at, coalesce(t.text, '') AS statement, coalesce(t.version, '') AS version,
		       c.source, c.form_url, coalesce(host(c.ip), '') AS ip, c.optin_mailed_at, c.confirmed_at,
		       coalesce(host(c.confirmed_ip), '') AS confirmed_ip, c.recorded_at, c.recorded_by
		  FROM consents c LEFT JOIN consent_statements t ON t.id = c.statement_id`

// Of returns the member's history under all labels, oldest first.
func (s *Consents) Of(ctx context.Context, id ID) ([]Consent, error) {
	list := []Consent{}
	err := s.members.db.SelectContext(ctx, &list, selectConsents+` WHERE c.member_id = $1 ORDER BY c.at, c.id`, id)
	return list, postgres.Fault(err, "thing.consents_of_member", "member", id)
}

// Under returns a page of what the member said under a label, the oldest first
// unless asked otherwise: newest.
func (s *Consents) Under(ctx context.Context, label labels.ID, id ID, ask paging.Ask) (paging.Page[Consent], error) {
	keys := []paging.Key[Consent]{
		paging.Moment("c.at", func(c Consent) time.Time { return c.At }),
		paging.Number("c.id", func(c Consent) int64 { return c.ID }),
	}
	found, err := paging.Select(ctx, s.members.db, []paging.Order[Consent]{
		{Name: "oldest", Keys: keys}, {Name: "newest", Down: true, Keys: keys},
	}, ask, selectConsents+` WHERE c.member_id = $1 AND c.label_id = $2`, id, label)
	return found, postgres.Fault(err, "thing.consents_of_member", "member", id)
}
