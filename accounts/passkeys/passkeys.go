// Package passkeys keeps the keys of users' own devices (WebAuthn Level 3), and
// takes what they sign: to sign in, and as proof for one action.
package passkeys

import (
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"keur/accounts"
	"keur/internal/passkey"
)

// ID names a passkey.
type ID int64

// Passkey is a key of a user's own device (WebAuthn Level 3), which signs only
// for the address of the desk.
type Passkey struct {
	ID         ID              `db:"id" json:"id"`
	UserID     accounts.UserID `db:"user_id" json:"user_id"`
	Name       string          `db:"name" json:"name"`
	CreatedAt  time.Time       `db:"created_at" json:"created_at"`
	LastUsedAt *time.Time      `db:"last_used_at" json:"last_used_at,omitempty"`

	CredentialID []byte `db:"credential_id" json:"-"`
	PublicKey    []byte `db:"public_key" json:"-"`
	Flags        uint8  `db:"flags" json:"-"`
	SignCount    uint32 `db:"sign_count" json:"-"`
}

// holderOf is the user with their keys, as devices are asked for them.
func holderOf(u accounts.User, keys []Passkey) passkey.Holder {
	h := passkey.Holder{ID: strconv.FormatInt(int64(u.ID), 10), Name: u.Name, Address: u.Email}
	for _, k := range keys {
		h.Keys = append(h.Keys, webauthn.Credential{
			ID: k.CredentialID, PublicKey: k.PublicKey, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
			Authenticator: webauthn.Authenticator{SignCount: k.SignCount},
		})
	}
	return h
}
