package anchors

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/approval"
	"keur/internal/postgres"
	"keur/mailings"
)

// signatures are the passkeys that the trail tells of, and the verdicts that
// they signed, by the numbers of their entries.
type signatures struct {
	made  map[string]int64 // by the key
	given map[string]int64 // by the review
}

// take notes an entry that makes a key, or puts a signed verdict down.
func (s *signatures) take(e approval.Entry) {
	if s.made == nil {
		s.made, s.given = map[string]int64{}, map[string]int64{}
	}
	if e.Action != "passkeys.insert" && e.Action != "approval_reviews.update" {
		return
	}
	detail, err := decode(e.Detail)
	if err != nil {
		return // which the books say
	}
	if key, is := detail["spki"].(string); is {
		s.made[strings.TrimPrefix(key, `\x`)] = e.Seq
	} else if _, is := detail["signature"]; is {
		s.given[e.Subject] = e.Seq
	}
}

// check holds each signed verdict to its signature, and its key to the trail and
// to the anchors: a key counts from the first anchor on that holds it.
func (s *signatures) check(ctx context.Context, tx *sqlx.Tx, anchored []Anchor) (wrong, early []string, err error) {
	var rows []struct {
		ID        approval.ReviewID
		Digest    mailings.Digest
		Verdict   approval.Verdict
		Signature approval.Signature
		Faces     pq.ByteaArray
	}
	if err := tx.SelectContext(ctx, &rows, `
		SELECT v.id, v.digest, v.verdict, v.signature,
		       ARRAY(SELECT f.digest FROM faces f WHERE f.set_id = r.face_set_id AND v.faces_seen @> to_jsonb(f.number) ORDER BY f.number) AS faces
		  FROM approval_reviews v JOIN approval_rounds r ON r.id = v.round_id WHERE v.signature IS NOT NULL ORDER BY v.id`); err != nil {
		return nil, nil, postgres.Fault(err, "thing.audit_trail")
	}
	for _, r := range rows {
		faces := make([]mailings.Digest, len(r.Faces))
		for i, f := range r.Faces {
			copy(faces[i][:], f)
		}
		made, given := s.made[hex.EncodeToString(r.Signature.PublicKey)], s.given[fmt.Sprintf("approval_reviews:%d", r.ID)]
		switch {
		case !r.Signature.Signs(approval.Statement(r.Signature.Nonce, r.ID, r.Digest, faces, r.Verdict)):
			wrong = append(wrong, fmt.Sprintf("the signature of approval_reviews:%d isn't one over its verdict", r.ID))
		case made == 0:
			wrong = append(wrong, fmt.Sprintf("approval_reviews:%d is signed by a passkey that the trail doesn't know", r.ID))
		case !slices.ContainsFunc(anchored, func(a Anchor) bool { return made <= a.Seq && a.Seq < given }):
			early = append(early, fmt.Sprintf("approval_reviews:%d was signed before an anchor held its passkey: "+
				"it is a proof, and no signature", r.ID))
		}
	}
	return wrong, early, nil
}
