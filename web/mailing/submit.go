package mailing

import (
	"net/http"

	"keur/approval"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

// submitMailing puts the newest revision up for approval, with the maker's own
// step signed off.
func (s *rounds) submitMailing(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	revision := mailings.RevisionID(f.Number("revision"))
	replies, err := s.Reviews.Replies(x, &f, revision)
	if err != nil {
		return err
	}
	put := approval.Submission{
		Revision: revision, Most: f.Positive("ceiling"), Ticks: f.Values["points"], Note: f.Get("note"), Replies: replies,
	}
	if err = fault.At("ceiling", "input.no_positive"); !f.Refused("ceiling") {
		_, err = s.Approval.Put(x.Context(), m.ID, put, x.User.ID)
	}
	return s.afterApproval(x, f, err, m.ID)
}

// withdrawMailing takes an approval back: the mailing is a draft again. Or it
// takes back the renewal alone, and the approval goes on.
func (s *rounds) withdrawMailing(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	withdraw := s.Approval.Withdraw
	if f.Field("renewal") != "" {
		withdraw = s.Approval.Renewals.Withdraw
	}
	_, err = withdraw(x.Context(), m.ID, f.Field("reason"))
	return s.afterApproval(x, f, err, m.ID)
}

// waive goes on without the client, where the policy allows it.
func (s *rounds) waive(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, f desk.Form) error {
		_, err := s.Approval.Waive(x.Context(), id, approval.Given{Reason: f.Field("reason")}, x.User.ID)
		return err
	})
}

// remind reminds those whose turn it is.
func (s *rounds) remind(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, _ desk.Form) error { return s.Approval.Reminders.Send(x.Context(), id) })
}

// mailLink mails a contact a new link. Nobody here ever sees it: who could,
// could approve as the client.
func (s *rounds) mailLink(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, f desk.Form) error {
		_, err := s.Approval.Links.Issue(x.Context(), id, campaigns.ContactID(f.Number("contact")), f.Get("note"))
		return err
	})
}

func (s *rounds) revokeLink(x *desk.Exchange) error {
	return s.onReview(x, func(id approval.ReviewID, _ desk.Form) error {
		link, err := x.ID("link")
		if err != nil {
			return err
		}
		return s.Approval.Links.Revoke(x.Context(), id, link)
	})
}

// onReview does something about the review in the path, and shows the approval
// of its mailing.
func (s *rounds) onReview(x *desk.Exchange, do func(approval.ReviewID, desk.Form) error) error {
	r, f, err := desk.FoundWithForm[desk.Reviewed](x)
	if err != nil {
		return err
	}
	return s.afterApproval(x, f, do(r.Review.ID, f), r.Mailing.ID)
}

// afterApproval shows the mailing's approval: as it is now, or with what was
// refused beside what was typed.
func (s *rounds) afterApproval(x *desk.Exchange, f desk.Form, err error, id mailings.ID) error {
	if err == nil {
		return x.GoTo(mailingPath(id) + "/approval")
	}
	if err := f.Take(err); err != nil {
		return err
	}
	m, err := s.Mailings.Get(x.Context(), id) // as it is by now
	if err != nil {
		return err
	}
	view, err := s.mailingApprovalView(x, m, f)
	if err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "mailing/approval", view)
}
