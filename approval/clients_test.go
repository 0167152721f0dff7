package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
)

// asClient decides a client's step with a link of one's own, by psql as the
// contact: as whoever has a link could.
func asClient(t *testing.T, w *approvaltest.World, db pgtest.DB, client approval.ReviewID, c campaigns.Contact) error {
	t.Helper()
	return postgres.InTx(pgtest.Acting(t.Context(), c.ID.Actor()), db.App, func(tx *sqlx.Tx) error {
		pgtest.Link(t, tx, int64(client), int64(c.ID), w.Clock.Now().Add(time.Hour))
		tx.MustExec(`
			INSERT INTO face_views (revision_id, digest, at)
			SELECT DISTINCT s.revision_id, f.digest, now() FROM faces f JOIN face_sets s ON s.id = f.set_id ON CONFLICT DO NOTHING`)
		_, err := tx.Exec(`UPDATE approval_reviews SET verdict = 'approved', contact_id = $2, decided_at = $3 WHERE id = $1`,
			client, c.ID, w.Clock.Now())
		return err
	})
}

// Where both who agreed on a contact made the mailing, it decides nothing before
// someone else vouches for it.
func TestAMakersOwnContactDecidesNothing(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	own := w.AddContact(t, w.Maker, w.Colleague, campaigns.Contact{
		AdvertiserID: w.Advertiser.ID, Name: "Not Mara", Email: "mara@elsewhere.example", Locale: "nl", MayApprove: true,
	})
	m, err := w.Mailings.Create(approvaltest.As(w.Colleague), w.Label.ID, "Winterzon", mailings.Solo)
	must(t, err)
	db.Owner.MustExec(`INSERT INTO users (email, name) VALUES ('piet@spaarzegel.example', 'Piet')`)
	db.Owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) SELECT id, $1, 'approver' FROM users WHERE name = 'Piet'`, w.Label.ID)
	r := edit(t, w, w.Colleague, m, 0, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client := w.Step(t, round, approval.Client)
	if _, err := w.Approval.Links.Issue(approvaltest.As(w.Maker), client, own.ID, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a link for the makers' own contact: %v", err)
	}
	if err := asClient(t, w, db, client, own); err == nil || !strings.Contains(err.Error(), "someone else must vouch") {
		t.Errorf("by psql: %v", err)
	}
	if _, err := w.Advertisers.Vouch(approvaltest.As(w.Third), own.ID, "mara@before.example"); !fault.Is(err, fault.Conflict) {
		t.Errorf("vouched for an address that it has no longer: %v", err)
	}
	_, err = w.Advertisers.Vouch(approvaltest.As(w.Third), own.ID, own.Email)
	must(t, err)
	if err := asClient(t, w, db, client, own); err != nil {
		t.Errorf("with another's word: %v", err)
	}
}

// An address counts for what is submitted after it was confirmed; a link is bound
// to the address that it was mailed to, and the certificate names that one.
func TestAnAddressCountsFromTheNextSubmissionOn(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client := w.Step(t, round, approval.Client)
	token := w.ClientToken(t)
	late := w.AddContact(t, w.Third, w.Colleague, campaigns.Contact{
		AdvertiserID: w.Advertiser.ID, Name: "Late", Email: "late@zonvakantie.example", Locale: "nl", MayApprove: true,
	})
	if _, err := w.Approval.Links.Issue(approvaltest.As(w.Maker), client, late.ID, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a link for who was confirmed just now: %v", err)
	}
	if err := asClient(t, w, db, client, late); err == nil || !strings.Contains(err.Error(), "confirmed after the mailing was submitted") {
		t.Errorf("by psql: %v", err)
	}
	asked, err := w.Advertisers.UpdateContact(approvaltest.As(w.Third), w.Contact.ID, func(c *campaigns.Contact) error {
		c.Email = "anna.b@zonvakantie.example"
		return nil
	})
	must(t, err)
	moved := w.Confirm(t, w.Colleague, asked)
	if _, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), true,
		approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by the link that went to the old address: %v", err)
	}
	if told := letters(t, w)["anna@zonvakantie.example"]; len(told) != 1 || !strings.Contains(told[0], "anna.b@zonvakantie.example") {
		t.Errorf("at the old address it is said: %q", told)
	}
	if err := asClient(t, w, db, client, moved); err == nil {
		t.Error("the moved contact decided a round of before")
	}
	_, err = w.Approval.Withdraw(approvaltest.As(w.Maker), m.ID, "again")
	must(t, err)
	again := w.Submit(t, m, r)
	w.Contact = moved
	again = w.ApproveClient(t, again)
	if v := again.Reviews[1]; v.Verdict != approval.Approved {
		t.Errorf("%+v", v)
	}
	var address string
	must(t, db.App.Get(&address, `SELECT contact_address FROM approval_reviews WHERE round_id = $1 AND step = 'client'`, again.ID))
	if address != moved.Email {
		t.Errorf("the verdict is put down under %q", address)
	}
	if err := psql(db, "", `UPDATE approval_reviews SET contact_address = 'x@y.example' WHERE step = 'client' AND verdict = 'approved'`); err == nil {
		t.Error("the address of a verdict was changed")
	}
}

// Whoever comes to work here, or ever did, approves as no client any more.
func TestAUserIsNoClient(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	token, client := w.ClientToken(t), w.Step(t, round, approval.Client)
	db.Owner.MustExec(`INSERT INTO users (email, name, disabled_at) VALUES ('Anna+werk@zonvakantie.example', 'Anna', now())`)
	db.Owner.MustExec(`UPDATE users SET email = 'anna@spaarzegel.example' WHERE name = 'Anna'`)
	if _, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), true,
		approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by link: %v", err)
	}
	if err := asClient(t, w, db, client, w.Contact); err == nil || !strings.Contains(err.Error(), "nobody who works here") {
		t.Errorf("by psql: %v", err)
	}
	if may, err := w.Approval.Contacts(t.Context(), &round, w.Advertiser.ID); err != nil || len(may) != 0 {
		t.Errorf("%v may approve: %v", may, err)
	}
}
