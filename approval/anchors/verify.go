package anchors

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/internal/postgres"
)

// Proof is what a walk through the trail found.
type Proof struct {
	Entries  int64
	Head     []byte   // the hash of the last entry
	Anchors  int      // that the trail was held to
	Unsigned int      // of them, whose signature nobody could check
	Wrong    []string // what doesn't fit, in words
	Early    []string // verdicts signed by a passkey before an anchor held it
}

// Watcher is told how far a walk is. Both may be nil.
type Watcher struct {
	Entry  func(approval.Entry)
	Ledger func(n, of int64) // deliveries read, and of how many
}

// Verify walks the whole trail, holds it to its anchors, those kept in the
// database and those given, and the governed tables and the ledgers to it, all in
// one snapshot. Without a key the signatures of anchors aren't checked. Returns a
// Conflict fault where the chain itself is broken.
func Verify(ctx context.Context, db *sqlx.DB, given []Anchor, key ed25519.PublicKey, watch Watcher) (p Proof, err error) {
	err = postgres.InTx(postgres.AsNobody(ctx), postgres.OneSnapshot(db), func(tx *sqlx.Tx) error {
		p = Proof{}
		var kept []Anchor
		if err := tx.SelectContext(ctx, &kept, `SELECT seq, hash, at, key, signature FROM audit_anchors ORDER BY seq`); err != nil {
			return postgres.Fault(err, "thing.audit_trail")
		}
		waiting := map[int64][]Anchor{}
		for _, a := range append(kept, given...) {
			p.Anchors++
			waiting[a.Seq] = append(waiting[a.Seq], a)
			switch {
			case key == nil:
				p.Unsigned++
			case !a.Holds(key):
				p.Wrong = append(p.Wrong, fmt.Sprintf("the anchor of entry %d isn't signed by this installation", a.Seq))
			}
		}
		books, signed := NewBooks(), signatures{}
		p.Entries, p.Head, err = approval.VerifyIn(ctx, tx, func(e approval.Entry) {
			books.Take(e)
			signed.take(e)
			for _, a := range waiting[e.Seq] {
				if !bytes.Equal(a.Hash, e.Hash) {
					p.Wrong = append(p.Wrong,
						fmt.Sprintf("entry %d is another one than was anchored on %s", e.Seq, a.At.Format("2006-01-02")))
				}
			}
			delete(waiting, e.Seq)
			if watch.Entry != nil {
				watch.Entry(e)
			}
		})
		if err != nil {
			return err
		}
		for seq := range waiting {
			p.Wrong = append(p.Wrong, fmt.Sprintf("entry %d was anchored and is gone: the trail ends at %d", seq, p.Entries))
		}
		differences, err := books.Reconcile(ctx, tx)
		if err != nil {
			return err
		}
		walked := watch.Ledger
		if walked == nil {
			walked = func(int64, int64) {}
		}
		broken, err := brokenSeals(ctx, tx, walked)
		p.Wrong = append(append(p.Wrong, differences...), broken...)
		if err != nil {
			return err
		}
		unsigned, early, err := signed.check(ctx, tx, append(kept, given...))
		p.Wrong, p.Early = append(p.Wrong, unsigned...), early
		return err
	})
	return p, err
}
