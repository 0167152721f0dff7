// Package passkeytest is a device with passkeys, for tests: it makes keys and
// signs as a browser with a security key does.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Device has one key for one address.
type Device struct {
	Origin string // of the page that asks, such as https://desk.example
	Host   string // that the key is for
	T      testing.TB

	id      []byte
	holder  []byte // whose key it is
	key     *ecdsa.PrivateKey
	counter uint32
}

// New returns a device whose key isn't made yet.
func New(t testing.TB, origin, host string) *Device {
	return &Device{T: t, Origin: origin, Host: host}
}

// What a device says of itself (WebAuthn, 6.1).
const (
	present  = 1 << 0
	verified = 1 << 2
	attested = 1 << 6
)

// Make makes a key, as the options ask, and returns the answer.
func (d *Device) Make(options []byte) []byte {
	d.T.Helper()
	var asked struct {
		Challenge string
		User      struct{ ID string }
	}
	d.must(json.Unmarshal(options, &asked))
	var err error
	d.holder, err = base64.RawURLEncoding.DecodeString(asked.User.ID)
	d.must(err)
	d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	d.must(err)
	d.id = make([]byte, 32)
	_, _ = rand.Read(d.id)
	point, err := d.key.PublicKey.Bytes()
	d.must(err)
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...) // RFC 9053, 7.1.1
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	data := append(d.data(present|verified|attested), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(data, cose...)
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(append(object, 0x58, byte(len(data))), data...)
	return d.answer(map[string]any{"clientDataJSON": text(d.client("webauthn.create", asked.Challenge)), "attestationObject": text(object)})
}

// Sign signs what the options ask for, and returns the answer.
func (d *Device) Sign(options []byte) []byte {
	d.T.Helper()
	var asked struct{ Challenge string }
	d.must(json.Unmarshal(options, &asked))
	d.counter++
	data, client := d.data(present|verified), d.client("webauthn.get", asked.Challenge)
	said := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), said[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	d.must(err)
	return d.answer(map[string]any{
		"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(d.holder),
	})
}

func (d *Device) data(flags byte) []byte {
	host := sha256.Sum256([]byte(d.Host))
	return binary.BigEndian.AppendUint32(append(host[:], flags), d.counter)
}

func (d *Device) client(kind, challenge string) []byte {
	client, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	d.must(err)
	return client
}

func (d *Device) answer(response map[string]any) []byte {
	answer, err := json.Marshal(map[string]any{
		"id": text(d.id), "rawId": text(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	d.must(err)
	return answer
}

func (d *Device) must(err error) {
	d.T.Helper()
	if err != nil {
		d.T.Fatal(err)
	}
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
