package mailing

import (
	"fmt"
	"net/http"

	"keur/approval"
	"keur/campaigns"
	"keur/mailings"
	"keur/web/desk"
)

// submitMailing puts the newest revision up for approval, with the maker's own
// step signed off.
func (s *rounds) submitMailing(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "mailing")
	if err != nil {
		return err
	}
	_, err = s.Approval.Submit(x.Context(), mailings.ID(id), mailings.RevisionID(f.Number("revision")), f.Values["points"], x.User.ID)
	return s.afterApproval(x, f, err, mailings.ID(id))
}

// withdrawMailing takes an approval back: the mailing is a draft again.
func (s *rounds) withdrawMailing(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "mailing")
	if err != nil {
		return err
	}
	_, err = s.Approval.Withdraw(x.Context(), mailings.ID(id), f.Field("reason"))
	return s.afterApproval(x, f, err, mailings.ID(id))
}

// waive goes on without the client, where the policy allows it.
func (s *rounds) waive(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, f desk.Form) error {
		_, err := s.Approval.Waive(x.Context(), id, f.Field("reason"), x.User.ID)
		return err
	})
}

// remind reminds those whose turn it is.
func (s *rounds) remind(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, _ desk.Form) error { return s.Approval.Remind(x.Context(), id) })
}

// mailLink mails a contact a new link. Nobody here ever sees it: who could,
// could approve as the client.
func (s *rounds) mailLink(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, f desk.Form) error {
		_, err := s.Approval.IssueLink(x.Context(), id, campaigns.ContactID(f.Number("contact")))
		return err
	})
}

func (s *rounds) revokeLink(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, _ desk.Form) error {
		link, err := x.ID("link")
		if err != nil {
			return err
		}
		return s.Approval.RevokeLink(x.Context(), id, link)
	})
}

// onReview does something about the review in the path, and shows the approval
// of its mailing.
func (s *rounds) onReview(x *desk.Exchange, do func(approval.ReviewID, desk.Form) error) error {
	id, f, err := desk.FormFor(x, "review")
	if err != nil {
		return err
	}
	_, round, err := s.Approval.Review(x.Context(), approval.ReviewID(id))
	if err != nil {
		return err
	}
	return s.afterApproval(x, f, do(approval.ReviewID(id), f), round.MailingID)
}

// afterApproval shows the mailing's approval: as it is now, or with what was
// refused beside what was typed.
func (s *rounds) afterApproval(x *desk.Exchange, f desk.Form, err error, id mailings.ID) error {
	if err == nil {
		return x.GoTo(fmt.Sprintf("/mailings/%d/approval", id))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	desk.AddParam(x, "mailing", desk.Itoa(id))
	view, err := s.mailingApprovalView(x, f)
	if err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "mailing/approval", view)
}
