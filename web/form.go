package web

import (
	"net/url"
	"strings"

	"keur/internal/fault"
)

// form is what a person filled in, with what is wrong with it beside the
// fields. It goes back to the page as it was typed: nothing is lost.
type form struct {
	url.Values
	Fault  string            // about the whole
	Faults map[string]string // by field
}

// readForm reads the request's form.
func (v *visit) readForm() (form, error) {
	if err := v.Request.ParseForm(); err != nil {
		return form{}, fault.Wrap(err, fault.Invalid, "%s", v.Say.T("fault.form"))
	}
	return form{Values: v.Request.PostForm, Faults: map[string]string{}}, nil
}

// Field returns what stands in a field, without the space around it.
func (f form) Field(name string) string { return strings.TrimSpace(f.Get(name)) }

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
		f.Faults[detail.Path] = detail.Message
	}
	f.Fault = told.Sentence
	return nil
}

// Wrong reports whether anything was refused.
func (f form) Wrong() bool { return f.Fault != "" || len(f.Faults) > 0 }
