package passkey

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
)

// Bytes are written as hexadecimal digits.
type Bytes []byte

// MarshalText writes the bytes.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText reads them.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// Answers reports whether a browser's client data answer the challenge
// (WebAuthn, 7.2).
func Answers(clientData, challenge []byte) bool {
	var client struct{ Type, Challenge string }
	return json.Unmarshal(clientData, &client) == nil && client.Type == "webauthn.get" &&
		client.Challenge == base64.RawURLEncoding.EncodeToString(challenge)
}
