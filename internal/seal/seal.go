// Package seal locks secrets away with one key, so that a copy of the base
// alone gives no password of an SMTP server and no signing key.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"keur/internal/fault"
)

// minSecret is the least that a secret of an installation may be long.
const minSecret = 16

// keySize makes it AES-256.
const keySize = 32

// Box seals and opens with a key made of the installation's secret.
type Box struct {
	secret []byte
	aead   cipher.AEAD
}

// New returns a box for the installation's secret (KEUR_SECRET), which must be
// at least 16 bytes of what nobody guesses.
func New(secret []byte) (*Box, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("the secret (KEUR_SECRET) has %d characters and needs at least %d; make one with: openssl rand "+
			"-base64 32", len(secret), minSecret)
	}
	b := &Box{secret: secret}
	block, err := aes.NewCipher(b.Subkey("seal"))
	if err != nil {
		return nil, fmt.Errorf("key of the seal: %w", err)
	}
	if b.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("key of the seal: %w", err)
	}
	return b, nil
}

// Seal returns plain encrypted and authenticated, different each time. It opens
// only beside what it belongs to, such as the address that a letter goes to.
func (b *Box) Seal(plain []byte, beside ...string) []byte {
	return b.aead.Seal(nil, nil, plain, together(beside))
}

// Open returns what was sealed. Returns an error if it was sealed with another
// secret or beside something else, or changed since.
func (b *Box) Open(sealed []byte, beside ...string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, together(beside))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "database.secret_sealed")
	}
	return plain, nil
}

// together writes the parts so that no two lists read alike.
func together(parts []string) []byte {
	var all []byte
	for _, part := range parts {
		all = fmt.Appendf(all, "%d:%s", len(part), part)
	}
	return all
}

// Subkey returns a key of 32 bytes for one purpose, such as "erased-address".
// Keys of different purposes tell nothing of each other (RFC 5869).
func (b *Box) Subkey(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, b.secret, nil, "keur "+purpose, keySize)
	if err != nil {
		panic(err) // only for a longer key than HKDF gives
	}
	return key
}
