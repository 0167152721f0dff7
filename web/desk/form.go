package desk

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/typed"
	"keur/internal/words"
)

// Form is what a person filled in, with what is wrong with it beside the
// fields. It goes back to the page as it was typed: nothing is lost.
type Form struct {
	url.Values
	Fault  string            // about the whole
	Faults map[string]string // by field

	Say words.Speaker // in whose language faults are said
}

// NewForm is an empty form.
func NewForm(say words.Speaker) Form {
	return Form{Values: url.Values{}, Faults: map[string]string{}, Say: say}
}

// ErrInvalid keeps a store's Update from saving what a form got wrong.
var ErrInvalid = fault.New(fault.Invalid, "input.invalid")

// ReadForm reads the request's form.
func ReadForm(x *Exchange) (Form, error) {
	if err := x.Request.ParseForm(); err != nil {
		return Form{}, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	return FormOf(x), nil
}

// FormOf is the request's form once it was read.
func FormOf(x *Exchange) Form {
	f := Form{Values: x.Request.PostForm, Faults: map[string]string{}, Say: x.Say}
	f.refuseUnread()
	return f
}

// FormFor reads the form that is about the thing which the path names.
func FormFor(x *Exchange, name string) (int64, Form, error) {
	id, err := x.ID(name)
	if err != nil {
		return 0, Form{}, err
	}
	f, err := ReadForm(x)
	return id, f, err
}

// Field returns what stands in a field, without the space around it.
func (f Form) Field(name string) string { return strings.TrimSpace(f.Get(name)) }

// Instant returns the moment that a page put into a hidden field, in
// microseconds since 1970.
func (f Form) Instant(name string) time.Time {
	n, _ := strconv.ParseInt(f.Get(name), 10, 64)
	return time.UnixMicro(n)
}

// Number returns the whole number that stands in a field. Of an empty one it is 0;
// what is no such number is refused beside the field, and −1, which rooms refuse.
func (f Form) Number(name string) int {
	text := f.Field(name)
	if text == "" {
		return 0
	}
	n, ok := typed.Count(text, math.MaxInt32)
	if !ok {
		f.Refuse(name, f.Say.Sentence(words.Of("input.no_count")))
		return -1
	}
	return int(n)
}

// Positive returns the whole number from 1 on that stands in a field, or 0 if it is
// empty, which means something else: no limit, or the usual one. Anything else, 0
// too, is refused beside the field, and comes back as -1.
func (f Form) Positive(name string) int {
	n := f.Number(name)
	if n < 0 || n == 0 && f.Field(name) != "" {
		f.Refuse(name, f.Say.Sentence(words.Of("input.no_positive")))
		return -1
	}
	return n
}

// Comma reports whether who fills the form in writes decimals with a comma.
func (f Form) Comma() bool { return words.Comma(f.Say.Locale) == "," }

// Decimal returns the number that stands in a field, written as its reader writes
// numbers, or 0 if it is empty; false of what is no number.
func (f Form) Decimal(name string) (float64, bool) {
	text := f.Field(name)
	if text == "" {
		return 0, true
	}
	return typed.Number(text, f.Comma())
}

// Refuse notes that a field is wrong.
func (f *Form) Refuse(name, sentence string) { f.Faults[name] = sentence }

// Take puts what a room refused beside the fields that it is about. Returns the
// error if it isn't one that the person can mend in this form: what takes a
// proof is asked for it on a page of its own.
func (f *Form) Take(err error) error {
	problem, ok := AsFault(err)
	if _, asked := accounts.ProofAsked(err); asked || !ok {
		return err
	}
	switch problem.Kind {
	case fault.Invalid, fault.Conflict, fault.Forbidden, fault.Limited:
	default:
		return err
	}
	for _, detail := range problem.Details {
		f.Faults[detail.Path] = f.Say.Sentence(detail.Message)
	}
	if f.Fault == "" {
		f.Fault = f.Say.Sentence(problem.Message)
	}
	return nil
}

// Wrong reports whether anything was refused.
func (f Form) Wrong() bool { return f.Fault != "" || len(f.Faults) > 0 }

// Refused notes on the form why somebody isn't let in, in their language.
// Returns the error if it isn't about that.
func Refused(x *Exchange, f *Form, err error) error {
	switch why := accounts.Why(err); {
	case why != "":
		f.Fault = x.Say.Of("refusal", why)
	case fault.Is(err, fault.Limited):
		f.Fault = x.Say.T("signin.limited")
	default:
		return f.Take(err)
	}
	return nil
}
