package lang

import (
	"encoding/json"
	"slices"
	"strings"

	"keur/internal/words"
)

// origin says where a value comes from.
type origin int

const (
	fromFact  origin = iota // label, campaign, words: the same for all members
	fromToday               // the day on which the mail goes out
	fromMember
	fromVoucher
	fromLink
	fromPixel
	fromHoneypot
	fromUnsubscribe
	fromPreferences
	fromView
)

// Value is a thing that a tag shows or compares, with its filters.
type Value struct {
	name    string
	source  origin
	text    string   // of fromFact
	slot    int      // of fromMember in Values, of fromVoucher in Vouchers; the number of a link
	within  []*Value // of fromLink: those that its address carries
	typ     FieldType
	filters []filter
}

// LinkAddress returns the value that shows the address of counted link n, which
// carries the values.
func LinkAddress(n int, within ...*Value) *Value {
	return &Value{source: fromLink, slot: n, within: within, typ: Text}
}

// PixelAddress returns the value that shows the address of the pixel.
func PixelAddress() *Value { return &Value{source: fromPixel, typ: Text} }

// HoneypotAddress returns the value that shows the address of the hidden link.
func HoneypotAddress() *Value { return &Value{source: fromHoneypot, typ: Text} }

// Name returns what a tag calls the value.
func (v *Value) Name() string { return v.name }

// Fixed returns the text of a value that is the same for all members, whenever
// the mail goes out.
func (v *Value) Fixed() (text []byte, fixed bool) {
	if v.source != fromFact || v.asksToday() {
		return nil, false
	}
	return v.append(nil, &Recipient{}, nil), true
}

// OfMember reports whether the value is a member's own: a field, or a code.
func (v *Value) OfMember() bool { return v.source == fromMember || v.source == fromVoucher }

// asksToday reports whether the value depends on the day on which the mail goes out.
func (v *Value) asksToday() bool {
	return v.source == fromToday || slices.ContainsFunc(v.filters, func(f filter) bool { return f.asksToday() })
}

// shows returns the type of the value behind its filters.
func (v *Value) shows() FieldType {
	for _, f := range slices.Backward(v.filters) {
		if f.kind.makes != "" {
			return f.kind.makes
		}
	}
	return v.typ
}

// IsAddress reports whether the value is an address that we make.
func (v *Value) IsAddress() bool { return v.source >= fromLink }

// Unsubscribes reports whether the value is the address to unsubscribe at.
func (v *Value) Unsubscribes() bool { return v.source == fromUnsubscribe }

// isForeign reports whether the value is a text that a member may have chosen.
func (v *Value) isForeign() bool {
	return v.source == fromMember && (v.typ == Text || v.typ == Set)
}

// hasDefault reports whether the value shows something for every member.
func (v *Value) hasDefault() bool {
	return slices.ContainsFunc(v.filters, func(f filter) bool { return f.is("default") && f.text != "" })
}

// readable returns the value as it is shown in running text: a date without a
// form as people of the locale write it.
func (v *Value) readable(locale *words.Speaker) *Value {
	counts := func(f filter) bool { return f.is("date") || f.asksToday() }
	if v.typ != Date || slices.ContainsFunc(v.filters, counts) {
		return v
	}
	at := 0 // behind what makes another date of it
	for i, f := range v.filters {
		if f.is("plus") || f.is("minus") {
			at = i + 1
		}
	}
	long, _ := locale.DateForm("long") // which every language has
	shown := *v
	shown.filters = slices.Insert(slices.Clone(v.filters), at, filter{kind: filterOf("date"), form: long, locale: locale})
	return &shown
}

// raw returns the text of the value for the member, before its filters.
func (v *Value) raw(r *Recipient) string {
	switch {
	case v.source == fromFact:
		return v.text
	case v.source == fromToday:
		return r.day()
	case v.source == fromMember && v.slot < len(r.Values):
		return r.Values[v.slot]
	case v.source == fromVoucher && v.slot < len(r.Vouchers):
		return r.Vouchers[v.slot]
	}
	return ""
}

// append appends the text of the value for the member, filtered but not yet
// escaped.
func (v *Value) append(dst []byte, r *Recipient, urls URLs) []byte {
	start := len(dst)
	switch v.source {
	case fromLink:
		if len(v.within) == 0 {
			return urls.AppendLink(dst, v.slot, nil)
		}
		dst = appendValues(dst, v.within, r)
		dst = Rewrite(dst, start, func(dst, values []byte) []byte { return urls.AppendLink(dst, v.slot, values) })
	case fromPixel:
		dst = urls.AppendPixel(dst)
	case fromHoneypot:
		dst = urls.AppendHoneypot(dst)
	case fromUnsubscribe:
		dst = urls.AppendUnsubscribe(dst)
	case fromPreferences:
		dst = urls.AppendPreferences(dst)
	case fromView:
		dst = urls.AppendView(dst)
	default:
		dst = append(dst, v.raw(r)...)
		if v.typ == Set {
			dst = Rewrite(dst, start, appendSet)
		}
	}
	for i := range v.filters {
		f := &v.filters[i]
		dst = Rewrite(dst, start, func(dst, value []byte) []byte { return f.apply(dst, value, r.day()) })
	}
	return dst
}

// appendSet appends the texts of a JSON array with commas between.
func appendSet(dst, value []byte) []byte {
	var set []string
	if json.Unmarshal(value, &set) != nil {
		return append(dst, value...)
	}
	slices.Sort(set)
	return append(dst, strings.Join(set, ", ")...)
}
