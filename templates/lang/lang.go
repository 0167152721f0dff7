// Package lang is the language of what differs for each member: {{member.first_name}},
// {{if member.points > 100}}. It reads the tags of a text, resolves their names,
// checks that ifs and ends fit together, and makes steps that append the text
// for one member. It knows nothing of HTML but how to escape values for it.
// LANGUAGE.md tells planners what they may write.
package lang

import (
	"cmp"
	_ "embed" // the reference
)

// Reference is LANGUAGE.md.
//
//go:embed LANGUAGE.md
var Reference string

// FieldType is the type of a member's field. It decides what may be compared
// with it and how its text is read.
type FieldType string

// The types of fields, with the text that Recipient.Values carries for each.
const (
	Text   FieldType = "text"   // as it is
	Number FieldType = "number" // 1234.5
	Date   FieldType = "date"   // 2026-11-21, or with a time as in RFC 3339
	Bool   FieldType = "bool"   // true or false
	Set    FieldType = "set"    // a JSON array of texts: ["travel","books"]
)

// Recipient is what one member brings to a text.
type Recipient struct {
	Values   []string // in the order of Scope.Fields; "" when there is none
	Vouchers []string // in the order of Scope.Vouchers
	Today    string   // the day on which the mail goes out, in the label's zone: 2026-11-24; "" in what is shown for approval
}

// SampleDay stands for the day on which a mail goes out where that isn't known,
// as in what approvers are shown: the same mail may go out on many days.
const SampleDay = "2026-12-24"

func (r *Recipient) day() string { return cmp.Or(r.Today, SampleDay) }

// URLs writes the addresses that differ for each member. The tracking package
// signs them; a preview shows addresses that lead nowhere.
type URLs interface {
	// AppendLink appends the address of a counted link. It carries the values that
	// Link.AppendTarget puts into the target; none when all members get the same.
	AppendLink(dst []byte, link int, values []byte) []byte
	AppendPixel(dst []byte) []byte
	AppendHoneypot(dst []byte) []byte // a link that no person sees
	AppendUnsubscribe(dst []byte) []byte
	AppendPreferences(dst []byte) []byte
	AppendView(dst []byte) []byte
}

// Reporter is told what is wrong with a text. Codes are stable; the message is
// a format with its arguments.
type Reporter interface {
	// Warn notes something that a person should look at.
	Warn(at Position, code, key string, args ...any)
	// Fail notes a fault after which the text can't be rendered.
	Fail(at Position, code, key string, args ...any)
}
