package approval

import (
	"fmt"

	"keur/approval"
	"keur/approval/shown"
	"keur/web/desk"
	"keur/web/desk/mails"
)

func reviewPath(id approval.ReviewID) string { return fmt.Sprintf("/approvals/%d", id) }

// facesOf returns the mails of the round that a review is a step of.
func (s *Screen) facesOf(x *desk.Exchange, view *reviewView) (mails.Faces, error) {
	if view.Round.FaceSetID == nil {
		return mails.Faces{}, nil
	}
	set, err := s.Approval.Faces.Set(x.Context(), *view.Round.FaceSetID)
	if err != nil {
		return mails.Faces{}, err
	}
	return s.Mails.Of(x, &set, reviewPath(view.Review.ID))
}

// reviewFace writes one of the mails alone, for its frame.
func (s *Screen) reviewFace(x *desk.Exchange) error {
	set, err := s.foundSet(x)
	if err != nil {
		return err
	}
	return s.Mails.Frame(x, &set)
}

// seeFace records that the user has seen one of the mails.
func (s *Screen) seeFace(x *desk.Exchange) error {
	set, err := s.foundSet(x)
	if err != nil {
		return err
	}
	return s.Mails.Note(x, &set, reviewPath(desk.Found[desk.Reviewed](x).Review.ID))
}

// attached is the files that go with the mails of a review.
type attached struct{ *Screen }

// reviewAttachment writes one of them.
func (s *attached) reviewAttachment(x *desk.Exchange) error {
	return s.Mails.File(x, desk.Found[desk.Reviewed](x).Round.RevisionID)
}

// openAttachment records that the user opens one of them, and leads to it.
func (s *attached) openAttachment(x *desk.Exchange) error {
	found := desk.Found[desk.Reviewed](x)
	return s.Mails.Opened(x, found.Round.RevisionID, reviewPath(found.Review.ID))
}

func (s *Screen) foundSet(x *desk.Exchange) (shown.Set, error) {
	return s.Approval.Faces.OfRound(x.Context(), desk.Found[desk.Reviewed](x).Round.FaceSetID)
}
