package scheduler_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
)

// files is a desk on which a mailing with terms.pdf is approved.
func files(t *testing.T, terms []byte) *desk {
	t.Helper()
	d := newDesk(t, 1)
	policy, err := d.Approval.Policies.For(t.Context(), d.Label.ID, nil)
	noError(t, err)
	policy.Attachments = true
	_, err = d.Approval.Policies.Set(approvaltest.As(d.Colleague), policy)
	noError(t, err)
	a, err := d.World.Mailings.Attachments.Put(approvaltest.As(d.Maker), d.Label.ID, terms)
	noError(t, err)
	b := d.Brief(t, slot)
	b.Attachments = []mailings.BriefAttachment{{Hash: a.Hash.String(), Name: "terms.pdf"}}
	d.Approved(t, b)
	return d
}

// TestASwappedAttachmentHolds: the base keeps bytes to their hash. Whoever takes that
// away gets no other file sent than the one that everyone opened.
func TestASwappedAttachmentHolds(t *testing.T) {
	t.Parallel()
	terms := pdftest.Plain("Terms")
	d := files(t, terms)
	swap := []byte(strings.Replace(string(terms), "Terms", "Other", 1))
	if _, err := d.db.Owner.Exec(`UPDATE attachments SET bytes = $1`, swap); err == nil {
		t.Fatal("the base takes other bytes for a hash")
	}
	d.db.Owner.MustExec(`ALTER TABLE attachments DISABLE TRIGGER attachments_fixed, DROP CONSTRAINT attachments_check`)
	d.db.Owner.MustExec(`UPDATE attachments SET bytes = $1`, swap)
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Held || !strings.Contains(s.HeldReason.String(), "terms.pdf isn't a harmless PDF") {
		t.Errorf("the send is %s for %q", s.State, s.HeldReason)
	}
}

// TestAMissingAttachmentHolds: no mail goes without a file that was approved with it.
func TestAMissingAttachmentHolds(t *testing.T) {
	t.Parallel()
	d := files(t, pdftest.Plain("Terms"))
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM attachments`) })
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Held || !strings.Contains(s.HeldReason.String(), "the attachment terms.pdf is missing") {
		t.Errorf("the send is %s for %q", s.State, s.HeldReason)
	}
}
