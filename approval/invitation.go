package approval

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/approval/letters"
	"keur/approval/linkcodes"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Refusal is why a contact may not decide though the link is good.
type Refusal string

// The refusals. The database refuses the same (approval_review_guard).
const (
	NoLongerApproves Refusal = "no_longer_approves" // the advertiser has others for it now
	WorksHere        Refusal = "works_here"         // a user is never the client
	TooNew           Refusal = "too_new"            // it was confirmed after the mailing was submitted
	Moved            Refusal = "moved"              // the link went to an address that the contact had before
	Unvouched        Refusal = "unvouched"          // only the mailing's makers know this contact
)

// Invitation is what a link opens: the review and all that its contact is shown.
type Invitation struct {
	Link    Link
	Review  Review
	Round   Round
	Contact campaigns.Contact
	Mailing mailings.Mailing
	Content mailings.Content
	Links   []mailings.LinkFinding // found when it was put up
	Refused Refusal                // "" when the contact may decide
	Objects bool                   // the contact wasn't asked again, and may object
	Asks    bool                   // for the link's code, before anything of this is shown
}

// refusal returns why the contact may not decide, or "". worksHere says that
// its address is one of ours.
func (i *Invitation) refusal(worksHere bool) Refusal {
	switch {
	case i.Link.Address != i.Contact.Email:
		return Moved
	case !i.Contact.MayApprove || i.Review.AdvertiserID == nil || *i.Review.AdvertiserID != i.Contact.AdvertiserID:
		return NoLongerApproves
	case worksHere:
		return WorksHere
	case i.Contact.ApprovesAfter == nil || *i.Contact.ApprovesAfter >= int64(i.Round.ID):
		return TooNew
	case i.Round.madeContact(&i.Contact):
		return Unvouched
	}
	return ""
}

// Err returns a Forbidden fault if the contact may not decide.
func (r Refusal) Err() error {
	switch r {
	case NoLongerApproves:
		return fault.New(fault.Forbidden, "approval.contact_no_longer_approves")
	case WorksHere:
		return fault.New(fault.Forbidden, "approval.user_as_client")
	case TooNew:
		return fault.New(fault.Forbidden, "approval.contact_too_new")
	case Moved:
		return fault.New(fault.Forbidden, "approval.contact_moved")
	case Unvouched:
		return fault.New(fault.Forbidden, "approval.contact_unvouched")
	}
	return nil
}

// Open returns what the link opens in a browser. It notes nothing: scanners follow links
// too. Returns a NotFound fault for a token nobody was given, Forbidden for one
// that ended.
func (l *Links) Open(ctx context.Context, by linkcodes.Credential) (Invitation, error) {
	var inv Invitation
	if err := l.store.db.GetContext(ctx, &inv.Link, `SELECT `+linkColumns+` FROM approval_links WHERE id = secret_id('approval_links', $1)`,
		[]byte(by.Token)); err != nil {
		return inv, postgres.Fault(err, "thing.this_link")
	}
	var err error
	if inv.Review, inv.Round, err = l.store.Review(ctx, inv.Link.ReviewID); err != nil {
		return inv, err
	}
	if err = inv.opens(l.store.clock.Now()); err != nil {
		return inv, err
	}
	if inv.Contact, err = l.announcer.advertisers.Contact(ctx, inv.Link.ContactID); err != nil {
		return inv, err
	}
	staff, err := campaigns.Insider(ctx, l.store.db, inv.Contact.Email)
	if err != nil {
		return inv, err
	}
	inv.Refused = inv.refusal(staff)
	inv.Objects = inv.Review.objectable(&inv.Round) && inv.Link.Valid(l.store.clock.Now()) == nil
	if inv.Asks, err = by.Asks(ctx, l.store.db, int64(inv.Round.RevisionID), inv.Contact.ID.Actor()); err != nil {
		return inv, err
	}
	if expired := inv.Link.Valid(l.store.clock.Now()); inv.Asks && expired != nil {
		return inv, expired // no code is given for it any more
	}
	if inv.Mailing, err = l.store.mailings.Get(ctx, inv.Round.MailingID); err != nil {
		return inv, err
	}
	if inv.Content, err = l.store.mailings.Content(ctx, inv.Round.RevisionID); err != nil {
		return inv, err
	}
	targets, err := l.store.mailings.Targets(ctx, inv.Round.RevisionID)
	inv.Links = mailings.LinkFindings(targets)
	return inv, err
}

// Opened notes, once, that a person opened a link: that somebody moved, touched
// or typed on its page.
func (l *Links) Opened(ctx context.Context, link *Link) error {
	if link.OpenedAt != nil {
		return nil
	}
	_, err := postgres.Exec(ctx, l.store.db, `UPDATE approval_links SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL`,
		link.ID, l.store.clock.Now())
	return postgres.Fault(err, "thing.this_link")
}

// MailCode mails the contact a code for the link, at the address that the link
// went to. Returns a conflict when five were mailed within an hour.
func (l *Links) MailCode(ctx context.Context, inv *Invitation, by linkcodes.Credential) error {
	label, err := l.announcer.labels.Get(ctx, inv.Mailing.LabelID)
	if err != nil {
		return err
	}
	by.Browser = ""
	return postgres.InTx(by.As(ctx, inv.Contact.ID.Actor()), l.store.db, func(tx *sqlx.Tx) error {
		code, id, err := linkcodes.New(ctx, tx, l.announcer.key, inv.Link.ID, by)
		if err != nil {
			return err
		}
		text := letters.To(inv.Contact.Locale, "code", letters.Facts{
			Name: inv.Contact.Name, Mailing: inv.Mailing.Name, Label: label.Name, Reason: code,
			Until: l.store.clock.Now().Add(linkcodes.Life).In(label.Location()),
		})
		return l.announcer.queue(ctx, tx, fmt.Sprintf("link_code:%d", id), &label, inv.Link.Address, text)
	})
}

// GiveCode tries a code for the link, as linkcodes.Give says.
func (l *Links) GiveCode(ctx context.Context, inv *Invitation, by linkcodes.Credential, code string) (linkcodes.Credential, error) {
	return linkcodes.Give(ctx, l.store.db, l.announcer.key, inv.Link.ID, inv.Contact.ID.Actor(), by, code)
}
