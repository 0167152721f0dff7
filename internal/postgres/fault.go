package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/words"
)

// Fault turns an error of the database into one for the person who asked for
// a thing: Fault(err, "thing.review", "id", id). What a person can't help is wrapped for the log; nil
// stays nil, and an error that is a fault already stays as it is.
func Fault(err error, thing string, args ...any) error {
	if err == nil || fault.Of(err) != fault.Internal {
		return err
	}
	what := words.Of(thing, args...)
	var e *pq.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(err, fault.NotFound, "database.missing", "what", what)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &e):
		return ofCode(e, err, what)
	case unreachable(err):
		return fault.Wrap(err, fault.Unavailable, "database.unreachable")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Breaks reports whether err says that a constraint or a unique index of this
// name is broken.
func Breaks(err error, constraint string) bool {
	var e *pq.Error
	return errors.As(err, &e) && e.Code.Class() == "23" && e.Constraint == constraint
}

// Refused reports whether a trigger refused what was written. To whoever asked it is a
// conflict, as when somebody was quicker; work that nobody asked for should have known,
// and would go on being refused without a word.
func Refused(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && e.Code == raisedBySQL
}

// Unfit reports whether the base refused what was written for what it is: a value, a
// constraint or a trigger stands against it, and would another time.
func Unfit(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code == raisedBySQL || e.Code.Class() == "22" || e.Code.Class() == "23")
}

// Damaged reports whether the base has lost what was asked for: its own files are
// gone, can't be read, or hold something else than it wrote.
func Damaged(err error) bool {
	var e *pq.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "XX001", "XX002", "58030", "58P01": // data_corrupted, index_corrupted, io_error, undefined_file
		return true
	}
	return false
}

// raisedBySQL is the SQLSTATE of RAISE EXCEPTION without one.
const raisedBySQL = "P0001"

// ofCode sorts an error by its SQLSTATE, see appendix A of PostgreSQL's manual.
func ofCode(e *pq.Error, err error, what words.Message) error {
	switch e.Code {
	case raisedBySQL: // what a trigger refuses
		why := raised(e)
		return fault.Wrap(err, fault.Conflict, why.Key, why.Args...)
	case "23505":
		return fault.Wrap(err, fault.Conflict, "database.exists", "what", what)
	case "23503":
		return fault.Wrap(err, fault.Invalid, "database.reference", "what", what)
	case "23502":
		return fault.Wrap(err, fault.Invalid, "database.lacks", "what", what, "field", e.Column)
	case "23514":
		return fault.Wrap(err, fault.Invalid, "database.rule", "what", what, "rule", e.Constraint)
	case "42501":
		return fault.Wrap(err, fault.Forbidden, "database.forbidden", "what", what)
	case "53100":
		return fault.Wrap(err, fault.Unavailable, "database.disk_full")
	case "57014": // cancelled: our own context's doing, or a statement timeout
		return fmt.Errorf("%s: %w: %w", what, context.Canceled, err)
	}
	switch e.Code.Class() {
	case "22":
		return fault.Wrap(err, fault.Invalid, "database.value", "what", what, "error", e.Message)
	case "08", "40", "53", "57": // 40: given up in favour of another, or at a standby of what the base did
		return fault.Wrap(err, fault.Unavailable, "database.busy")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// raised returns what a trigger says: the message that it names as CONSTRAINT,
// with the arguments in its DETAIL, or its own sentence.
func raised(e *pq.Error) words.Message {
	if e.Constraint == "" {
		return words.Verbatim(e.Message)
	}
	var m words.Message
	if err := m.Scan(fmt.Sprintf(`{"key": %q, "args": %s}`, e.Constraint, cmp.Or(e.Detail, "{}"))); err != nil {
		return words.Verbatim(e.Message)
	}
	return m
}

// unreachable reports whether err is about the connection and not about what
// was asked over it.
func unreachable(err error) bool {
	var n net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &n)
}
