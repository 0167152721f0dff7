// Package passkey is what Keur asks of WebAuthn (Level 3): which devices may
// answer to the desk, how their keys are written, and what they signed.
package passkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Party returns who asks devices to sign: the desk at its address. Neither an IP
// address (WebAuthn, 5.1.3) nor a name without a domain, but for localhost, can be
// one; then it is nil.
func Party(address string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the desk: %w", err)
	}
	name := strings.ToLower(u.Hostname())
	if net.ParseIP(name) != nil || name != "localhost" && !strings.Contains(name, ".") {
		return nil, nil //nolint:nilnil // there is none
	}
	return webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Keur", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
}

// Kinds are the kinds of key that OpenSSL and Go's own library check without more.
var Kinds = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// Holder is whose devices are asked.
type Holder struct {
	ID, Name, Address string
	Keys              []webauthn.Credential
}

// WebAuthnID names the holder to their devices.
func (h Holder) WebAuthnID() []byte { return []byte(h.ID) }

// WebAuthnName is what devices list the key under.
func (h Holder) WebAuthnName() string { return h.Address }

// WebAuthnDisplayName is the holder's name.
func (h Holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials are the holder's keys.
func (h Holder) WebAuthnCredentials() []webauthn.Credential { return h.Keys }

// SPKI writes a device's key as others read it (RFC 5280, 4.1.2.7); nil where
// that can't be.
func SPKI(cose []byte) []byte {
	block, _ := pem.Decode([]byte(webauthncose.DisplayPublicKey(cose)))
	if block == nil {
		return nil
	}
	return block.Bytes
}

// SignedBy reports whether the key signed what a device signs: its own data, and
// the hash of what the browser says (WebAuthn, 7.2, steps 20 and 21). The key is
// as SPKI wrote it.
func SignedBy(spki, authenticatorData, clientData, signature []byte) bool {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return false
	}
	said := sha256.Sum256(clientData)
	digest := sha256.Sum256(append(append([]byte{}, authenticatorData...), said[:]...))
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest[:], signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature) == nil
	}
	return false
}
