package tracking

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
)

// A member's values travel sealed behind the token of a link's address, so that
// nobody on their way reads them or puts others in their place:
//
//	key id (1) | tag (16) | AES-128-CTR(hide, nonce tag, values)
//
// The tag is of token and values, HMAC-SHA-256(sign, token | values)[:16], and so
// is the nonce (the construction of RFC 5297): equal mails have equal addresses,
// other values another nonce, and values of one address open no other.
const valuesHead = 1 + aes.BlockSize

// pairOfValues hides values and proves that we wrote them.
type pairOfValues struct {
	hide cipher.Block
	sign []byte
}

func (p pairOfValues) tag(token, values []byte) []byte {
	mac := hmac.New(sha256.New, p.sign)
	_, _ = mac.Write(token) // a hash never fails
	_, _ = mac.Write(values)
	return mac.Sum(nil)[:aes.BlockSize]
}

// appendSealed appends values, sealed for the address of the token. It may be a
// part of dst.
func (k *Keyring) appendSealed(dst, token, values []byte) []byte {
	set := k.now.Load()
	keys := set.keys[set.current].values
	sealed := make([]byte, valuesHead+len(values))
	sealed[0] = set.current
	tag := keys.tag(token, values)
	copy(sealed[1:], tag)
	cipher.NewCTR(keys.hide, tag).XORKeyStream(sealed[valuesHead:], values)
	start, size := len(dst), urlCoding.EncodedLen(len(sealed))
	dst = slices.Grow(dst, size)[:start+size]
	urlCoding.Encode(dst[start:], sealed)
	return dst
}

// ParseClick returns what the path of a link's address names behind /c/, and the
// values that it carries: none if it ends with the token. It reports false when
// either is forged or of another address.
func (k *Keyring) ParseClick(path string) (ref Ref, values []byte, ok bool) {
	token, sealed, carries := strings.Cut(path, "/")
	if ref, ok = k.Parse(Click, token); !ok || !carries {
		return ref, nil, ok
	}
	raw, err := urlCoding.DecodeString(sealed)
	if err != nil || len(raw) <= valuesHead {
		return Ref{}, nil, false
	}
	keys := k.now.Load().keys[raw[0]]
	if keys == nil {
		return Ref{}, nil, false
	}
	tag, values := raw[1:valuesHead], raw[valuesHead:]
	cipher.NewCTR(keys.values.hide, tag).XORKeyStream(values, values)
	if subtle.ConstantTimeCompare(keys.values.tag([]byte(token), values), tag) != 1 {
		return Ref{}, nil, false
	}
	return ref, values, true
}
