// Package actors is how answers, and the audit trail, name whoever did
// something: a user, a client's contact, a member, a program.
package actors

import (
	"fmt"
	"strconv"
	"strings"
)

// Pattern is what every actor looks like: user:7, contact:3, member,
// department:4, provider:2, console:anna, system:scheduler, database:keur_app.
const Pattern = `^((user|contact|department|provider):[1-9][0-9]*|member|(system|console|database)(:.+)?)$`

// User is a user by number, as the one who did something. In JSON and for
// people who search the trail it is user:7, since others do the same things
// elsewhere.
type User int64

// String names the user as the audit trail does.
func (u User) String() string { return "user:" + strconv.FormatInt(int64(u), 10) }

// MarshalText writes the user as the audit trail does.
func (u User) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what MarshalText writes. It returns an error for any other
// actor.
func (u *User) UnmarshalText(text []byte) error {
	number, is := strings.CutPrefix(string(text), "user:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil || id <= 0 || strconv.FormatInt(id, 10) != number {
		return fmt.Errorf("%q names no user", text)
	}
	*u = User(id)
	return nil
}
