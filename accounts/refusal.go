package accounts

import (
	"errors"

	"keur/internal/fault"
)

// Refusal is why somebody isn't let in. It is the cause of a forbidden fault,
// for servers that say it in the reader's own language.
type Refusal string

// The refusals.
const (
	Mismatch      Refusal = "mismatch"       // address and password don't belong together
	WrongPassword Refusal = "wrong_password" // not that of who is signed in
	WrongCode     Refusal = "wrong_code"     // or it was used
	WrongPasskey  Refusal = "wrong_passkey"  // unknown here, or it signed something else
	Stale         Refusal = "stale"          // a sign-in that took too long: begin again
	DeadLink      Refusal = "dead_link"      // to set a password: used, or too old
	SignedOut     Refusal = "signed_out"
	BadToken      Refusal = "bad_token" // of the API
	LockedOut     Refusal = "locked_out"

	// What a provider, or its person, is refused for.
	NotByProvider Refusal = "not_by_provider" // it didn't confirm, or is switched off
	NoAddress     Refusal = "no_address"
	Unverified    Refusal = "unverified"
	OtherDomain   Refusal = "other_domain"
	Unknown       Refusal = "unknown"      // and newcomers are refused
	SomeoneElse   Refusal = "someone_else" // the address was another person's before
)

// Error returns the reason as a word, for the log.
func (r Refusal) Error() string { return string(r) }

// Why returns why somebody wasn't let in, or "" if err isn't about that.
func Why(err error) Refusal {
	var r Refusal
	errors.As(err, &r)
	return r
}

func refuse(why Refusal, key string, args ...any) error {
	return fault.Wrap(why, fault.Forbidden, key, args...)
}
