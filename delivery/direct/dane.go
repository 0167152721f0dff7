package direct

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"

	"keur/delivery/mx"
	"keur/delivery/smtp"
)

// What keeps a server's certificate from being believed.
var errOtherKey = errors.New("the server's key is none of those that DNS names for it (DANE)")

// known asks by which key a server is known (RFC 7672), where all the way to it is
// secure, and demands that of a connection. That DNS doesn't answer is no reason to
// believe any key.
func (t *Transport) known(ctx context.Context, to target, peer *smtp.Peer) error {
	if !to.secure {
		return nil
	}
	keys, err := t.settings.Finder.TLSA(ctx, to.server.Name, t.route.Port)
	if err != nil || len(keys) == 0 {
		return err
	}
	peer.TLS = smtp.Required // also where no key is of a kind that we know
	if slices.ContainsFunc(keys, usable) {
		peer.Verify = func(state tls.ConnectionState) error { return matches(keys, to.server.Name, state.PeerCertificates) }
	}
	return nil
}

// usable reports whether a key is of the kinds that RFC 7672 §3.1 would have: 3 1 1
// and 2 1 1.
func usable(k mx.TLSA) bool {
	return (k.Usage == 3 || k.Usage == 2) && k.Selector == 1 && k.Matching == 1
}

// matches reports whether a chain of certificates is known by one of the keys: the
// server's own, whatever else its certificate says, or that of an authority that
// vouches for its name.
func matches(keys []mx.TLSA, host string, chain []*x509.Certificate) error {
	for _, key := range keys {
		if !usable(key) {
			continue
		}
		for i, certificate := range chain {
			hash := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
			switch {
			case !bytes.Equal(hash[:], key.Hash):
			case key.Usage == 3 && i == 0:
				return nil
			case key.Usage == 2 && vouchedBy(certificate, host, chain) == nil:
				return nil
			}
		}
	}
	return errOtherKey
}

// vouchedBy verifies the first of a chain by an authority, for a name.
func vouchedBy(authority *x509.Certificate, host string, chain []*x509.Certificate) error {
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return vouched(roots, host, chain)
}

// vouched verifies the first of a chain by authorities, for a name; nil: those that
// the system trusts.
func vouched(roots *x509.CertPool, host string, chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return err
}
