package imports

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/members"
)

// consentColumn is one kind of consent in the staged rows, and how its time and
// text are found: those of the row, else those of the file for a yes, and the
// beginning of the import for a no.
type consentColumn struct {
	kind          members.ConsentKind
	column        string
	at, statement string
}

// proofCTE opens every statement about consents, with the parameters of
// consentArgs.
const proofCTE = `WITH proof AS (SELECT $2::timestamptz AS at, $3::bigint AS statement_id, $4::timestamptz AS began)`

// consentArgs returns the label, the file's time and statement, and the import's
// beginning.
func (m *merger) consentArgs() []any {
	args := []any{m.options.Label, nil, nil, m.mapping.started}
	if c := m.options.Consent; c != nil {
		args[1], args[2] = c.At, m.statement
	}
	return args
}

// consentColumns returns the kinds of consent that the file is about.
func (m *merger) consentColumns() []consentColumn {
	list := []consentColumn{}
	for _, k := range []consentColumn{{kind: members.MailConsent, column: "mail"}, {kind: members.TrackingConsent, column: "tracking"}} {
		if _, has := m.mapping.at[toTracking]; k.kind == members.TrackingConsent && !has {
			continue
		}
		k.at = `coalesce(r.mail_at, CASE WHEN r.` + k.column + ` THEN (SELECT at FROM proof) ELSE (SELECT began FROM proof) END)`
		k.statement = `CASE WHEN r.` + k.column + ` THEN coalesce(r.statement_id, (SELECT statement_id FROM proof)) END`
		list = append(list, k)
	}
	return list
}

// recordConsents appends consents to the history. From returns the row, the member and
// what was said.
func (m *merger) recordConsents(ctx context.Context, tx *sqlx.Tx, kind consentColumn, from string) error {
	var source, form string
	if c := m.options.Consent; c != nil {
		source, form = c.Source, c.FormURL
	}
	_, err := tx.ExecContext(ctx, proofCTE+`
		INSERT INTO consents (member_id, label_id, kind, given, at, statement_id, source, form_url, ip,
		                      optin_mailed_at, confirmed_at, confirmed_ip, recorded_at, recorded_by)
		SELECT x.member_id, $1, x.kind, x.given, x.at, x.statement_id,
		       coalesce(r.consent_source, $5), coalesce(r.form_url, $6), r.ip,
		       r.optin_mailed_at, r.confirmed_at, r.confirmed_ip, $7, (SELECT current_actor())
		  FROM (`+from+`) x JOIN import_rows r ON r.n = x.n
		 ORDER BY x.member_id`, append(m.consentArgs(), source, form, m.clock.Now())...)
	return err
}

// stageConsents notes what the rows say that isn't in the history of members of
// the label yet, and returns how much that is. The very same word again is
// nothing new; nor is a no without a time, from someone who doesn't consent.
func (m *merger) stageConsents(ctx context.Context, tx *sqlx.Tx) (int64, error) {
	var found int64
	for _, k := range m.consentColumns() {
		done, err := tx.ExecContext(ctx, proofCTE+`
			INSERT INTO import_consents (n, member_id, kind, given, at, statement_id)
			SELECT x.* FROM (
			  SELECT i.n, i.member_id, '`+string(k.kind)+`' AS kind, r.`+k.column+` AS given,
			         `+k.at+` AS at, `+k.statement+` AS statement_id
			    FROM import_members i JOIN import_rows r ON r.n = i.n
			   WHERE i.joined AND r.`+k.column+` IS NOT NULL
			     AND (r.`+k.column+` OR r.mail_at IS NOT NULL
			          OR EXISTS (SELECT FROM memberships s
			                      WHERE s.label_id = $1 AND s.member_id = i.member_id AND s.`+string(k.kind)+`_consent OFFSET 0))
			  ) x
			 WHERE NOT EXISTS (SELECT FROM consents c
			                    WHERE c.member_id = x.member_id AND c.label_id = $1 AND c.kind = x.kind AND c.given = x.given
			                      AND c.at = x.at AND c.statement_id IS NOT DISTINCT FROM x.statement_id OFFSET 0)`, m.consentArgs()...)
		if err != nil {
			return 0, err
		}
		n, _ := done.RowsAffected()
		found += n
	}
	return found, nil
}

// insertConsents appends what was found to the history. The memberships are locked
// first: who withdraws at this very moment either comes before, and is seen by
// what follows, or waits and rules afterwards.
func (m *merger) insertConsents(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `
		SELECT count(*)
		  FROM (SELECT DISTINCT member_id FROM import_consents ORDER BY member_id) x
		 CROSS JOIN LATERAL (SELECT FROM memberships WHERE label_id = $1 AND member_id = x.member_id FOR UPDATE) s`,
		m.options.Label); err != nil {
		return err
	}
	for _, k := range m.consentColumns() {
		if err := m.recordConsents(ctx, tx, k, `
			SELECT n, member_id, kind, given, at, statement_id FROM import_consents
			 WHERE kind = '`+string(k.kind)+`'`); err != nil {
			return err
		}
	}
	return nil
}
