package tracking

import (
	"crypto/aes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// A sealed token is the key's number, one encrypted block and its tag:
//
//	key id (1) | AES-128(hide, kind send member link 0 0) (16) | AES-128(sign, block)[:8]
//
// A block is a permutation of its content, so equal deliveries have equal
// tokens, which is what a Message-ID needs, and nobody can tell the ids.
const (
	tagSize    = 8
	sealedSize = 1 + aes.BlockSize + tagSize

	urlTokenSize  = 34 // base64url of a sealed token
	mailTokenSize = 40 // base32 of a sealed token
)

// Ids are cut to these sizes in a block.
const (
	maxSend   = 1<<40 - 1
	maxMember = 1<<48 - 1
)

// urlCoding refuses stray bits in the last character, so that each token has
// one spelling.
var urlCoding = base64.RawURLEncoding.Strict()

// mailCoding survives receivers that change the case of a local part.
var mailCoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// AppendToken appends the token of ref as it stands in a URL, 34 characters.
// It doesn't allocate when dst has room.
func (k *Keyring) AppendToken(dst []byte, ref Ref) []byte {
	start := len(dst)
	dst = k.seal(slices.Grow(dst, urlTokenSize), ref)
	var sealed [sealedSize]byte
	copy(sealed[:], dst[start:])
	dst = dst[:start+urlTokenSize]
	urlCoding.Encode(dst[start:], sealed[:])
	return dst
}

// Token returns the token of ref as it stands in a URL.
func (k *Keyring) Token(ref Ref) string { return string(k.AppendToken(nil, ref)) }

// Parse returns what a URL's token names. It reports false when the token is
// forged, of an unknown key or of another kind: the server then answers 404.
func (k *Keyring) Parse(kind Kind, token string) (Ref, bool) {
	if len(token) != urlTokenSize {
		return Ref{}, false
	}
	var sealed [sealedSize]byte
	if _, err := urlCoding.Decode(sealed[:], []byte(token)); err != nil {
		return Ref{}, false
	}
	return k.unseal(kind, sealed[:])
}

// seal appends the sealed token of ref. It works in dst itself, because what
// passes through cipher.Block would otherwise be allocated.
func (k *Keyring) seal(dst []byte, ref Ref) []byte {
	if ref.Send < 0 || ref.Send > maxSend || ref.Member < 0 || ref.Member > maxMember {
		panic("tracking: an id is too large for a token") // cut off, it would name another member
	}
	start := len(dst)
	dst = slices.Grow(dst, 1+2*aes.BlockSize)[:start+1+2*aes.BlockSize]
	set := k.now.Load()
	dst[start] = set.current
	block, tag := dst[start+1:start+1+aes.BlockSize], dst[start+1+aes.BlockSize:]
	putRef(block, ref)
	set.keys[set.current].tokens.seal(block, tag)
	return dst[:start+sealedSize]
}

func (k *Keyring) unseal(kind Kind, sealed []byte) (Ref, bool) {
	keys := k.now.Load().keys[sealed[0]]
	if keys == nil {
		return Ref{}, false
	}
	block, tag := sealed[1:1+aes.BlockSize], sealed[1+aes.BlockSize:]
	if !keys.tokens.unseal(block, tag) {
		return Ref{}, false
	}
	ref := getRef(block)
	return ref, ref.Kind == kind
}

// putRef writes ref into a block: kind (1), send (5), member (6), link (2),
// and two bytes that stay zero for what comes later.
func putRef(block []byte, ref Ref) {
	binary.BigEndian.PutUint64(block[6:], uint64(ref.Member)<<16|uint64(ref.Link))
	binary.BigEndian.PutUint64(block[:8], uint64(ref.Kind)<<56|uint64(ref.Send)<<16|uint64(ref.Member)>>32)
	block[14], block[15] = 0, 0
}

func getRef(block []byte) Ref {
	head, tail := binary.BigEndian.Uint64(block[:8]), binary.BigEndian.Uint64(block[6:14])
	return Ref{
		Kind:   Kind(head >> 56),
		Send:   int64(head >> 16 & maxSend),
		Member: int64(tail >> 16),
		Link:   uint16(tail),
	}
}
