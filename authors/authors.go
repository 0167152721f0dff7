// Package authors knows who wrote which part of a mailing, by the part's bytes,
// and who approved those bytes before. From that follows who may decide about a
// mailing, and who may let its sends go on. The database derives the same
// (migrations/0019_authors.sql).
package authors

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"keur/accounts"
	"keur/internal/actors"
	"keur/internal/fault"
)

// Kind is what sort of part it is.
type Kind string

// The kinds of part.
const (
	Text       Kind = "text"       // subjects and preheader
	Block      Kind = "block"      // what is said in a placement
	Template   Kind = "template"   // the source of a mail
	Segment    Kind = "segment"    // a rule
	Image      Kind = "image"      // the bytes of a picture
	Attachment Kind = "attachment" // the bytes of a PDF that goes with a mail
	Creative   Kind = "creative"   // a picture, and what is said of it
	Deal       Kind = "deal"       // the terms of a campaign
	Voucher    Kind = "voucher"    // a pool's shared code, or codes that were added to it
	Product    Kind = "product"    // a product of a feed that was taken into a campaign
	Frame      Kind = "frame"      // all the rest of a mailing: sender, moment, placing
)

// Hash names a part by the SHA-256 of its kind and value.
type Hash [32]byte

// String returns the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a hash in hex.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fault.New(fault.Invalid, "authors.hash_form")
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fault.New(fault.Invalid, "authors.hash_form")
	}
	return nil
}

// Scan reads a hash from a bytea column.
func (h *Hash) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(h) {
		return fmt.Errorf("a part's hash has %d bytes, not %T", len(h), src)
	}
	copy(h[:], b)
	return nil
}

// Users are users as those who did something: in JSON they are named as the
// audit trail names them.
type Users []accounts.UserID

// MarshalJSON writes user:7 for each.
func (u Users) MarshalJSON() ([]byte, error) {
	named := make([]actors.User, len(u))
	for i, id := range u {
		named[i] = actors.User(id)
	}
	return json.Marshal(named)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (u *Users) UnmarshalJSON(text []byte) error {
	var named []actors.User
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	*u = make(Users, len(named))
	for i, one := range named {
		(*u)[i] = accounts.UserID(one)
	}
	return nil
}

// Part is a part by its bytes: who wrote them, and who approved them before.
type Part struct {
	Kind     Kind  `json:"kind"`
	Hash     Hash  `db:"hash" json:"hash"`
	Writers  Users `json:"written_by" nullable:"false"`
	Approved Users `json:"approved_by" nullable:"false"`
}

// Authors returns the writers who still count as authors: not those of whom
// another person approved these very bytes before.
func (p Part) Authors() []accounts.UserID {
	var standing []accounts.UserID
	for _, writer := range p.Writers {
		if !slices.ContainsFunc(p.Approved, func(by accounts.UserID) bool { return by != writer }) {
			standing = append(standing, writer)
		}
	}
	return standing
}

// Refuses returns why the user may not approve the part alone, or nil: nobody
// approves what they wrote themselves.
func (p Part) Refuses(by accounts.UserID) error {
	if slices.Contains(p.Writers, by) {
		return fault.New(fault.Forbidden, "authors.wrote_part")
	}
	return nil
}

// Writers returns the authors of parts, each once, in order.
func Writers(parts []Part) []accounts.UserID {
	var all []accounts.UserID
	for _, p := range parts {
		all = append(all, p.Authors()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
