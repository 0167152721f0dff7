package web

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"keur/internal/fault"
)

// fail turns an error into a page, or into a notice for script that asked for a
// part. What the person can't help is logged, once.
func (v *visit) fail(err error) {
	kind := fault.Of(err)
	switch {
	case errors.Is(err, context.Canceled): // gone before we answered
		return
	case kind == fault.Internal, kind == fault.Unavailable:
		v.Log.Error("desk", "route", v.FullPath(), "error", err)
	}
	if v.Writer.Written() {
		return // a live part or file that broke off
	}
	view := trouble{Title: v.Say.Of("fault", kind)}
	if told, ok := asFault(err); ok {
		view.Text, view.Details = v.Say.Fault(told.Form), told.Details
	}
	if err := v.answer(kind.Status(), "trouble", view); err != nil {
		v.Log.Error("desk", "route", v.FullPath(), "error", err)
	}
}

// asFault finds the fault in an error, if a person may read it.
func asFault(err error) (*fault.Error, bool) {
	told, ok := errors.AsType[*fault.Error](err)
	return told, ok && told.Kind != fault.Internal
}

// trouble is what the page of faults shows.
type trouble struct {
	Title, Text string
	Details     []fault.Detail
}

// recovered answers with a page when a handler panics.
func (d *door) recovered(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			d.Log.Error("desk panicked", "route", c.FullPath(), "cause", cause)
			if !c.Writer.Written() {
				d.enter(route{who: strangers(), handle: func(*visit) error { return errors.New("panicked") }})(c)
			}
		}
	}()
	c.Next()
}
