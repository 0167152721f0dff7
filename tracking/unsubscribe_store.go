package tracking

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// How a member told us to stop.
const (
	ByOneClick    = "one-click" // RFC 8058
	ByPage        = "page"
	ByPreferences = "preferences"
	ByMail        = "mailto"
)

// Unsubscribe stops mail to the member of a delivery at once, of the label
// that sent it or of all of them. Queued mail is taken out in the same
// transaction. Doing it again changes nothing.
func (s *Store) Unsubscribe(ctx context.Context, ref Ref, everywhere bool, by string) error {
	of, err := s.sends.get(ctx, ref.Send)
	if err != nil {
		return err
	}
	label := labels.ID(of.Label)
	if everywhere {
		label = members.EveryLabel
	}
	a := act{ref: ref, send: of, at: s.clock.Now(), kind: "unsubscribe", column: "unsubscribed_at", reason: by}
	return postgres.InTx(postgres.WithActor(ctx, "member"), s.db, func(tx *sqlx.Tx) error {
		if err := s.members.Suppress(ctx, tx, members.ID(ref.Member), label, members.Unsubscribe, by, &of.ID); err != nil {
			return err
		}
		_, err := s.once(ctx, tx, a, Unsubscribed)
		return err
	})
}
