package approval

import (
	"fmt"
	"net/http"

	"keur/accounts"
	"keur/approval"
	"keur/mailings"
	"keur/web/desk"
)

// approve records that the user approves the digest that the page showed.
func (s *Screen) approve(x *desk.Exchange) error {
	return s.decide(x, func(id approval.ReviewID, seen mailings.Digest, f desk.Form) error {
		_, err := s.Approval.Approve(x.Context(), id, approval.Given{Digest: seen, For: accounts.UserID(f.Number("for"))}, x.User.ID)
		return err
	})
}

// requestChanges sends the mailing back to its makers, with a reason.
func (s *Screen) requestChanges(x *desk.Exchange) error {
	return s.decide(x, func(id approval.ReviewID, seen mailings.Digest, f desk.Form) error {
		given := approval.Given{Digest: seen, Reason: f.Field("reason"), For: accounts.UserID(f.Number("for"))}
		_, err := s.Approval.RequestChanges(x.Context(), id, given, x.User.ID)
		return err
	})
}

// decide takes a verdict and goes on to what waits next. What the rules refuse
// is said on the page, with everything typed.
func (s *Screen) decide(x *desk.Exchange, verdict func(approval.ReviewID, mailings.Digest, desk.Form) error) error {
	found, f, err := desk.FoundWithForm[desk.Reviewed](x)
	if err != nil {
		return err
	}
	id := found.Review.ID
	before, err := s.Reviews.Queue(x)
	if err != nil {
		return err
	}
	var seen mailings.Digest
	if err = seen.UnmarshalText([]byte(f.Field("digest"))); err == nil {
		err = verdict(id, seen, f)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		if err := desk.FindAgain(x); err != nil {
			return err
		}
		view, err := s.reviewView(x, f)
		if err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "approval/review", view)
	}
	return x.GoTo(nextAfter(placeOf(before, id), id))
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
