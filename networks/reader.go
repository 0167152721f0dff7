package networks

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"keur/internal/fault"
)

// Reader reads the texts of one transaction, and notes those that it can't.
type Reader struct {
	Zone  *time.Location // of moments that name none
	wrong fault.List
}

// Amount reads an amount in minor units of its currency.
func (r *Reader) Amount(path, text, currency string) int64 {
	n, ok := Minor(text, currency)
	if !ok {
		r.wrong.Add(path, "networks.amount")
	}
	return n
}

// Moment reads a date and time.
func (r *Reader) Moment(path, text string) time.Time {
	at, ok := Moment(text, r.Zone)
	if !ok {
		r.wrong.Add(path, "networks.moment")
	}
	return at
}

// MomentOf reads a date and time that may be left out, or be one of which networks
// knew nothing: programs that have no word for none write the first day of a year.
func (r *Reader) MomentOf(path, text string) *time.Time {
	if text == "" || strings.HasPrefix(text, "0000-00-00") {
		return nil
	}
	at := r.Moment(path, text)
	if !ofOurTime(at) {
		return nil
	}
	return &at
}

// Refuse notes what is wrong with the transaction.
func (r *Reader) Refuse(path, key string, args ...any) { r.wrong.Add(path, key, args...) }

// Words are a network's words for what it decided, in lower case.
type Words map[string]Status

// Of returns what a word means, and the word itself if nobody knows: then it is
// pending.
func (w Words) Of(word string) (status Status, unknown string) {
	if status, known := w[strings.ToLower(strings.TrimSpace(word))]; known {
		return status, ""
	}
	if word == "" {
		word = "?"
	}
	return Pending, word
}

// Text is a text or a number of JSON, as it is written: networks have both for
// one field, and amounts never become floats.
type Text string

// UnmarshalJSON takes a text, a number, true, false or nothing.
func (t *Text) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*t = ""
		return nil
	}
	if len(data) == 0 || data[0] != '"' {
		*t = Text(data)
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	*t = Text(strings.TrimSpace(text))
	return err
}
