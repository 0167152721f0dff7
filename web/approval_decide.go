package web

import (
	"fmt"
	"net/http"

	"keur/approval"
	"keur/mailings"
)

// approve records that the user approves the digest that the page showed.
func (v *visit) approve() error {
	return v.decide(func(id approval.ReviewID, seen mailings.Digest, _ form) error {
		_, err := v.Approval.Approve(v.ctx(), id, seen, v.User.ID)
		return err
	})
}

// requestChanges sends the mailing back to its makers, with a reason.
func (v *visit) requestChanges() error {
	return v.decide(func(id approval.ReviewID, seen mailings.Digest, f form) error {
		_, err := v.Approval.RequestChanges(v.ctx(), id, seen, f.Field("reason"), v.User.ID)
		return err
	})
}

// decide takes a verdict and goes on to what waits next. What the rules refuse
// is said on the page, with everything typed.
func (v *visit) decide(verdict func(approval.ReviewID, mailings.Digest, form) error) error {
	id, err := v.id("review")
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	before, err := v.queue()
	if err != nil {
		return err
	}
	var seen mailings.Digest
	if err = seen.UnmarshalText([]byte(f.Field("digest"))); err == nil {
		err = verdict(approval.ReviewID(id), seen, f)
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		view, err := v.reviewView(f)
		if err != nil {
			return err
		}
		return v.answer(http.StatusUnprocessableEntity, "approval_review", view)
	}
	return v.to(nextAfter(placeOf(before, approval.ReviewID(id)), approval.ReviewID(id)))
}

// nextAfter leads from a decided review to the next that waits, or back to the
// inbox when there is none.
func nextAfter(p place, done approval.ReviewID) string {
	to := p.Next
	if to == 0 {
		to = p.Prev
	}
	if to == 0 {
		return fmt.Sprintf("/approvals?done=%d", done)
	}
	return fmt.Sprintf("/approvals/%d?done=%d", to, done)
}
