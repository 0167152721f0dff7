package approval

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/letters"
	"keur/approval/linkcodes"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/postgres"
)

// linkBytes makes a link's token 256 bits of chance.
const linkBytes = 32

// Link lets one contact decide one client's step. The token itself is known
// to the contact alone; a hash of it is stored.
type Link struct {
	ID        int64               `db:"id" json:"id"`
	ReviewID  ReviewID            `db:"review_id" json:"review_id"`
	ContactID campaigns.ContactID `db:"contact_id" json:"contact_id"`
	Address   string              `db:"address" json:"address" doc:"That it was mailed to; it opens nothing once the contact has another"`
	CreatedBy *actors.User        `db:"created_by" json:"created_by" doc:"Absent when Keur sent it by itself, as with a reminder"`
	CreatedAt time.Time           `db:"created_at" json:"created_at"`
	ExpiresAt time.Time           `db:"expires_at" json:"expires_at"`
	RevokedAt *time.Time          `db:"revoked_at" json:"revoked_at"`
	OpenedAt  *time.Time          `db:"opened_at" json:"opened_at"`
}

const linkColumns = `id, review_id, contact_id, address, created_by, created_at, expires_at, revoked_at, opened_at`

// Valid returns a Forbidden fault if the link no longer opens anything.
func (l *Link) Valid(now time.Time) error {
	switch {
	case l.RevokedAt != nil:
		return fault.New(fault.Forbidden, "approval.link_revoked")
	case !now.Before(l.ExpiresAt):
		return fault.New(fault.Forbidden, "approval.link_expired")
	}
	return nil
}

// Links keeps the links by which clients approve.
type Links struct {
	store     *Store
	announcer *announcer
}

// Issue makes a link for a contact of the review's advertiser and mails it
// there. It lives until the review is due, and takes the place of those that the
// contact has already, so that a call that is repeated leaves one open. note is
// what whoever acts writes to the contact, and may be empty.
func (l *Links) Issue(ctx context.Context, id ReviewID, contact campaigns.ContactID, note string) (Link, error) {
	note, err := letters.Note(note)
	if err != nil {
		return Link{}, err
	}
	review, round, err := l.store.Review(ctx, id)
	if err != nil {
		return Link{}, err
	}
	why := "invite"
	switch {
	case review.objectable(&round):
		why = "carried"
	case review.Step != Client || review.Verdict != Pending || round.State != Open:
		return Link{}, fault.New(fault.Conflict, "approval.link_needs_open_step")
	}
	m, err := l.store.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return Link{}, err
	}
	label, err := l.announcer.labels.Get(ctx, m.LabelID)
	if err != nil {
		return Link{}, err
	}
	var link Link
	err = postgres.InTx(ctx, l.store.db, func(tx *sqlx.Tx) error {
		may, err := l.announcer.contacts(ctx, tx, &round, *review.AdvertiserID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(may, func(c campaigns.Contact) bool { return c.ID == contact })
		if at < 0 {
			return fault.New(fault.Forbidden, "approval.contact_not_approver", "contact", contact)
		}
		if err := l.supersede(ctx, tx, id, contact); err != nil {
			return err
		}
		link, err = l.announcer.mailLink(ctx, tx, &label, &m, &review, &may[at], asking{why: why, note: note, by: postgres.Actor(ctx)})
		return err
	})
	return link, err
}

// supersede takes back the open links of a contact to a review. It locks the
// review, so that the later of two at once takes back what the earlier makes.
func (l *Links) supersede(ctx context.Context, tx *sqlx.Tx, review ReviewID, contact campaigns.ContactID) error {
	if _, err := tx.ExecContext(ctx, `SELECT FROM approval_reviews WHERE id = $1 FOR NO KEY UPDATE`, review); err != nil {
		return postgres.Fault(err, "thing.review", "id", review)
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE approval_links SET revoked_at = $3 WHERE review_id = $1 AND contact_id = $2 AND revoked_at IS NULL`,
		review, contact, l.store.clock.Now())
	return postgres.Fault(err, "thing.review", "id", review)
}

// issueLink makes a link. Its maker is the user who acts; a reminder's has none.
func (a *announcer) issueLink(
	ctx context.Context, tx *sqlx.Tx, review *Review, contact campaigns.ContactID, now time.Time,
) (string, Link, error) {
	secret := make([]byte, linkBytes)
	// crypto/rand.Read never fails (Go 1.24 on).
	_, _ = rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	hash, due := sha256.Sum256([]byte(token)), review.DueAt.Truncate(time.Microsecond)
	var link Link
	err := tx.GetContext(ctx, &link, `
		INSERT INTO approval_links (review_id, contact_id, token_hash, created_by, created_at, expires_at, lapses_at, mac)
		VALUES ($1, $2, $3, substring(current_actor() FROM '^user:([0-9]+)$')::bigint, $4, $5, lapses($4, $5), $6) RETURNING `+linkColumns,
		review.ID, contact, hash[:], now, due,
		a.key.Mint("approval_links", int64(review.ID), int64(contact), hash[:], due))
	return token, link, postgres.Fault(err, "thing.review", "id", review.ID)
}

// List returns the links of a review.
func (l *Links) List(ctx context.Context, id ReviewID) ([]Link, error) {
	found := []Link{}
	err := l.store.db.SelectContext(ctx, &found, `SELECT `+linkColumns+` FROM approval_links WHERE review_id = $1 ORDER BY id`, id)
	return found, postgres.Fault(err, "thing.review", "id", id)
}

// Revoke takes a link to a review back.
func (l *Links) Revoke(ctx context.Context, review ReviewID, id int64) error {
	return postgres.InTx(ctx, l.store.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &Link{}, `
			UPDATE approval_links SET revoked_at = coalesce(revoked_at, $3)
			 WHERE id = $1 AND review_id = $2 RETURNING `+linkColumns, id, review, l.store.clock.Now()), "thing.link", "id", id)
	})
}

// Asked is Open where the client is still asked for their verdict, or a Conflict
// fault.
func (l *Links) Asked(ctx context.Context, by linkcodes.Credential) (Invitation, error) {
	inv, err := l.Open(ctx, by)
	if err == nil {
		err = inv.Refused.Err()
	}
	if err == nil && !inv.Decidable() {
		err = fault.New(fault.Conflict, "approval.link_needs_open_step")
	}
	return inv, err
}
