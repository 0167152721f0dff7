package approval

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/approval/shown"
	"keur/internal/passkey"
	"keur/internal/postgres"
	"keur/mailings"
)

// Bytes are written as hexadecimal digits.
type Bytes []byte

// MarshalText writes the bytes.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText reads them.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// Signature is what a passkey signed as a verdict. Anybody can check it without
// Keur, see docs/signatures.md.
type Signature struct {
	PublicKey         Bytes `json:"public_key" doc:"SubjectPublicKeyInfo, DER"`
	Nonce             Bytes `json:"nonce"`
	AuthenticatorData Bytes `json:"authenticator_data"`
	ClientData        Bytes `json:"client_data" doc:"JSON with the challenge, as the browser wrote it"`
	Signature         Bytes `json:"signature"`
}

// Scan reads the column.
func (s *Signature) Scan(from any) error {
	raw, is := from.([]byte)
	if !is {
		return fmt.Errorf("a signature of kind %T", from)
	}
	return json.Unmarshal(raw, s)
}

// Statement is what a passkey signs as a verdict: SHA-256 over the nonce (32
// bytes), the review's number (8, big-endian), the digest (32), SHA-256 over the
// digests of the faces that were shown in the order of their numbers (32), and
// the verdict in ASCII. verdict_challenge() in the database makes the same.
func Statement(nonce []byte, review ReviewID, digest mailings.Digest, faces []mailings.Digest, verdict Verdict) [32]byte {
	seen := sha256.New()
	for _, f := range faces {
		seen.Write(f[:])
	}
	said := binary.BigEndian.AppendUint64(append([]byte{}, nonce...), uint64(review))
	said = append(append(said, digest[:]...), seen.Sum(nil)...)
	return sha256.Sum256(append(said, verdict...))
}

// Signs reports whether the signature is one of its key over the statement.
func (s *Signature) Signs(statement [32]byte) bool {
	var client struct{ Type, Challenge string }
	if json.Unmarshal(s.ClientData, &client) != nil || client.Type != "webauthn.get" ||
		client.Challenge != base64.RawURLEncoding.EncodeToString(statement[:]) {
		return false
	}
	return passkey.SignedBy(s.PublicKey, s.AuthenticatorData, s.ClientData, s.Signature)
}

// Signed reports whether the review's signature is one over this very verdict,
// of faces the set that its round showed.
func (v *Review) Signed(faces []shown.Face) bool {
	var seen []mailings.Digest
	for _, f := range faces {
		if slices.Contains(v.FacesSeen, f.Number) {
			seen = append(seen, f.Digest)
		}
	}
	return v.Signature != nil && v.Signature.Signs(Statement(v.Signature.Nonce, v.ID, v.Digest, seen, v.Verdict))
}

// Challenge is the statement that whoever acts would sign as this verdict on the
// review now, having seen the faces that they were shown. Of a review that isn't
// there it is one that signs nothing, so that nobody learns which there are.
func (e *Engine) Challenge(ctx context.Context, id ReviewID, verdict Verdict, nonce []byte) (challenge []byte, err error) {
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &challenge, `SELECT coalesce(verdict_challenge($1, $2, $3, current_actor()), sha256($1))`, nonce, id, verdict),
			"thing.review", "id", id)
	})
	return challenge, err
}
