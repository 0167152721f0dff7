package smtp

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"regexp"

	"github.com/emersion/go-msgauth/dkim"

	"keur/internal/fault"
)

// signedHeaders are the fields that a signature covers. From stands twice, so
// that nobody can add a second one (RFC 6376 §5.4.2); so does, in effect,
// every field here that a message hasn't got.
var signedHeaders = []string{
	"From", "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
	"List-Id", "Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// minRSABits is the least that RFC 8301 and the large receivers take seriously.
const minRSABits = 2048

var (
	selectorForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	domainForm   = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*$`)
)

// Signer signs for one domain with one key. Any number of goroutines may use it.
type Signer struct {
	options dkim.SignOptions
	record  string
}

// NewSigner returns a signer for the domain. The key is a private one in PEM,
// RSA of at least 2048 bits or Ed25519. Returns Invalid for anything else.
func NewSigner(domain, selector, key string) (*Signer, error) {
	if !domainForm.MatchString(domain) {
		return nil, fault.At("domain", "this is not a domain name")
	}
	if !selectorForm.MatchString(selector) {
		return nil, fault.At("selector", "a selector is made of letters, digits and hyphens")
	}
	private, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	record, err := dkimRecord(private.Public())
	if err != nil {
		return nil, err
	}
	return &Signer{record: record, options: dkim.SignOptions{
		Domain:                 domain,
		Selector:               selector,
		Signer:                 private,
		Hash:                   crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedHeaders,
	}}, nil
}

// Sign appends the message to dst, with its DKIM-Signature in front.
func (s *Signer) Sign(dst, message []byte) ([]byte, error) {
	signer, err := dkim.NewSigner(&s.options)
	if err != nil {
		return dst, err
	}
	if _, err := signer.Write(message); err != nil {
		return dst, err
	}
	if err := signer.Close(); err != nil {
		return dst, err
	}
	return append(append(dst, signer.Signature()...), message...), nil
}

// Record returns what to publish: the name of the TXT record and its text.
func (s *Signer) Record() (name, text string) {
	return s.options.Selector + "._domainkey." + s.options.Domain, s.record
}

// parseKey reads a private key in PEM, as PKCS #8 or PKCS #1.
func parseKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fault.At("key", "this is not a private key in PEM form")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fault.At("key", "this is not a private key of RSA or Ed25519")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fault.At("key", "this key can't sign")
	}
	return signer, nil
}

// dkimRecord is the text of the TXT record for the key (RFC 6376 §3.6.1, RFC 8463).
func dkimRecord(public crypto.PublicKey) (string, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return "", fault.At("key", "an RSA key needs %d bits, this one has %d", minRSABits, key.N.BitLen())
		}
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return "", fault.At("key", "the public key can't be written down")
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key), nil
	default:
		return "", fault.At("key", "DKIM knows RSA and Ed25519 keys only")
	}
}
