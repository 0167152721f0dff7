package delivery

import (
	"context"
	"strings"

	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// memberFields returns a member's address and the values that the letter shows
// of them, read as they are for sending.
func (p *Proofs) memberFields(ctx context.Context, letter *Letter, label labels.ID, member members.ID) (string, []string, error) {
	var address string
	values := make([]string, len(letter.columns))
	into := []any{&address}
	for i := range values {
		into = append(into, &values[i])
	}
	err := p.DB.QueryRowContext(ctx, `
		SELECT m.address`+strings.Join(letter.columns, "")+`
		  FROM members m
		  JOIN memberships ms ON ms.member_id = m.id AND ms.label_id = $2
		 WHERE m.id = $1`, member, label).Scan(into...)
	return address, values, postgres.Fault(err, "member %d of this label", member)
}
