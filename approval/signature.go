package approval

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/approval/shown"
	"keur/internal/passkey"
	"keur/internal/postgres"
	"keur/mailings"
)

// Signature is what a passkey signed as a verdict. Anybody can check it without
// Keur, see docs/signatures.md.
type Signature struct {
	PublicKey         passkey.Bytes `json:"public_key" doc:"SubjectPublicKeyInfo, DER"`
	Nonce             passkey.Bytes `json:"nonce"`
	AuthenticatorData passkey.Bytes `json:"authenticator_data"`
	ClientData        passkey.Bytes `json:"client_data" doc:"JSON with the challenge, as the browser wrote it"`
	Signature         passkey.Bytes `json:"signature"`
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
	return passkey.Answers(s.ClientData, statement[:]) && passkey.SignedBy(s.PublicKey, s.AuthenticatorData, s.ClientData, s.Signature)
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
