// Package fault holds the errors that a person may read: a kind, which a door
// turns into a status, and a sentence that says what is wrong and what to do.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of fault it is; doors map it to a status in one place.
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
	Path    string `json:"path"`    // such as all[2].any[0].value
	Message string `json:"message"` // what is wrong there, as a sentence
	Form    Form   `json:"-"`
}

// Form is how a sentence was made, for doors that say it in another language.
type Form struct {
	Text string // as for fmt.Sprintf
	Args []any
}

// Error is a fault. Sentence and Details may be shown to the person who asked.
type Error struct {
	Kind     Kind
	Sentence string
	Form     Form
	Details  []Detail
	cause    error
}

// Error returns the sentence, and the details when there are any.
func (e *Error) Error() string {
	s := e.Sentence
	for _, d := range e.Details {
		s += "; " + d.Path + ": " + d.Message
	}
	return s
}

// Unwrap returns the cause, which is for logs and never for the person.
func (e *Error) Unwrap() error { return e.cause }

// New returns a fault of the kind with the sentence.
func New(kind Kind, sentence string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(sentence, args...), Form: Form{sentence, args}}
}

// Wrap returns a fault with the sentence that keeps cause for the log.
func Wrap(cause error, kind Kind, sentence string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(sentence, args...), Form: Form{sentence, args}, cause: cause}
}

// At returns an Invalid fault about the one field at path.
func At(path, message string, args ...any) *Error {
	return invalid([]Detail{detail(path, message, args)})
}

func detail(path, message string, args []any) Detail {
	return Detail{Path: path, Message: fmt.Sprintf(message, args...), Form: Form{message, args}}
}

func invalid(details []Detail) *Error {
	e := New(Invalid, "the input is not valid")
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
func (l *List) Add(path, message string, args ...any) {
	l.details = append(l.details, detail(path, message, args))
}

// Err returns an Invalid fault with all details, or nil when there are none.
func (l *List) Err() error {
	if len(l.details) == 0 {
		return nil
	}
	return invalid(l.details)
}
