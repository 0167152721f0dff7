package tracking

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"sync/atomic"

	"keur/internal/fault"
)

// minSecret is the least number of bytes of a secret: what AES-128 is worth.
const minSecret = 16

// Secret is one key of the installation, by which tokens are made and
// recognised. ID stands in every token, so that old ones outlive a rotation.
type Secret struct {
	ID    byte
	Bytes []byte
}

// Keyring makes tokens with its current key and recognises those of any of
// its keys. It is safe for concurrent use, and its keys may be replaced
// meanwhile.
type Keyring struct{ now atomic.Pointer[keySet] }

// keySet is what a ring holds at one moment. It doesn't change.
type keySet struct {
	current byte
	keys    [256]*keys
}

// keys are what one secret yields: a pair for each form of token.
type keys struct {
	tokens pair
	subIDs pair
	values pairOfValues
}

// pair hides a block's content and proves that we made it.
type pair struct {
	hide cipher.Block
	sign cipher.Block
}

// NewKeyring returns a ring that signs with current and honours the others too.
func NewKeyring(current Secret, others ...Secret) (*Keyring, error) {
	ring := &Keyring{}
	if err := ring.replace(current, others...); err != nil {
		return nil, err
	}
	return ring, nil
}

// replace gives the ring other keys, for all tokens from now on. Its own stay
// if it returns an error.
func (k *Keyring) replace(current Secret, others ...Secret) error {
	set := &keySet{current: current.ID}
	for _, secret := range append([]Secret{current}, others...) {
		if len(secret.Bytes) < minSecret {
			return fault.New(fault.Invalid, "tracking.key_short", "key", secret.ID, "least", minSecret)
		}
		if set.keys[secret.ID] != nil {
			return fault.New(fault.Invalid, "tracking.key_twice", "key", secret.ID)
		}
		keys, err := deriveKeys(secret.Bytes)
		if err != nil {
			return err
		}
		set.keys[secret.ID] = keys
	}
	k.now.Store(set)
	return nil
}

// deriveKeys gives each purpose a key of its own, so that nothing learned
// from one helps against another (RFC 5869).
func deriveKeys(secret []byte) (*keys, error) {
	var blocks [5]cipher.Block
	for i, purpose := range []string{"hide tokens", "sign tokens", "hide sub-ids", "sign sub-ids", "hide values"} {
		key, err := hkdf.Key(sha256.New, secret, nil, "keur tracking v1: "+purpose, aes.BlockSize)
		if err != nil {
			return nil, fmt.Errorf("derive the key to %s: %w", purpose, err)
		}
		if blocks[i], err = aes.NewCipher(key); err != nil {
			return nil, fmt.Errorf("use the key to %s: %w", purpose, err)
		}
	}
	sign, err := hkdf.Key(sha256.New, secret, nil, "keur tracking v1: sign values", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key to sign values: %w", err)
	}
	return &keys{tokens: pair{blocks[0], blocks[1]}, subIDs: pair{blocks[2], blocks[3]}, values: pairOfValues{blocks[4], sign}}, nil
}

// seal encrypts block in place and writes its tag, of a whole block, to tag.
func (p pair) seal(block, tag []byte) {
	p.hide.Encrypt(block, block)
	p.sign.Encrypt(tag, block)
}

// unseal decrypts block in place, and reports whether tag is its own.
func (p pair) unseal(block, tag []byte) bool {
	var want [aes.BlockSize]byte
	p.sign.Encrypt(want[:], block)
	if subtle.ConstantTimeCompare(want[:len(tag)], tag) != 1 {
		return false
	}
	p.hide.Decrypt(block, block)
	return true
}
