package policies

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/postgres"
	"keur/internal/words"
)

// The kinds of change that policies know.
const (
	kindSet    = "policies.set"
	kindRemove = "policies.remove"
)

// Changes are the changes of policies that another admin confirms.
func Changes() []changes.Kind {
	set := func(ctx context.Context, tx *sqlx.Tx, p Policy) error {
		now, err := standing(ctx, tx, p)
		if err != nil {
			return err
		}
		_, err = save(ctx, tx, p, now)
		return err
	}
	return []changes.Kind{
		changes.KindOf(kindSet, setting, set),
		changes.KindOf(kindRemove, removal, remove),
	}
}

// setting asks for a policy, in place of the one of its number if it has one.
func setting(ctx context.Context, q sqlx.QueryerContext, p Policy) (changes.Proposal, error) {
	p.complete()
	whose, err := p.whose(ctx, q)
	row := changes.Insert("approval_policies", p.row())
	if p.ID != 0 {
		row = changes.Update("approval_policies", p.row())
		row["id"] = p.ID
	}
	lead := 0
	if p.LeadFrom != nil {
		lead = *p.LeadFrom
	}
	return changes.Proposal{
		Kind: kindSet, Subject: p.subject(), Payload: p, Rows: []changes.Row{row},
		What: words.Of("change.policy_set", "whose", whose, "waivable", fmt.Sprint(p.ClientWaivable), "by", string(p.WaivedBy),
			"lead", lead, "drift", p.DriftPercent, "client", p.ClientHours, "colleague", p.ColleagueHours, "remind", p.RemindHours,
			"end", p.EndRemindDays, "occurrences", p.RecurringOccurrences, "months", p.RecurringMonths, "strong", fmt.Sprint(p.StrongProof),
			"tokens", fmt.Sprint(!p.RefusesTokens), "cooling", *p.CoolingHours, "code", fmt.Sprint(p.ClientCode),
			"all", fmt.Sprint(p.AsksAll),
			"links", fmt.Sprint(p.HoldBrokenLinks),
			"attachments", fmt.Sprint(p.Attachments), "files", p.AttachmentsMost, "bytes", p.AttachmentsBytes),
	}, err
}

// removal asks for the label's own policy in place of this one.
func removal(ctx context.Context, q sqlx.QueryerContext, p Policy) (changes.Proposal, error) {
	whose, err := p.whose(ctx, q)
	row := changes.Delete("approval_policies", p.row())
	row["id"] = p.ID
	return changes.Proposal{
		Kind: kindRemove, Subject: p.subject(), Payload: p, Rows: []changes.Row{row},
		What: words.Of("change.policy_remove", "whose", whose),
	}, err
}

// subject names the thing as the trail does, and a policy that isn't there yet
// by its label.
func (p Policy) subject() string {
	if p.ID == 0 {
		return fmt.Sprintf("labels:%d", p.LabelID)
	}
	return fmt.Sprintf("approval_policies:%d", p.ID)
}

// row is what the table's guard looks at.
func (p Policy) row() changes.Row {
	return changes.Row{
		"label_id": p.LabelID, "advertiser_id": p.AdvertiserID, "client_waivable": p.ClientWaivable, "waived_by": p.WaivedBy,
		"lead_from": p.LeadFrom, "drift_percent": p.DriftPercent, "client_hours": p.ClientHours, "colleague_hours": p.ColleagueHours,
		"remind_hours": p.RemindHours, "recurring_occurrences": p.RecurringOccurrences, "recurring_months": p.RecurringMonths,
		"end_remind_days": p.EndRemindDays, "strong_proof": p.StrongProof, "refuses_tokens": p.RefusesTokens, "client_code": p.ClientCode,
		"asks_all":      p.AsksAll,
		"cooling_hours": p.CoolingHours, "hold_broken_links": p.HoldBrokenLinks,
		"attachments": p.Attachments, "attachments_most": p.AttachmentsMost,
		"attachments_bytes": p.AttachmentsBytes,
	}
}

// whose names the label, and the advertiser that the policy is an exception for.
func (p Policy) whose(ctx context.Context, q sqlx.QueryerContext) (name string, err error) {
	err = sqlx.GetContext(ctx, q, &name, `
		SELECT concat_ws(', ', (SELECT name FROM labels WHERE id = $1),
		                       (SELECT name FROM advertisers WHERE id = $2))`, p.LabelID, p.AdvertiserID)
	return name, postgres.Fault(err, "thing.policy")
}
