package desk

import (
	"context"
	"errors"
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
)

// fail turns an error into a page, or into a notice for script that asked for a
// part. What the person can't help is logged, once.
func (x *Exchange) fail(err error) {
	kind := fault.Of(err)
	if lack, asked := accounts.ProofAsked(err); asked && x.User.ID != 0 && x.Request.Method == http.MethodPost {
		if err = AskProof(x, http.StatusForbidden, NewErrand(x, lack), NewForm(x.Say)); err == nil {
			return
		}
		kind = fault.Of(err)
	}
	switch {
	case errors.Is(err, context.Canceled): // gone before we answered
		return
	case kind == fault.Internal, kind == fault.Unavailable:
		x.desk.Log.Error("desk", "route", x.context.FullPath(), "error", err)
	}
	if x.Writer.Written() {
		return // a live part or file that broke off
	}
	view := trouble{Title: x.Say.Of("fault", kind)}
	if problem, ok := AsFault(err); ok {
		view.Text, view.Details = x.Say.Sentence(problem.Message), problem.Details
	}
	if x.Request.Method == http.MethodPost {
		view.Back = cameFrom(x)
	}
	if err := x.Answer(kind.Status(), "desk/trouble", view); err != nil {
		x.desk.Log.Error("desk", "route", x.context.FullPath(), "error", err)
	}
}

// AsFault finds the fault in an error, if a person may read it.
func AsFault(err error) (*fault.Error, bool) {
	problem, ok := errors.AsType[*fault.Error](err)
	return problem, ok && problem.Kind != fault.Internal
}

// trouble is what the page of faults shows.
type trouble struct {
	Title, Text string
	Details     []fault.Detail
	Back        string // the page with the form that wasn't taken; "": none
}
