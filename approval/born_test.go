package approval_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestContactsGrantNoRoles: a request about a contact takes no admin, and so
// writes nothing that takes one.
func TestContactsGrantNoRoles(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	label := w.Label.ID
	db.Owner.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = now()`)
	if err := psql(db, w.Maker.ID.Actor(), `
		INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
		SELECT 'contacts.change', 'advertisers:1', '{}', jsonb_build_array(jsonb_build_object(
		       'table', 'user_roles', 'do', 'insert', 'email', email, 'label', $2::int, 'role', 'approver')), now(), now() + interval '1 hour'
		  FROM users WHERE id = $1`, w.Maker.ID, label); err != nil {
		t.Fatal(err)
	}
	ctx := pgtest.Acting(t.Context(), w.Contact.ID.Actor())
	err := postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
		tx.MustExec(`UPDATE change_requests SET state = 'confirmed', decided_at = now() WHERE state = 'proposed'`)
		_, err := tx.Exec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver')`, w.Maker.ID, label)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "one admin proposes and another confirms") {
		t.Errorf("a contact makes an approver: %v", err)
	}
}

// TestNoSendIsBornReleased: whoever made a mailing can't plan it as released,
// which would free its audience from what was approved.
func TestNoSendIsBornReleased(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	w.LookAt(approvaltest.As(w.Third), t, round)
	const born = `
		INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, released_by)
		SELECT r.mailing_id, r.revision_id, $2::int, a.slot_local, a.slot_at,
		       date_trunc('month', a.slot_at AT TIME ZONE 'UTC')::date, $3::bigint
		  FROM approval_rounds r JOIN approval_slots a ON a.round_id = r.id WHERE r.mailing_id = $1`
	err := psql(db, w.Maker.ID.Actor(), born, m.ID, w.Label.ID, w.Maker.ID)
	if err == nil || !strings.Contains(err.Error(), "made no part of it") {
		t.Errorf("released by its maker: %v", err)
	}
	if err := psql(db, w.Third.ID.Actor(), born, m.ID, w.Label.ID, w.Third.ID); err != nil {
		t.Errorf("by an approver who didn't make it: %v", err)
	}
}

// TestOneContentForAll: Go reads the names of a content without regard to case,
// SQL with it, so whatever the program itself wouldn't write is refused.
func TestOneContentForAll(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	for _, name := range []string{"placements", "template", "audience", "advertiser_id", "segments", "source", "kind"} {
		for _, other := range []string{strings.ToUpper(name[:1]) + name[1:], strings.Replace(name, "s", "\u017f", 1)} {
			forged := strings.Replace(string(r.Canonical), `"`+name+`":`, `"`+other+`":`, 1)
			if forged == string(r.Canonical) {
				continue
			}
			twice := strings.Replace(string(r.Canonical), `"`+name+`":`, `"`+name+`":null,"`+name+`":`, 1)
			if err := psql(db, w.Maker.ID.Actor(), `INSERT INTO revisions (mailing_id, number, content, author_id)
				VALUES ($1, 9, convert_to($2, 'UTF8'), $3)`, m.ID, twice, w.Maker.ID); err == nil {
				t.Errorf("a content with %q twice was kept", name)
			}
			if err := psql(db, w.Maker.ID.Actor(), `INSERT INTO revisions (mailing_id, number, content, author_id)
				VALUES ($1, 9, convert_to($2, 'UTF8'), $3)`, m.ID, forged, w.Maker.ID); err == nil {
				t.Errorf("a content with %q was kept", other)
			}
		}
	}
}

// TestOnceHasNoCeiling: what goes out once is held to who its members are, and
// a number in their place is refused, as is a series without one.
func TestOnceHasNoCeiling(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	err := psql(db, w.Maker.ID.Actor(), `
		INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, ceiling)
		VALUES ($1, $2, $3, 3, '{}', 10, false, $4, 1000000000)`, m.ID, r.ID, r.Digest, w.Maker.ID)
	if err == nil || !strings.Contains(err.Error(), "held to who its members are") {
		t.Errorf("a ceiling on a mailing that goes out once: %v", err)
	}
}
