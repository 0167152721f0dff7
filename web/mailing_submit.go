package web

import (
	"fmt"
	"net/http"

	"keur/approval"
	"keur/campaigns"
	"keur/mailings"
)

// submitMailing puts the newest revision up for approval, with the maker's own
// step signed off.
func (v *visit) submitMailing() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	_, err = v.Approval.Submit(v.ctx(), mailings.ID(id), mailings.RevisionID(f.number("revision")), f.Values["points"], v.User.ID)
	return v.afterApproval(f, err, mailings.ID(id))
}

// withdrawMailing takes an approval back: the mailing is a draft again.
func (v *visit) withdrawMailing() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	_, err = v.Approval.Withdraw(v.ctx(), mailings.ID(id), f.Field("reason"))
	return v.afterApproval(f, err, mailings.ID(id))
}

// waive goes on without the client, where the policy allows it.
func (v *visit) waive() error {
	return v.onReview(func(id approval.ReviewID, f form) error {
		_, err := v.Approval.Waive(v.ctx(), id, f.Field("reason"), v.User.ID)
		return err
	})
}

// remind reminds those whose turn it is.
func (v *visit) remind() error {
	return v.onReview(func(id approval.ReviewID, _ form) error { return v.Approval.Remind(v.ctx(), id) })
}

// mailLink mails a contact a new link. Nobody here ever sees it: who could,
// could approve as the client.
func (v *visit) mailLink() error {
	return v.onReview(func(id approval.ReviewID, f form) error {
		_, err := v.Approval.IssueLink(v.ctx(), id, campaigns.ContactID(f.number("contact")))
		return err
	})
}

func (v *visit) revokeLink() error {
	return v.onReview(func(id approval.ReviewID, _ form) error {
		link, err := v.id("link")
		if err != nil {
			return err
		}
		return v.Approval.RevokeLink(v.ctx(), id, link)
	})
}

// onReview does something about the review in the path, and shows the approval
// of its mailing.
func (v *visit) onReview(do func(approval.ReviewID, form) error) error {
	id, f, err := v.formFor("review")
	if err != nil {
		return err
	}
	_, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(id))
	if err != nil {
		return err
	}
	return v.afterApproval(f, do(approval.ReviewID(id), f), round.MailingID)
}

// afterApproval shows the mailing's approval: as it is now, or with what was
// refused beside what was typed.
func (v *visit) afterApproval(f form, err error, id mailings.ID) error {
	if err == nil {
		return v.to(fmt.Sprintf("/mailings/%d/approval", id))
	}
	if err := f.take(err); err != nil {
		return err
	}
	v.AddParam("mailing", itoa(id))
	view, err := v.mailingApprovalView(f)
	if err != nil {
		return err
	}
	return v.answer(http.StatusUnprocessableEntity, "mailing_approval", view)
}
