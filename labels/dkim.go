package labels

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"time"

	"keur/changes"
	"keur/internal/fault"
)

// DKIMKey signs a label's mail (RFC 6376). One per label is active; the others
// are kept until no mail that they signed is under way any more.
type DKIMKey struct {
	ID        int64     `db:"id" json:"id"`
	LabelID   ID        `db:"label_id" json:"label_id"`
	Domain    string    `db:"domain" json:"domain" doc:"Signing domain, aligned with the senders' (d=)"`
	Selector  string    `db:"selector" json:"selector" doc:"Name of the DNS record (s=)"`
	Active    bool      `db:"active" json:"active"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`

	Private *rsa.PrivateKey  `db:"-" json:"-"` // sealed in the base
	Change  *changes.Request `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

// dkimBits is what RFC 8301 asks for, and what still fits into one DNS record.
const dkimBits = 2048

var selectorShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// DKIMKeyFrom reads a private key in PEM that the publisher has already, or
// with no text makes a new one; the domain's owner then publishes its Record.
func DKIMKeyFrom(label ID, domainName, selector, text string) (DKIMKey, error) {
	key := DKIMKey{LabelID: label, Domain: domainName, Selector: selector}
	var err error
	if text == "" {
		if key.Private, err = rsa.GenerateKey(rand.Reader, dkimBits); err != nil {
			return DKIMKey{}, fmt.Errorf("make a DKIM key: %w", err)
		}
		return key, nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return DKIMKey{}, fault.At("private_key", "labels.dkim_key")
	}
	if key.Private, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		key.Private, err = parsePKCS8(block.Bytes)
	}
	if err != nil {
		return DKIMKey{}, fault.At("private_key", "labels.dkim_key")
	}
	return key, nil
}

func parsePKCS8(der []byte) (*rsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a key of RSA is wanted, not %T", parsed)
	}
	return private, nil
}

// Validate returns everything that is wrong with the key.
func (k DKIMKey) Validate() error {
	var wrong fault.List
	domain(&wrong, "domain", k.Domain)
	if !selectorShape.MatchString(k.Selector) {
		wrong.Add("selector", "labels.dkim_selector")
	}
	if bits := k.Private.N.BitLen(); bits < dkimBits || bits > 2*dkimBits {
		wrong.Add("private_key", "labels.dkim_bits", "bits", bits)
	}
	return wrong.Err()
}

// Record returns the name and text of the TXT record that proves the key.
func (k DKIMKey) Record() (name, text string) {
	public, err := x509.MarshalPKIXPublicKey(&k.Private.PublicKey)
	if err != nil {
		panic(err) // RSA keys always marshal
	}
	return k.Selector + "._domainkey." + k.Domain, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
}
