// Package fault holds the errors that a person may read: a kind, which a server
// turns into a status, and a message of the catalogue in internal/words that
// says what is wrong and what to do.
package fault

import (
	"errors"
	"net/http"

	"keur/internal/words"
)

// Kind says what sort of fault it is; servers map it to a status in one place.
type Kind int

// The kinds of fault.
const (
	Internal    Kind = iota // nobody's input: a bug or a broken machine
	Invalid                 // the input is wrong
	NotFound                // what was asked for isn't there
	Forbidden               // the person may not do this
	Conflict                // the thing changed, or is not in a state that allows this
	Unavailable             // try again later
	Limited                 // too many tries; wait
)

// String returns the kind as a word for logs and problem titles.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not found"
	case Forbidden:
		return "forbidden"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	case Limited:
		return "limited"
	default:
		return "internal"
	}
}

// Status returns the HTTP status that says so (RFC 9110, 15).
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case NotFound:
		return http.StatusNotFound
	case Forbidden:
		return http.StatusForbidden
	case Conflict:
		return http.StatusConflict
	case Unavailable:
		return http.StatusServiceUnavailable
	case Limited:
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

// Detail points at one wrong field of an input.
type Detail struct {
	Path    string        // such as all[2].any[0].value
	Message words.Message // what is wrong there
}

// Error is a fault. Message and Details may be shown to the person who asked.
type Error struct {
	Kind    Kind
	Message words.Message
	Details []Detail
	cause   error
}

// Error returns the message in English, and the details when there are any.
func (e *Error) Error() string {
	s := e.Message.String()
	for _, d := range e.Details {
		s += "; " + d.Path + ": " + d.Message.String()
	}
	return s
}

// Said returns the message, for servers and messages that say it in the
// reader's language.
func (e *Error) Said() words.Message { return e.Message }

// Unwrap returns the cause, which is for logs and never for the person.
func (e *Error) Unwrap() error { return e.cause }

// New returns a fault of the kind with the message of the key. args are names
// and values in turn: New(Conflict, "approval.already_decided", "verdict", v).
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Message: words.Of(key, args...)}
}

// Wrap returns a fault that keeps cause for the log.
func Wrap(cause error, kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Message: words.Of(key, args...), cause: cause}
}

// At returns an Invalid fault about the one field at path.
func At(path, key string, args ...any) *Error {
	return invalid([]Detail{{Path: path, Message: words.Of(key, args...)}})
}

func invalid(details []Detail) *Error {
	e := New(Invalid, "input.invalid")
	e.Details = details
	return e
}

// Of returns the kind of err: that of the fault in its chain, else Internal.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err) == kind }

// List collects details while an input is checked whole, so that a person
// sees everything that is wrong at once.
type List struct{ details []Detail }

// Add notes that the field at path is wrong.
func (l *List) Add(path, key string, args ...any) {
	l.Note(path, words.Of(key, args...))
}

// Note notes what is wrong with the field at path, as was said elsewhere.
func (l *List) Note(path string, m words.Message) {
	l.details = append(l.details, Detail{Path: path, Message: m})
}

// Err returns an Invalid fault with all details, or nil when there are none.
func (l *List) Err() error {
	if len(l.details) == 0 {
		return nil
	}
	return invalid(l.details)
}
