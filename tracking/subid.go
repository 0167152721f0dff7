package tracking

import (
	"crypto/aes"
	"encoding/binary"
	"slices"
	"strings"
)

// SubID is what an affiliate network hands back with a transaction: the send,
// subject variant and link that earned it, and the click. It never holds the
// member, whom only our own record of the click knows.
type SubID struct {
	Send    int64 // at most 40 bits
	Variant uint8
	Link    uint16
	Click   uint64 // random, stored with the click
}

// A sub-id fills exactly the 32 characters that every network takes: the
// key's number, an encrypted block and three bytes of its tag, in letters and
// digits of one case, because a network may fold it.
const (
	subIDTag  = 3
	subIDRaw  = 1 + aes.BlockSize + subIDTag
	subIDSize = 32
)

// AppendSubID appends the sub-id, 32 letters and digits.
func (k *Keyring) AppendSubID(dst []byte, id SubID) []byte {
	set := k.now.Load()
	return set.appendSubID(dst, set.current, id)
}

// SubIDBy returns the sub-id as a key wrote it that signed once, or none if the
// ring doesn't have it any more.
func (k *Keyring) SubIDBy(key byte, id SubID) string {
	set := k.now.Load()
	if set.keys[key] == nil {
		return ""
	}
	return string(set.appendSubID(nil, key, id))
}

// appendSubID appends the sub-id by one of the set's keys.
func (set *keySet) appendSubID(dst []byte, key byte, id SubID) []byte {
	start := len(dst)
	dst = slices.Grow(dst, 1+2*aes.BlockSize)[:start+1+2*aes.BlockSize]
	dst[start] = key
	block, tag := dst[start+1:start+1+aes.BlockSize], dst[start+1+aes.BlockSize:]
	binary.BigEndian.PutUint64(block, uint64(id.Send)<<24|uint64(id.Variant)<<16|uint64(id.Link))
	binary.BigEndian.PutUint64(block[8:], id.Click)
	set.keys[key].subIDs.seal(block, tag)
	var raw [subIDRaw]byte
	copy(raw[:], dst[start:])
	mailCoding.Encode(dst[start:start+subIDSize], raw[:])
	return dst[:start+subIDSize]
}

// ParseSubID returns what a network's sub-id names, in whatever case it came
// back, and false when it isn't one of ours.
func (k *Keyring) ParseSubID(subID string) (SubID, bool) {
	if len(subID) != subIDSize {
		return SubID{}, false
	}
	var raw [subIDRaw]byte
	if _, err := mailCoding.Decode(raw[:], []byte(strings.ToLower(subID))); err != nil {
		return SubID{}, false
	}
	keys := k.now.Load().keys[raw[0]]
	if keys == nil {
		return SubID{}, false
	}
	block := raw[1 : 1+aes.BlockSize]
	if !keys.subIDs.unseal(block, raw[1+aes.BlockSize:]) {
		return SubID{}, false
	}
	head := binary.BigEndian.Uint64(block)
	return SubID{
		Send:    int64(head >> 24),
		Variant: uint8(head >> 16),
		Link:    uint16(head),
		Click:   binary.BigEndian.Uint64(block[8:]),
	}, true
}
