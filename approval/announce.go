package approval

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/letters"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/templates"
)

// announcer mails those who are to act on an approval, or to know of it.
type announcer struct {
	clock       clock.Clock
	labels      *labels.Store
	accounts    *accounts.Store
	advertisers *campaigns.Advertisers
	mailings    *mailings.Store
	compiler    *templates.Compiler
	notices     *notices.Store
	key         postgres.Key
	deskURL     string
}

// announce tells whoever's turn it is now: contacts get a link of their
// own, users one to the desk.
func (a *announcer) announce(ctx context.Context, tx *sqlx.Tx, round *Round) error {
	m, err := a.mailings.GetIn(ctx, tx, round.MailingID)
	if err != nil {
		return err
	}
	label, err := a.labels.GetIn(ctx, tx, m.LabelID)
	if err != nil {
		return err
	}
	for _, review := range round.Current() {
		switch review.Step {
		case Client:
			err = a.inviteContacts(ctx, tx, &label, &m, round, &review, "invite")
		case Colleague, Lead:
			err = a.notifyApprovers(ctx, tx, &label, &m, round, &review, "turn")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellCarried tells the clients who aren't asked again that the mailing changed, with
// a link by which they can look at it and object.
func (a *announcer) tellCarried(ctx context.Context, tx *sqlx.Tx, id labels.ID, round *Round) error {
	for i := range round.Reviews {
		v := &round.Reviews[i]
		if v.Verdict != Carried {
			continue
		}
		m, err := a.mailings.GetIn(ctx, tx, round.MailingID)
		if err != nil {
			return err
		}
		label, err := a.labels.GetIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := a.inviteContacts(ctx, tx, &label, &m, round, v, "carried"); err != nil {
			return err
		}
	}
	return nil
}

// inviteContacts mails each contact of the review's advertiser a link of their
// own. why tells an invitation from a reminder; each is mailed once.
func (a *announcer) inviteContacts(
	ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, round *Round, review *Review, why string,
) error {
	contacts, err := a.contacts(ctx, tx, round, *review.AdvertiserID)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		key := fmt.Sprintf("review:%d:contact:%d:%s", review.ID, c.ID, why)
		if queued, err := a.notices.Queued(ctx, tx, key); err != nil || queued {
			if err != nil {
				return err
			}
			continue
		}
		ask := asking{why: why, key: key, note: round.Note}
		if _, err := a.mailLink(ctx, tx, label, m, review, &c, ask); err != nil {
			return err
		}
	}
	return nil
}

// notifyApprovers mails every approver of the label who may still decide.
func (a *announcer) notifyApprovers(
	ctx context.Context, tx *sqlx.Tx, label *labels.Label, m *mailings.Mailing, round *Round, review *Review, why string,
) error {
	approvers, err := a.approvers(ctx, tx, m.LabelID, round)
	if err != nil {
		return err
	}
	away, err := accounts.Away(ctx, tx, a.clock.Now())
	if err != nil {
		return err
	}
	for _, u := range approvers {
		if _, gone := away[u.ID]; gone {
			continue // the deputy is an approver as well, and reads for whom
		}
		text := letters.To(u.Locale, why, letters.Facts{
			Name: u.Name, Mailing: m.Name, Label: label.Name, Until: review.DueAt.In(label.Location()),
			URL: fmt.Sprintf("%s/approvals/%d", a.deskURL, review.ID),
		})
		for _, d := range away {
			if d.DeputyID == u.ID && round.May(authors.Decide, d.UserID) == nil {
				text.Body += "\n" + words.In(u.Locale).T("approval_letter.stands_in", "name", d.User,
					"until", d.EndsAt.In(label.Location()).Format("02-01-2006 15:04 (MST)")) + "\n"
			}
		}
		key := fmt.Sprintf("review:%d:user:%d:%s", review.ID, u.ID, why)
		if err := a.queue(ctx, tx, key, label, u.Email, text); err != nil {
			return err
		}
	}
	return nil
}

// contacts is Engine.Contacts within a transaction.
func (a *announcer) contacts(
	ctx context.Context, tx *sqlx.Tx, round *Round, advertiser campaigns.AdvertiserID,
) ([]campaigns.Contact, error) {
	found, err := a.advertisers.GetIn(ctx, tx, advertiser)
	if err != nil {
		return nil, err
	}
	var may []campaigns.Contact
	for _, c := range found.Contacts {
		if !round.counts(&c) {
			continue
		}
		worksHere, err := campaigns.Insider(ctx, tx, c.Email)
		if err != nil {
			return nil, err
		}
		if !worksHere {
			may = append(may, c)
		}
	}
	return may, nil
}

// contactMoved tells a contact at the address that it had that links go to
// another one from now on.
func (a *announcer) contactMoved(ctx context.Context, tx *sqlx.Tx, before, after campaigns.Contact) error {
	found, err := a.advertisers.GetIn(ctx, tx, before.AdvertiserID)
	if err != nil {
		return err
	}
	text := letters.To(before.Locale, "contact_moved", letters.Facts{Name: before.Name, Label: found.Name, Reason: after.Email})
	key := fmt.Sprintf("contact:%d:moved:%d", before.ID, a.clock.Now().UnixMicro())
	return a.notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: before.Email, Letter: text})
}

