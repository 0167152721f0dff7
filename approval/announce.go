package approval

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/notices"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// announce tells whoever's turn it is now: contacts get a link of their
// own, users one to the desk.
func (e *Engine) announce(ctx context.Context, tx *sqlx.Tx, round *Round) error {
	m, err := e.mailings.GetIn(ctx, tx, round.MailingID)
	if err != nil {
		return err
	}
	label, err := e.labels.GetIn(ctx, tx, m.LabelID)
	if err != nil {
		return err
	}
	for _, review := range round.Current() {
		switch review.Step {
		case Client:
			err = e.inviteContacts(ctx, tx, &label, &m, round, &review, "invite")
		case Colleague, Lead:
			err = e.notifyApprovers(ctx, tx, &label, &m, round, &review, "turn")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inviteContacts mails each contact of the review's advertiser a link of their
// own. why tells an invitation from a reminder; each is mailed once.
func (e *Engine) inviteContacts(ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, round *Round, review *Review, why string) error {
	contacts, err := e.contacts(ctx, tx, round, *review.AdvertiserID)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		key := fmt.Sprintf("review:%d:contact:%d:%s", review.ID, c.ID, why)
		if queued, err := e.notices.Queued(ctx, tx, key); err != nil || queued {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := e.mailLink(ctx, tx, label, m, review, &c, why, key); err != nil {
			return err
		}
	}
	return nil
}

// mailLink makes a link and mails it to its contact. Nobody else ever sees it:
// a maker who did could approve as the client.
func (e *Engine) mailLink(ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, review *Review, c *campaigns.Contact, why, key string) (Link, error) {
	token, link, err := e.issue(ctx, tx, review, c.ID)
	if err != nil {
		return link, err
	}
	if key == "" {
		key = fmt.Sprintf("link:%d", link.ID)
	}
	text := letterTo(c.Locale, why, letterFacts{
		Name: c.Name, Mailing: m.Name, Label: label.Name, Until: review.DueAt.In(label.Location()),
		URL: label.PublicURL + "/a/" + token,
	})
	return link, e.queue(ctx, tx, key, label, c.Email, text)
}

// notifyApprovers mails every approver of the label who may still decide.
func (e *Engine) notifyApprovers(ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, round *Round, review *Review, why string) error {
	approvers, err := e.approvers(ctx, tx, m.LabelID, round)
	if err != nil {
		return err
	}
	for _, u := range approvers {
		text := letterTo(u.Locale, why, letterFacts{
			Name: u.Name, Mailing: m.Name, Label: label.Name, Until: review.DueAt.In(label.Location()),
			URL: fmt.Sprintf("%s/approvals/%d", e.deskURL, review.ID),
		})
		key := fmt.Sprintf("review:%d:user:%d:%s", review.ID, u.ID, why)
		if err := e.queue(ctx, tx, key, label, u.Email, text); err != nil {
			return err
		}
	}
	return nil
}

// Approvers returns the users of a label who may still decide a colleague's or
// lead's step of a round: those who neither made the mailing nor decided
// another step.
func (e *Engine) Approvers(ctx context.Context, label labels.ID, round *Round) ([]accounts.User, error) {
	all, err := e.accounts.WithRole(ctx, label, accounts.Approver)
	return round.mayDecide(all), err
}

// approvers is Approvers within a transaction.
func (e *Engine) approvers(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round) ([]accounts.User, error) {
	all, err := e.accounts.WithRoleIn(ctx, tx, label, accounts.Approver)
	return round.mayDecide(all), err
}

func (r *Round) mayDecide(approvers []accounts.User) []accounts.User {
	return slices.DeleteFunc(approvers, func(u accounts.User) bool { return r.Filled(u.ID) || slices.Contains(r.Authors, u.ID) })
}

// notifyMaker tells the one who submitted that the round ended without approval.
func (e *Engine) notifyMaker(ctx context.Context, tx *sqlx.Tx, round *Round) error {
	m, err := e.mailings.GetIn(ctx, tx, round.MailingID)
	if err != nil {
		return err
	}
	label, err := e.labels.GetIn(ctx, tx, m.LabelID)
	if err != nil {
		return err
	}
	u, err := e.accounts.GetIn(ctx, tx, round.SubmittedBy)
	if err != nil {
		return err
	}
	text := letterTo(u.Locale, string(round.State), letterFacts{
		Name: u.Name, Mailing: m.Name, Label: label.Name, Reason: words.In(u.Locale).Say(round.CloseReason), URL: fmt.Sprintf("%s/mailings/%d", e.deskURL, m.ID),
	})
	return e.queue(ctx, tx, fmt.Sprintf("round:%d:%s", round.ID, round.State), &label, u.Email, text)
}

func (e *Engine) queue(ctx context.Context, tx *sqlx.Tx, key string, label *labels.Label, to string, l notices.Letter) error {
	id := int(label.ID)
	return e.notices.Queue(ctx, tx, notices.Notice{Key: key, LabelID: &id, Recipient: to, Letter: l})
}
