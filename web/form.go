package web

import (
	"net/url"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/internal/words"
)

// form is what a person filled in, with what is wrong with it beside the
// fields. It goes back to the page as it was typed: nothing is lost.
type form struct {
	url.Values
	Fault  string            // about the whole
	Faults map[string]string // by field

	say words.Speaker
}

// newForm is an empty form.
func newForm(say words.Speaker) form {
	return form{Values: url.Values{}, Faults: map[string]string{}, say: say}
}

// errStays keeps a store's Update from saving what a form got wrong.
var errStays = fault.New(fault.Invalid, "the input is not valid")

// readForm reads the request's form.
func (v *visit) readForm() (form, error) {
	if err := v.Request.ParseForm(); err != nil {
		return form{}, fault.Wrap(err, fault.Invalid, "%s", v.Say.T("fault.form"))
	}
	return form{Values: v.Request.PostForm, Faults: map[string]string{}, say: v.Say}, nil
}

// formFor reads the form that is about the thing which the path names.
func (v *visit) formFor(name string) (int64, form, error) {
	id, err := v.id(name)
	if err != nil {
		return 0, form{}, err
	}
	f, err := v.readForm()
	return id, f, err
}

// Field returns what stands in a field, without the space around it.
func (f form) Field(name string) string { return strings.TrimSpace(f.Get(name)) }

// number returns the whole number that stands in a field, or 0.
func (f form) number(name string) int {
	n, err := strconv.Atoi(f.Field(name))
	if err != nil {
		return 0
	}
	return n
}

// refuse notes that a field is wrong.
func (f *form) refuse(name, sentence string) { f.Faults[name] = sentence }

// take puts what a room refused beside the fields that it is about. Returns the
// error if it isn't one that the person can mend in this form.
func (f *form) take(err error) error {
	told, ok := asFault(err)
	if !ok {
		return err
	}
	switch told.Kind {
	case fault.Invalid, fault.Conflict, fault.Forbidden, fault.Limited:
	default:
		return err
	}
	for _, detail := range told.Details {
		f.Faults[detail.Path] = f.say.Fault(detail.Form)
	}
	if f.Fault == "" {
		f.Fault = f.say.Fault(told.Form)
	}
	return nil
}

// Wrong reports whether anything was refused.
func (f form) Wrong() bool { return f.Fault != "" || len(f.Faults) > 0 }
