package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/changes"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/words"
)

const contactColumns = `id, advertiser_id, name, email, locale, may_approve, proposed_by, vouched_by, approves_after`

// changeContact is the kind of change by which somebody may approve for an
// advertiser, or is mailed elsewhere.
const changeContact = "contacts.change"

// Contact returns a contact.
func (s *Advertisers) Contact(ctx context.Context, id ContactID) (Contact, error) {
	var c Contact
	err := s.db.GetContext(ctx, &c, `SELECT `+contactColumns+` FROM contacts WHERE id = $1`, id)
	return c, postgres.Fault(err, "thing.contact", "id", id)
}

// AddContact adds a contact to its advertiser. That it may approve takes a
// second person: then the contact has no id yet, and the change that waits.
func (s *Advertisers) AddContact(ctx context.Context, c Contact) (Contact, error) {
	if c.Locale == "" {
		c.Locale = "en"
	}
	if err := c.Validate(); err != nil {
		return Contact{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if c.MayApprove {
			c.Change, err = propose(ctx, tx, s.clock.Now(), c)
			return err
		}
		c, err = insertContact(ctx, tx, c)
		return err
	})
	return c, err
}

func insertContact(ctx context.Context, tx *sqlx.Tx, c Contact) (Contact, error) {
	err := tx.GetContext(ctx, &c, `
		INSERT INTO contacts (advertiser_id, name, email, locale, may_approve)
		VALUES ($1, $2, $3, $4, $5)
		RETURNING `+contactColumns, c.AdvertiserID, c.Name, c.Email, c.Locale, c.MayApprove)
	return c, postgres.Fault(err, "thing.contact_address")
}

// UpdateContact locks a contact, lets change alter it, and saves it. Nothing is
// written if change returns an error. It stays its advertiser's. That it may
// approve, and to which address the links go, takes a second person: of that
// the contact that comes back has the change that waits.
func (s *Advertisers) UpdateContact(ctx context.Context, id ContactID, change func(*Contact) error) (Contact, error) {
	var c Contact
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		before, err := lockContact(ctx, tx, id)
		if err != nil {
			return err
		}
		c = before
		if err := change(&c); err != nil {
			return err
		}
		c.ID, c.AdvertiserID = id, before.AdvertiserID
		if err := c.Validate(); err != nil {
			return err
		}
		kept := c
		var waits *Change
		if c.takesTwo(before) {
			if waits, err = propose(ctx, tx, s.clock.Now(), c); err != nil {
				return err
			}
			kept.Email, kept.MayApprove = before.Email, before.MayApprove
		}
		c, err = saveContact(ctx, tx, kept)
		c.Change = waits
		return err
	})
	return c, err
}

func lockContact(ctx context.Context, tx *sqlx.Tx, id ContactID) (c Contact, err error) {
	err = tx.GetContext(ctx, &c, `SELECT `+contactColumns+` FROM contacts WHERE id = $1 FOR UPDATE`, id)
	return c, postgres.Fault(err, "thing.contact", "id", id)
}

func saveContact(ctx context.Context, tx *sqlx.Tx, c Contact) (Contact, error) {
	err := tx.GetContext(ctx, &c, `
		UPDATE contacts SET name = $2, email = $3, locale = $4, may_approve = $5
		 WHERE id = $1
		RETURNING `+contactColumns, c.ID, c.Name, c.Email, c.Locale, c.MayApprove)
	return c, postgres.Fault(err, "thing.contact_address")
}

// propose puts down that who acts wants the contact to approve at its address.
func propose(ctx context.Context, tx *sqlx.Tx, now time.Time, c Contact) (*Change, error) {
	insider, err := Insider(ctx, tx, c.Email)
	if err != nil {
		return nil, err
	}
	if insider {
		return nil, fault.At("email", "campaigns.contact_insider")
	}
	p, err := contactOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	r, err := changes.Propose(ctx, tx, now, p)
	return &r, err
}

// contactOf asks that the contact approves, by links to its address. One that is
// there already is called as it is, whatever a proposal calls it.
func contactOf(ctx context.Context, q sqlx.QueryerContext, c Contact) (changes.Proposal, error) {
	said := words.Of("contact_change.comes", "name", c.Name, "email", c.Email)
	if c.ID != 0 {
		var before Contact
		if err := sqlx.GetContext(ctx, q, &before, `SELECT name, email FROM contacts WHERE id = $1`, c.ID); err != nil {
			return changes.Proposal{}, postgres.Fault(err, "thing.contact", "id", c.ID)
		}
		said = words.Of("contact_change.approves", "name", before.Name, "email", c.Email)
		if before.Email != c.Email {
			said = words.Of("contact_change.moves", "name", before.Name, "before", before.Email, "email", c.Email)
		}
	}
	row := changes.Row{"advertiser_id": c.AdvertiserID, "email": c.Email}
	if c.ID == 0 {
		row = changes.Insert("contacts", row)
	} else {
		row["id"] = c.ID
		row = changes.Update("contacts", row)
	}
	return changes.Proposal{
		Kind: changeContact, Subject: contactsOf(c.AdvertiserID), Payload: c, Rows: []changes.Row{row},
		What: said,
	}, nil
}