// approvers is Engine.Approvers within a transaction.
func (a *announcer) approvers(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round) ([]accounts.User, error) {
	all, err := a.accounts.WithRoleIn(ctx, tx, label, accounts.Approver)
	return mayDecide(round, all), err
}

// mayDecide returns those of the approvers who may decide in the round.
func mayDecide(r *Round, approvers []accounts.User) []accounts.User {
	return slices.DeleteFunc(approvers, func(u accounts.User) bool { return r.May(authors.Decide, u.ID) != nil })
}

// notifyMaker tells the one who submitted that the round ended without approval.
func (a *announcer) notifyMaker(ctx context.Context, tx *sqlx.Tx, round *Round) error {
	return a.tellMaker(ctx, tx, round, string(round.State), time.Time{})
}

// because is why the round ended, in a language and as a letter has it: what somebody
// wrote as it is, what the program says as a sentence.
func because(r *Round, locale string) string {
	say := words.In(locale)
	if r.CloseReason.IsZero() || r.CloseReason.Quotes() {
		return say.Say(r.CloseReason)
	}
	return say.T("approval.because", "why", r.CloseReason)
}

// tellMaker writes the one who submitted a letter about the round.
func (a *announcer) tellMaker(ctx context.Context, tx *sqlx.Tx, round *Round, why string, at time.Time) error {
	m, err := a.mailings.GetIn(ctx, tx, round.MailingID)
	if err != nil {
		return err
	}
	label, err := a.labels.GetIn(ctx, tx, m.LabelID)
	if err != nil {
		return err
	}
	u, err := a.accounts.GetIn(ctx, tx, round.Maker())
	if err != nil {
		return err
	}
	occasion, page := round.occasion(why, m.State), ""
	if why == "ending" {
		page = "/approval"
	}
	text := letters.To(u.Locale, occasion, letters.Facts{
		Name: u.Name, Mailing: m.Name, Label: label.Name, Reason: because(round, u.Locale),
		Until: at.In(label.Location()),
		URL:   fmt.Sprintf("%s/mailings/%d%s", a.deskURL, m.ID, page),
	})
	return a.queue(ctx, tx, fmt.Sprintf("round:%d:%s", round.ID, why), &label, u.Email, text)
}

func (a *announcer) queue(ctx context.Context, tx *sqlx.Tx, key string, label *labels.Label, to string, l notices.Letter) error {
	id := int(label.ID)
	return a.notices.Queue(ctx, tx, notices.Notice{Key: key, LabelID: &id, Recipient: to, Letter: l})
}
