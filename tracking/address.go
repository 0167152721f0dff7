package tracking

import (
	"slices"
	"strings"
)

// Local parts of the addresses that a delivery carries. The VERP one is the
// return path, the other the mailto of List-Unsubscribe.
const (
	bouncePrefix      = "b+"
	unsubscribePrefix = "u+"
)

// opaqueSize is the part of a mail token before the dot: about its key id and
// block; what follows is about its tag.
const opaqueSize = 27

// AppendReturnPath appends the VERP address of a delivery,
// b+<opaque>.<hmac>@domain: 43 octets before the @.
func (k *Keyring) AppendReturnPath(dst []byte, send, member int64, domain string) []byte {
	return k.appendAddress(dst, bouncePrefix, Ref{Kind: Bounce, Send: send, Member: member}, domain)
}

// ParseReturnPath returns the delivery that a VERP address names, whatever
// the case it came back in, and false when it is forged or not ours.
func (k *Keyring) ParseReturnPath(address string) (Ref, bool) {
	return k.parseAddress(address, bouncePrefix, Bounce)
}

// AppendUnsubscribeAddress appends the address that a mail can be sent to for
// unsubscribing, u+<opaque>.<hmac>@domain (RFC 2369).
func (k *Keyring) AppendUnsubscribeAddress(dst []byte, send, member int64, domain string) []byte {
	return k.appendAddress(dst, unsubscribePrefix, Ref{Kind: Unsubscribe, Send: send, Member: member}, domain)
}

// ParseUnsubscribeAddress returns the delivery that such an address names.
func (k *Keyring) ParseUnsubscribeAddress(address string) (Ref, bool) {
	return k.parseAddress(address, unsubscribePrefix, Unsubscribe)
}

// AppendMessageID appends the Message-ID of a delivery with its angle
// brackets. It is the same at every attempt.
func (k *Keyring) AppendMessageID(dst []byte, send, member int64, domain string) []byte {
	dst = append(dst, '<')
	dst = k.appendMailToken(dst, Ref{Kind: Message, Send: send, Member: member})
	dst = append(dst, '@')
	dst = append(dst, domain...)
	return append(dst, '>')
}

// ParseMessageID returns the delivery whose Message-ID this is, with or
// without its angle brackets.
func (k *Keyring) ParseMessageID(id string) (Ref, bool) {
	local, _, found := strings.Cut(strings.Trim(strings.TrimSpace(id), "<>"), "@")
	if !found {
		return Ref{}, false
	}
	return k.parseMailToken(local, Message)
}

func (k *Keyring) appendAddress(dst []byte, prefix string, ref Ref, domain string) []byte {
	dst = append(dst, prefix...)
	dst = k.appendMailToken(dst, ref)
	dst = slices.Insert(dst, len(dst)-mailTokenSize+opaqueSize, '.')
	dst = append(dst, '@')
	return append(dst, domain...)
}

// parseAddress doesn't look at the domain: the tag proves that the address is ours.
func (k *Keyring) parseAddress(address, prefix string, kind Kind) (Ref, bool) {
	local, _, found := strings.Cut(strings.Trim(strings.TrimSpace(address), "<>"), "@")
	if !found || len(local) < len(prefix) || !strings.EqualFold(local[:len(prefix)], prefix) {
		return Ref{}, false
	}
	opaque, tag, found := strings.Cut(local[len(prefix):], ".")
	if !found || len(opaque) != opaqueSize {
		return Ref{}, false
	}
	return k.parseMailToken(opaque+tag, kind)
}

func (k *Keyring) appendMailToken(dst []byte, ref Ref) []byte {
	start := len(dst)
	dst = k.seal(slices.Grow(dst, mailTokenSize+1), ref)
	var sealed [sealedSize]byte
	copy(sealed[:], dst[start:])
	dst = dst[:start+mailTokenSize]
	mailCoding.Encode(dst[start:], sealed[:])
	return dst
}

func (k *Keyring) parseMailToken(token string, kind Kind) (Ref, bool) {
	if len(token) != mailTokenSize {
		return Ref{}, false
	}
	var sealed [sealedSize]byte
	if _, err := mailCoding.Decode(sealed[:], []byte(strings.ToLower(token))); err != nil {
		return Ref{}, false
	}
	return k.unseal(kind, sealed[:])
}
