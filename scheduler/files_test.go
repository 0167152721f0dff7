package scheduler_test

import (
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
)

// TestASwappedAttachmentHolds: the base keeps bytes to their hash. Whoever takes that
// away gets no other file sent than the one that everyone opened.
func TestASwappedAttachmentHolds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	policy, err := d.Approval.Policies.For(t.Context(), d.Label.ID, nil)
	noError(t, err)
	policy.Attachments = true
	_, err = d.Approval.Policies.Set(approvaltest.As(d.Colleague), policy)
	noError(t, err)
	terms := pdftest.Plain("Terms")
	a, err := d.World.Mailings.Attachments.Put(approvaltest.As(d.Maker), d.Label.ID, terms)
	noError(t, err)
	b := d.Brief(t, slot)
	b.Attachments = []mailings.BriefAttachment{{Hash: a.Hash.String(), Name: "terms.pdf"}}
	d.Approved(t, b)
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
