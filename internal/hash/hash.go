// Package hash names things that are kept by their bytes: by the SHA-256 of them,
// which people and programs write in hex.
package hash

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
)

// Kind is a kind of thing.
type Kind interface {
	// Gone returns the error which says that there is no such thing.
	Gone() error
}

// Of names a thing of a kind, so that a name of one kind isn't taken for one of
// another.
type Of[K Kind] [sha256.Size]byte

// Parse reads a hash in hex. What isn't one names nothing that is there.
func Parse[K Kind](s string) (h Of[K], err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) {
		var kind K
		return h, kind.Gone()
	}
	return Of[K](raw), nil
}

// String returns the hash in hex.
func (h Of[K]) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hex.
func (h Of[K]) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the hash as Parse does.
func (h *Of[K]) UnmarshalText(text []byte) (err error) {
	*h, err = Parse[K](string(text))
	return err
}

// Value hands the hash to the database.
func (h Of[K]) Value() (driver.Value, error) { return h[:], nil }

// Scan reads a hash of the database.
func (h *Of[K]) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok || len(raw) != len(h) {
		return fmt.Errorf("a hash can't be read from %T", src)
	}
	*h = Of[K](raw)
	return nil
}
