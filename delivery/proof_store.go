package delivery

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/members"
)

// memberFields returns a member's address and the values that the mail shows
// of them, read as they are for sending.
func (p *Proofs) memberFields(ctx context.Context, mail *Mail, label labels.ID, member members.ID) (string, []string, error) {
	var address string
	values := make([]string, len(mail.columns))
	into := []any{&address}
	for i := range values {
		into = append(into, &values[i])
	}
	err := p.DB.QueryRowContext(ctx, `
		SELECT m.address`+strings.Join(mail.columns, "")+`
		  FROM members m
		  JOIN memberships ms ON ms.member_id = m.id AND ms.label_id = $2
		 WHERE m.id = $1`, member, label).Scan(into...)
	return address, values, postgres.Fault(err, "thing.member_of_label", "id", member)
}

// record puts on the audit trail that someone sends a test, before it leaves.
func (p *Proofs) record(ctx context.Context, id mailings.RevisionID, recipients int) error {
	return postgres.InTx(ctx, p.DB, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			SELECT audit_note('revisions.test', 'revisions:' || $1::bigint, jsonb_build_object('recipients', $2::int))`, id, recipients)
		return postgres.Fault(err, "thing.audit_trail")
	})
}

// variantOf returns the subject variant of a delivery that left, or may have.
func (p *Proofs) variantOf(ctx context.Context, send *mailings.Send, member members.ID) (int, error) {
	var variant int
	err := p.DB.GetContext(ctx, &variant, `
		SELECT variant FROM deliveries
		 WHERE send_month = $1 AND send_id = $2 AND member_id = $3 AND state IN ('sending', 'sent', 'in_doubt', 'bounced')`,
		send.Month, send.ID, member)
	return variant, postgres.Fault(err, "thing.this_mail")
}
