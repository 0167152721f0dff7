package approval

import (
	"fmt"
	"net/http"
	"strconv"

	"keur/approval/comments"
	"keur/web/desk"
)

// comment adds a remark to the revision in review, or an answer to one.
func (s *Screen) comment(x *desk.Exchange) error {
	r, f, err := desk.FoundWithForm[desk.Reviewed](x)
	if err != nil {
		return err
	}
	c := comments.Comment{
		RevisionID: r.Round.RevisionID, Element: f.Field("element"), X: percentOf(f.Field("x")), Y: percentOf(f.Field("y")),
		Body: f.Field("body"), Field: comments.Field(f.Field("field")),
	}
	if c.Element != "" && c.Field == "" {
		if c.Field, err = pinnedIn(x, s, c.RevisionID, c.Element); err != nil {
			return err
		}
	}
	if answers, err := strconv.ParseInt(f.Field("answers"), 10, 64); err == nil {
		c.AnswersID = new(comments.ID(answers))
	}
	if _, err := s.Approval.Comments.Add(x.Context(), c); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showThreads(x, http.StatusUnprocessableEntity, f)
	}
	return s.showThreads(x, http.StatusOK, desk.Form{})
}

// resolveComment notes that a thread needs nothing more, or does again.
func (s *Screen) resolveComment(x *desk.Exchange) error {
	id, err := x.ID("comment")
	if err != nil {
		return err
	}
	r, f, err := desk.FoundWithForm[desk.Reviewed](x)
	if err != nil {
		return err
	}
	if err := s.Approval.Comments.Resolve(x.Context(), r.Mailing.ID, comments.ID(id), f.Field("resolved") == "yes"); err != nil {
		return err
	}
	return s.showThreads(x, http.StatusOK, desk.Form{})
}

// showThreads answers with the comments alone where script asked, else with the
// page.
func (s *Screen) showThreads(x *desk.Exchange, status int, f desk.Form) error {
	if !x.Partial() && status == http.StatusOK {
		return x.GoTo(fmt.Sprintf("/approvals/%s#comments", x.Param("review")))
	}
	view, err := s.reviewView(x, f)
	if err != nil {
		return err
	}
	if x.Partial() {
		return x.AnswerPart(status, "approval/review", "comments-anew", view)
	}
	return x.Answer(status, "approval/review", view)
}

// percentOf reads a place that script filled in; nil for none.
func percentOf(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}
