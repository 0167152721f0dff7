package conversions

import (
	"encoding/json"

	"keur/internal/redact"
)

// WithoutAddresses returns the conversion with a mark in place of each address that
// a network wrote into it, as an order's number, say: for who sees no members'.
func (c Conversion) WithoutAddresses() Conversion {
	for _, text := range []*string{&c.Ref, &c.Part, &c.Order, &c.Reason, &c.Unknown, &c.SubID, &c.Voucher} {
		*text = redact.Addresses(*text)
	}
	return c
}

// WithoutAddresses does the same with what a network said.
func (s Said) WithoutAddresses() Said {
	s.Unknown, s.Reason = redact.Addresses(s.Unknown), redact.Addresses(s.Reason)
	if s.Raw = json.RawMessage(redact.Addresses(string(s.Raw))); !json.Valid(s.Raw) {
		s.Raw = json.RawMessage("null") // a mark that took more than was within one text
	}
	return s
}
