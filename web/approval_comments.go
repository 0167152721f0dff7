package web

import (
	"fmt"
	"net/http"
	"strconv"

	"keur/approval"
)

// comment adds a remark to the revision in review, or an answer to one.
func (v *visit) comment() error {
	id, err := v.id("review")
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(id))
	if err != nil {
		return err
	}
	c := approval.Comment{RevisionID: round.RevisionID, Element: f.Field("element"), X: percentOf(f.Field("x")), Y: percentOf(f.Field("y")), Body: f.Field("body")}
	if answers, err := strconv.ParseInt(f.Field("answers"), 10, 64); err == nil {
		c.AnswersID = new(approval.CommentID(answers))
	}
	if _, err := v.Approval.Comment(v.ctx(), c); err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showThreads(http.StatusUnprocessableEntity, f)
	}
	return v.showThreads(http.StatusOK, form{})
}

// resolveComment notes that a thread needs nothing more, or does again.
func (v *visit) resolveComment() error {
	review, err := v.id("review")
	if err != nil {
		return err
	}
	id, err := v.id("comment")
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(review))
	if err != nil {
		return err
	}
	if err := v.Approval.Resolve(v.ctx(), round.MailingID, approval.CommentID(id), f.Field("resolved") == "yes"); err != nil {
		return err
	}
	return v.showThreads(http.StatusOK, form{})
}

// showThreads answers with the comments alone where script asked, else with the
// page.
func (v *visit) showThreads(status int, f form) error {
	if !v.partial() && status == http.StatusOK {
		return v.to(fmt.Sprintf("/approvals/%s#comments", v.Param("review")))
	}
	view, err := v.reviewView(f)
	if err != nil {
		return err
	}
	if v.partial() {
		return v.write(status, "approval_review", "comments", view)
	}
	return v.answer(status, "approval_review", view)
}

// percentOf reads a place that script filled in; nil for none.
func percentOf(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}
