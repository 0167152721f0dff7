package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// newSecret returns 32 random bytes as text behind prefix, and the hash that is
// kept in its stead. So much randomness needs no slow hash.
func newSecret(prefix string) (plain string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, see its documentation
	plain = prefix + base64.RawURLEncoding.EncodeToString(raw)
	return plain, hashOf(plain)
}

func hashOf(plain string) []byte {
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}
