package labels

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
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

// DKIMKey signs a label's mail (RFC 6376). One of each algorithm is active; the others
// are kept until no mail that they signed is under way any more.
type DKIMKey struct {
	ID        int64     `db:"id" json:"id"`
	LabelID   ID        `db:"label_id" json:"label_id"`
	Domain    string    `db:"domain" json:"domain" doc:"Signing domain, aligned with the senders' (d=)"`
	Selector  string    `db:"selector" json:"selector" doc:"Name of the DNS record (s=)"`
	Algorithm Algorithm `db:"algorithm" json:"algorithm" enum:"rsa,ed25519" doc:"How it signs; Ed25519 beside RSA only"`
	Active    bool      `db:"active" json:"active"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`

	Private crypto.Signer    `db:"-" json:"-"` // sealed in the base
	Change  *changes.Request `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

// Algorithm is how a key signs.
type Algorithm string

// The algorithms. Every receiver verifies RSA; a key of Ed25519 (RFC 8463) only signs
// beside one, for those who verify that.
const (
	RSA     Algorithm = "rsa"
	Ed25519 Algorithm = "ed25519"
)

// dkimBits is what RFC 8301 asks for, and what still fits into one DNS record.
const dkimBits = 2048

var selectorShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// DKIMKeyFrom reads a private key in PEM that the publisher has already, or
// with no text makes a new one; the domain's owner then publishes its Record. It is of
// the algorithm, "" being RSA.
func DKIMKeyFrom(label ID, domainName, selector string, algorithm Algorithm, text string) (DKIMKey, error) {
	key := DKIMKey{LabelID: label, Domain: domainName, Selector: selector, Algorithm: cmp.Or(algorithm, RSA)}
	var err error
	if text == "" {
		if key.Private, err = generate(key.Algorithm); err != nil {
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
	if err != nil || algorithmOf(key.Private) != key.Algorithm {
		return DKIMKey{}, fault.At("private_key", "labels.dkim_key")
	}
	return key, nil
}

func generate(algorithm Algorithm) (crypto.Signer, error) {
	if algorithm == Ed25519 {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return rsa.GenerateKey(rand.Reader, dkimBits)
}

// algorithmOf returns that of a private key, or "" for another kind.
func algorithmOf(private crypto.Signer) Algorithm {
	switch private.(type) {
	case *rsa.PrivateKey:
		return RSA
	case ed25519.PrivateKey:
		return Ed25519
	}
	return ""
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || algorithmOf(private) == "" {
		return nil, fmt.Errorf("a key of RSA or Ed25519 is wanted, not %T", parsed)
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
	if k.Algorithm != RSA && k.Algorithm != Ed25519 {
		wrong.Add("algorithm", "labels.dkim_algorithm")
	}
	if private, ok := k.Private.(*rsa.PrivateKey); ok {
		if bits := private.N.BitLen(); bits < dkimBits || bits > 2*dkimBits {
			wrong.Add("private_key", "labels.dkim_bits", "bits", bits)
		}
	}
	return wrong.Err()
}

// Record returns the name and text of the TXT record that proves the key.
func (k DKIMKey) Record() (name, text string) {
	var public []byte
	switch of := k.Private.Public().(type) {
	case ed25519.PublicKey: // as it is (RFC 8463 §4)
		public = of
	default:
		var err error
		if public, err = x509.MarshalPKIXPublicKey(of); err != nil {
			panic(err) // RSA keys always marshal
		}
	}
	return k.Selector + "._domainkey." + k.Domain, "v=DKIM1; k=" + string(k.Algorithm) + "; p=" + base64.StdEncoding.EncodeToString(public)
}
