// Package postback reads transactions as any network can be told to report
// them: as parameters of an address that it calls.
package postback

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/networks"
)

// Read returns what the parameters say. Times without a zone are UTC, amounts
// have a decimal point, and a status is a word of networks.StatusOf; without one
// the sale is pending. What names no moment of its own is of now, unless it is
// new: then it is of the sale's own moment, so that any later answer counts over
// it. Returns an invalid fault that names what can't be read.
func Read(form url.Values, now time.Time) (networks.Report, error) {
	var wrong fault.List
	r := networks.Report{
		Transaction: form.Get("transaction"), Part: form.Get("part"), Programme: form.Get("programme"),
		Currency: strings.ToUpper(form.Get("currency")), Order: form.Get("order"), SubID: form.Get("subid"),
		Voucher: form.Get("voucher"), Reason: form.Get("reason"), Raw: raw(form),
	}
	var known bool
	word := cmp.Or(form.Get("status"), string(networks.Pending))
	if r.Status, known = networks.StatusOf(word); !known {
		r.Unknown = word
	}
	for name, into := range map[string]*int64{"amount": &r.Sale, "commission": &r.Commission} {
		var ok bool
		if *into, ok = networks.Minor(cmp.Or(form.Get(name), "0"), r.Currency); !ok {
			wrong.Add(name, "networks.amount")
		}
	}
	if r.Occurred = now; form.Get("time") != "" {
		r.Occurred = moment(&wrong, form, "time")
	}
	if form.Get("clicked") != "" {
		clicked := moment(&wrong, form, "clicked")
		r.Clicked = &clicked
	}
	switch {
	case form.Get("changed") != "":
		r.At = moment(&wrong, form, "changed")
	case r.Status == networks.Pending && r.Unknown == "":
		r.At = r.Occurred
	default:
		r.At = now
	}
	return r, wrong.Err()
}

func moment(wrong *fault.List, form url.Values, name string) time.Time {
	at, ok := networks.Moment(form.Get(name), time.UTC)
	if !ok {
		wrong.Add(name, "networks.moment")
	}
	return at
}

// raw keeps the parameters as they came.
func raw(form url.Values) json.RawMessage {
	text, err := json.Marshal(form)
	if err != nil {
		panic(err) // lists of texts
	}
	return text
}
