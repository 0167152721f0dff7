package smtp

import (
	"crypto"
	"slices"

	"github.com/emersion/go-msgauth/dkim"

	"keur/labels"
)

// Signer signs mail with keys of a label. Any number of goroutines may use it.
type Signer struct{ keys []dkim.SignOptions }

// NewSigner returns a signer with the keys, which labels has checked. Each signs by
// itself, so that a receiver who knows but one algorithm finds a signature of it.
func NewSigner(keys ...labels.DKIMKey) *Signer {
	s := &Signer{}
	for _, key := range keys {
		s.keys = append(s.keys, dkim.SignOptions{
			Domain:                 key.Domain,
			Selector:               key.Selector,
			Signer:                 key.Private,
			Hash:                   crypto.SHA256,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed,
			BodyCanonicalization:   dkim.CanonicalizationRelaxed,
			HeaderKeys:             slices.Concat(signed, signed),
		})
	}
	return s
}

// signed are the fields that a signature covers. Each is named once more than
// it stands in a mail, Cc and Sender, which no mail of ours has, included, so
// that nobody can add one (RFC 6376 §5.4.2).
var signed = []string{
	"From", "To", "Cc", "Sender", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "List-Id", "Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// Sign appends the message to dst, with a DKIM-Signature of each key in front.
func (s *Signer) Sign(dst, message []byte) ([]byte, error) {
	for i := range s.keys {
		signer, err := dkim.NewSigner(&s.keys[i])
		if err != nil {
			return dst, err
		}
		if _, err := signer.Write(message); err != nil {
			return dst, err
		}
		if err := signer.Close(); err != nil {
			return dst, err
		}
		dst = append(dst, signer.Signature()...)
	}
	return append(dst, message...), nil
}