// Insider reports whether somebody who works here reads what is mailed to an
// address: a user's, past or present, or one of our own domains.
func Insider(ctx context.Context, q sqlx.QueryerContext, address string) (is bool, err error) {
	err = sqlx.GetContext(ctx, q, &is, `SELECT is_insider($1)`, address)
	return is, postgres.Fault(err, "thing.contact_address")
}

// contactsOf is what changes of an advertiser's contacts are about.
func contactsOf(id AdvertiserID) string { return fmt.Sprintf("advertisers:%d", id) }

// ChangeKinds are the changes that a second person confirms.
func (s *Advertisers) ChangeKinds() []changes.Kind {
	kind := changes.KindOf(changeContact, contactOf, s.applyContact)
	kind.Decides = decidesContact
	return []changes.Kind{kind}
}

// Requests are the changes of contacts.
func (s *Advertisers) Requests() *ContactRequests {
	return &ContactRequests{changes.NewStore(s.db, s.clock, s.ChangeKinds())}
}

// ContactRequests keeps what was proposed about the contacts of advertisers.
type ContactRequests struct{ store *changes.Store }

// Waiting returns a page of what of an advertiser's contacts waits for a second
// person, the newest first.
func (s *ContactRequests) Waiting(ctx context.Context, id AdvertiserID, ask paging.Ask) (paging.Page[Change], error) {
	return s.store.List(ctx, changes.Filter{State: changes.Proposed, Subject: contactsOf(id), Kinds: []string{changeContact}}, ask)
}

// Decide confirms, refuses or withdraws a change of an advertiser's contacts.
// Returns a NotFound fault for one of another advertiser.
func (s *ContactRequests) Decide(ctx context.Context, of AdvertiserID, id changes.ID, state changes.State) (Change, error) {
	r, err := s.store.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if r.Subject != contactsOf(of) || r.Kind != changeContact {
		return Change{}, fault.New(fault.NotFound, "database.missing", "what", words.Of("thing.change", "id", id))
	}
	switch state {
	case changes.Confirmed:
		return s.store.Confirm(ctx, id)
	case changes.Refused:
		return s.store.Refuse(ctx, id)
	}
	return s.store.Withdraw(ctx, id)
}

// decidesContact returns a Forbidden fault unless who acts plans or approves
// under a label that runs the advertiser.
func decidesContact(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
	c, err := changes.Read[Contact](r.Payload)
	if err != nil {
		return err
	}
	var runs bool
	if err := tx.GetContext(ctx, &runs, `SELECT runs_advertiser(current_actor(), $1)`, c.AdvertiserID); err != nil {
		return postgres.Fault(err, "thing.advertiser", "id", c.AdvertiserID)
	}
	if !runs {
		return fault.New(fault.Forbidden, "campaigns.contact_by_others")
	}
	return nil
}

// applyContact writes what two people agreed on, and tells of it at the address
// that the contact had.
func (s *Advertisers) applyContact(ctx context.Context, tx *sqlx.Tx, c Contact) error {
	if c.ID == 0 {
		_, err := insertContact(ctx, tx, c)
		return err
	}
	before, err := lockContact(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	c.Name, c.Locale = before.Name, before.Locale
	after, err := saveContact(ctx, tx, c)
	if err != nil || before.Email == after.Email || s.moved == nil {
		return err
	}
	return s.moved(ctx, tx, before, after)
}

// movedTo is called in the transaction that gives a contact another address.
type movedTo func(ctx context.Context, tx *sqlx.Tx, before, after Contact) error

// WhenMoved has told called in the transaction that gives a contact another address.
func (s *Advertisers) WhenMoved(told movedTo) { s.moved = told }

// Vouch notes that whoever acts says: the address that they saw is that of someone
// who may approve for the advertiser. It helps where both who agreed on it made
// the mailing. Returns a conflict if the contact has another address by now.
func (s *Advertisers) Vouch(ctx context.Context, id ContactID, seen string) (Contact, error) {
	var c Contact
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var now string
		if err := tx.GetContext(ctx, &now, `SELECT email FROM contacts WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.contact", "id", id)
		}
		if now != seen {
			return fault.New(fault.Conflict, "campaigns.contact_has_moved")
		}
		if err := accounts.DemandProof(ctx, tx, false, accounts.Action{}); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &c, `
			UPDATE contacts SET vouched_by = current_actor() WHERE id = $1 RETURNING `+contactColumns, id), "thing.contact", "id", id)
	})
	return c, err
}
