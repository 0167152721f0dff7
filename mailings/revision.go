package mailings

import (
	"bytes"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"keur/internal/actors"
	"keur/internal/fault"
)

// RevisionID names a revision. 0 stands for "none yet".
type RevisionID int64

// Digest is the SHA-256 of a revision's canonical content. Every approval names
// the digest that was seen.
type Digest [sha256.Size]byte

// String returns the digest in hex.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the digest in hex.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a digest in hex.
func (d *Digest) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fault.New(fault.Invalid, "mailings.digest_form", "digits", 2*len(d))
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return fault.New(fault.Invalid, "mailings.digest_form", "digits", 2*len(d))
	}
	return nil
}

// Scan reads a digest from a bytea column.
func (d *Digest) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(d) {
		return fmt.Errorf("a digest has %d bytes, not %T", len(d), src)
	}
	copy(d[:], b)
	return nil
}

// Value writes the digest to a bytea column.
func (d Digest) Value() (driver.Value, error) { return d[:], nil }

// Revision is one immutable state of a mailing's content.
type Revision struct {
	ID        RevisionID  `db:"id" json:"id"`
	MailingID ID          `db:"mailing_id" json:"mailing_id"`
	Number    int         `db:"number" json:"number"` // from 1 within the mailing
	Canonical []byte      `db:"content" json:"-"`     // what the digest is over
	Digest    Digest      `db:"digest" json:"digest"`
	CreatedBy actors.User `db:"created_by" json:"created_by"`
	CreatedAt time.Time   `db:"created_at" json:"created_at"`
}

// Content returns what the revision says.
func (r *Revision) Content() (Content, error) {
	var c Content
	if err := json.Unmarshal(r.Canonical, &c); err != nil {
		return c, fmt.Errorf("read the content of revision %d: %w", r.ID, err)
	}
	return c, nil
}

// Canonical returns content as canonical JSON: keys sorted, no white space,
// nothing escaped that needn't be (RFC 8785). Equal contents have equal bytes.
func Canonical(content Content) ([]byte, error) {
	loose, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("write the content: %w", err)
	}
	var tree any
	numbers := json.NewDecoder(bytes.NewReader(loose))
	numbers.UseNumber()
	if err := numbers.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read the content back: %w", err)
	}
	var out bytes.Buffer
	// A map's keys are written in sorted order, which a struct's are not.
	plain := json.NewEncoder(&out)
	plain.SetEscapeHTML(false)
	if err := plain.Encode(tree); err != nil {
		return nil, fmt.Errorf("write the canonical content: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// DigestOf returns the digest of canonical content.
func DigestOf(canonical []byte) Digest { return sha256.Sum256(canonical) }
