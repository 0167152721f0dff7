package anchors

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"keur/approval"
)

// Anchor is the trail's head at some moment, signed, to be kept where whoever
// owns the database has no hand in it.
type Anchor struct {
	Seq       int64             `db:"seq" json:"seq"`
	Hash      approval.HexBytes `db:"hash" json:"hash"`
	At        time.Time         `db:"at" json:"at"`
	Key       approval.HexBytes `db:"key" json:"key"` // Ed25519, public
	Signature approval.HexBytes `db:"signature" json:"signature"`
}

// KeyOf makes the key that signs anchors of the installation's secret.
func KeyOf(box interface{ Subkey(purpose string) []byte }) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(box.Subkey("audit-anchor"))
}

// Sign returns the anchor of a head.
func Sign(key ed25519.PrivateKey, seq int64, hash []byte, at time.Time) Anchor {
	a := Anchor{Seq: seq, Hash: hash, At: at.UTC().Truncate(time.Microsecond), Key: approval.HexBytes(key.Public().(ed25519.PublicKey))}
	a.Signature = ed25519.Sign(key, a.signed())
	return a
}

// signed is what the signature is over.
func (a Anchor) signed() []byte {
	return fmt.Appendf(nil, "keur audit anchor\n%d\n%x\n%d\n", a.Seq, []byte(a.Hash), a.At.UnixMicro())
}

// Holds reports whether it was signed by the key.
func (a Anchor) Holds(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && bytes.Equal(a.Key, key) && ed25519.Verify(key, a.signed(), a.Signature)
}

// Read reads the anchors of a file, one a line.
func Read(file io.Reader) (found []Anchor, err error) {
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var raw struct {
			Seq                  int64
			At                   time.Time
			Hash, Key, Signature string
		}
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			return nil, fmt.Errorf("line %d is no anchor: %w", n, err)
		}
		a := Anchor{Seq: raw.Seq, At: raw.At}
		for _, part := range []struct {
			into *approval.HexBytes
			text string
		}{{&a.Hash, raw.Hash}, {&a.Key, raw.Key}, {&a.Signature, raw.Signature}} {
			if *part.into, err = hex.DecodeString(part.text); err != nil {
				return nil, fmt.Errorf("line %d is no anchor: %w", n, err)
			}
		}
		found = append(found, a)
	}
	return found, lines.Err()
}

// Write adds an anchor to a file of them.
func Write(file io.Writer, a Anchor) error {
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write an anchor: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	return err
}
