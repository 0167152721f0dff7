package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/lib/pq"

	"keur/internal/fault"
)

// Fault turns an error of the database into one for the person who asked for
// what ("review %d"). What a person can't help is wrapped for the log; nil
// stays nil, and an error that is a fault already stays as it is.
func Fault(err error, what string, args ...any) error {
	if err == nil || fault.Of(err) != fault.Internal {
		return err
	}
	what = fmt.Sprintf(what, args...)
	var e *pq.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(err, fault.NotFound, "%s doesn't exist", what)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &e):
		return ofCode(e, err, what)
	case unreachable(err):
		return fault.Wrap(err, fault.Unavailable, "the database can't be reached just now; try again in a moment")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ofCode sorts an error by its SQLSTATE, see appendix A of PostgreSQL's manual.
func ofCode(e *pq.Error, err error, what string) error {
	switch e.Code {
	case "P0001": // a trigger's own sentence, written for people
		return fault.Wrap(err, fault.Conflict, "%s", e.Message)
	case "23505":
		return fault.Wrap(err, fault.Conflict, "%s exists already", what)
	case "23503":
		return fault.Wrap(err, fault.Invalid, "%s refers to something that doesn't exist, or is still in use", what)
	case "23502":
		return fault.Wrap(err, fault.Invalid, "%s lacks %s", what, e.Column)
	case "23514":
		return fault.Wrap(err, fault.Invalid, "%s breaks the rule %s", what, e.Constraint)
	case "42501":
		return fault.Wrap(err, fault.Forbidden, "the database doesn't allow this for %s", what)
	case "57014": // cancelled: our own context's doing, or a statement timeout
		return fmt.Errorf("%s: %w: %w", what, context.Canceled, err)
	}
	switch e.Code.Class() {
	case "22":
		return fault.Wrap(err, fault.Invalid, "%s has a value that the database can't hold: %s", what, e.Message)
	case "08", "53", "57":
		return fault.Wrap(err, fault.Unavailable, "the database is busy or restarting; try again in a moment")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unreachable reports whether err is about the connection and not about what
// was asked over it.
func unreachable(err error) bool {
	var n net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &n)
}
