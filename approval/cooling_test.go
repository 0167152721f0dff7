package approval_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/authors"
	"keur/changes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// board is the publisher with two admins, whose label has sent before.
type board struct {
	*approvaltest.World
	pgtest.DB
	requests   *changes.Store
	one, other accounts.User
}

func newBoard(t *testing.T) *board {
	t.Helper()
	w, db := newWorld(t)
	b := &board{World: w, DB: db, requests: changes.NewStore(db.App, w.Clock, w.Accounts.ChangeKinds(), policies.Changes())}
	b.one, b.other = hired(t, w, db, "One"), hired(t, w, db, "Other")
	w.Draft(t, w.Brief(t, slot))
	w.Sent(t, db.Owner)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET admin = true WHERE id IN ($1, $2)`, b.one.ID, b.other.ID)
		tx.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = now()`)
	})
	return b
}

// confirm has the other admin agree to what one proposed.
func (b *board) confirm(t *testing.T, r *changes.Request) {
	t.Helper()
	if r == nil {
		t.Fatal("nothing waits for another admin")
	}
	_, err := b.requests.Confirm(approvaltest.As(b.other), r.ID)
	must(t, err)
}

// hire lets in a user with a role under the label, as both admins want.
func (b *board) hire(t *testing.T, name string, role accounts.Role) accounts.User {
	t.Helper()
	email := strings.ToLower(name) + "@spaarzegel.example"
	u, err := b.Accounts.Create(approvaltest.As(b.one), accounts.User{
		Email: email, Name: name, Locale: "en", Roles: map[labels.ID][]accounts.Role{b.Label.ID: {role}},
	}, "")
	must(t, err)
	b.confirm(t, u.Change)
	u, err = b.Accounts.ByEmail(t.Context(), email)
	must(t, err)
	return u
}

// submitted takes a mailing to where its colleague decides.
func (b *board) submitted(t *testing.T, at string) approval.Round {
	t.Helper()
	m, r := b.Draft(t, b.Brief(t, at))
	return b.ApproveClient(t, b.Submit(t, m, r))
}

// approve has the user approve as colleague.
func (b *board) approve(t *testing.T, round approval.Round, u accounts.User) error {
	t.Helper()
	b.LookAt(approvaltest.As(u), t, round)
	_, err := b.Approval.Approve(approvaltest.As(u), b.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}, u.ID)
	return err
}

const approveByHand = `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = $3 WHERE id = $1`

// TestANewApproverCountsAfterACoolingOff: who was let in as an approver decides
// nothing that was submitted within a day, neither at the desk nor over the API, and does after it. Check
// says from when.
func TestANewApproverCountsAfterACoolingOff(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	nina := b.hire(t, "Nina", accounts.Approver)
	m, _ := b.Draft(t, b.Brief(t, slot))
	m, err := b.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	steps, err := b.Approval.Candidates.Now(approvaltest.As(b.Maker), &m, b.Maker.ID)
	must(t, err)
	const from = "counts for what is submitted from 24 November 2026, 09:00 on"
	if got := said(steps, approval.Colleague); !strings.HasPrefix(got, "Coen Tess / Nina ") || !strings.Contains(got, from) {
		t.Errorf("check says %q", got)
	}
	b.Clock.Add(time.Hour)
	early := b.submitted(t, "2026-11-27T10:00")
	for _, u := range letters(t, b.World)[nina.Email] {
		t.Errorf("she is asked: %s", u)
	}
	refused := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "your role is new: it counts") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := b.approve(t, early, nina); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a colleague of today: %v", err)
	}
	step := b.Step(t, early, approval.Colleague)
	refused("with psql", psql(b.DB, nina.ID.Actor(), approveByHand, step, nina.ID, b.Clock.Now()))

	// A day later she counts for what is submitted then, and for what was not before.
	b.Clock.Add(23*time.Hour + time.Minute)
	refused("a day later", b.approve(t, early, nina))
	if err := b.approve(t, b.submitted(t, "2026-11-28T10:00"), nina); err != nil {
		t.Errorf("what was submitted after it: %v", err)
	}
}

// TestANewcomerApprovesNoPart: what is approved alone clears its writer, so that
// counts from then on, too.
func TestANewcomerApprovesNoPart(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	nina := b.hire(t, "Nina", accounts.Approver)
	shared := template(t, b.World, b.Colleague, "Basis", own)
	part, store := authors.Thing{Kind: authors.Template, ID: int64(shared.ID), Version: 1}, authors.NewStore(b.App)
	parts, err := store.Of(t.Context(), b.Label.ID, part)
	must(t, err)
	for _, try := range []struct {
		letIn string
		works bool
	}{{"1 minute", false}, {"23 hours", false}, {"25 hours", true}} {
		pgtest.Unguarded(t, b.Owner, func(tx *sqlx.Tx) { // such a part is approved by the base's own clock
			tx.MustExec(`UPDATE users SET let_in_at = now() - $2::interval WHERE id = $1`, nina.ID, try.letIn)
			tx.MustExec(`UPDATE user_roles SET granted_at = NULL WHERE user_id = $1`, nina.ID)
		})
		_, err := store.Approve(approvaltest.As(nina), b.Label.ID, part, []authors.Hash{parts[0].Hash}, nina.ID)
		if works := err == nil; works != try.works || !works && !strings.Contains(err.Error(), "your role is new") {
			t.Errorf("let in %s ago: %v", try.letIn, err)
		}
	}
}

// TestANewcomerLetsNothingGoOn: no send, and no stop.
func TestANewcomerLetsNothingGoOn(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	nina := b.hire(t, "Nina", accounts.Approver)
	m, round := b.World.Approved(t, b.Brief(t, slot))
	of, err := b.Mailings.Made(t.Context(), round.RevisionID)
	must(t, err)
	for _, act := range []authors.Act{authors.Release, authors.NewSlot, authors.Resume, authors.LiftStop} {
		if err := of.May(act, nina.ID); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "your role is new") {
			t.Errorf("%s: %v", act, err)
		}
		if err := of.May(act, b.Third.ID); err != nil {
			t.Errorf("%s, by who was there before: %v", act, err)
		}
	}
	var lets [2]bool
	must(t, b.App.QueryRow(`SELECT lets_go($1, $2), lets_go($1, $3)`, m.RevisionID, nina.ID, b.Third.ID).Scan(&lets[0], &lets[1]))
	if lets[0] || !lets[1] {
		t.Errorf("they let go by the database: %v", lets)
	}
	content, err := b.Mailings.Content(t.Context(), round.RevisionID)
	must(t, err)
	advertiser := b.Contact.AdvertiserID
	if len(content.Advertisers()) != 1 {
		t.Fatal("it places no advertiser")
	}
	stopped, err := b.Advertisers.Stop(approvaltest.As(b.Third), advertiser, "out of stock")
	must(t, err)
	if _, err := b.Advertisers.Resume(approvaltest.As(nina), advertiser, *stopped.StoppedAt, nina.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("lifts a stop: %v", err)
	}
	const lift = `UPDATE advertisers SET stopped_at = NULL, stop_reason = '' WHERE id = $1`
	if err := psql(b.DB, nina.ID.Actor(), lift, advertiser); err == nil || !strings.Contains(err.Error(), "your role is new") {
		t.Errorf("lifts a stop with psql: %v", err)
	}
	if err := psql(b.DB, b.Third.ID.Actor(), lift, advertiser); err != nil {
		t.Errorf("who was there before lifts it: %v", err)
	}
}

// TestWhoCoolsOff: whoever is granted a role, let in again, or given another
// address; nobody before the label's first send, nor where the policy says so.
func TestWhoCoolsOff(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.Clock.Add(time.Minute)
	_, r := b.Draft(t, b.Brief(t, slot))
	revision := r.ID
	change := func(id accounts.UserID, change func(*accounts.User)) {
		t.Helper()
		u, err := b.Accounts.Update(approvaltest.As(b.one), id, func(u *accounts.User) error { change(u); return nil })
		must(t, err)
		if u.Change != nil {
			b.confirm(t, u.Change)
		}
	}
	cools := func(who string, id accounts.UserID, want bool) {
		t.Helper()
		late, err := authors.NewcomersTo(t.Context(), b.App, int64(revision), b.Clock.Now())
		must(t, err)
		if _, is := late[id]; is != want {
			t.Errorf("%s cools off: %t", who, is)
		}
		var later bool
		must(t, b.App.Get(&later, `SELECT coalesce(counts_from($1, $2, cooling_hours($3)) > $4, false)`, id, b.Label.ID, revision, b.Clock.Now()))
		if later != want {
			t.Errorf("%s cools off by the database: %t", who, later)
		}
	}
	cools("an old hand", b.Colleague.ID, false)
	change(b.Colleague.ID, func(u *accounts.User) { u.Name = "Coen B." })
	cools("who is called otherwise", b.Colleague.ID, false)
	change(b.Colleague.ID, func(u *accounts.User) { u.Email = "coen.b@spaarzegel.example" })
	cools("who has another address", b.Colleague.ID, true)
	now := b.Clock.Now()
	change(b.Third.ID, func(u *accounts.User) { u.DisabledAt = &now })
	change(b.Third.ID, func(u *accounts.User) { u.DisabledAt = nil })
	cools("who was let in again", b.Third.ID, true)
	change(b.Maker.ID, func(u *accounts.User) { u.Roles[b.Label.ID] = append(u.Roles[b.Label.ID], accounts.Approver) })
	cools("a planner who may approve now", b.Maker.ID, true)

	p := policies.Default(b.Label.ID)
	p.Version, p.CoolingHours = 0, new(0)
	p, err := b.Approval.Policies.Set(approvaltest.As(b.one), p)
	must(t, err)
	cools("while it is only proposed", b.Maker.ID, true)
	b.confirm(t, p.Change)
	cools("without a cooling-off", b.Maker.ID, false)
}

// TestALiftedCoolingOff: another admin confirms that somebody counts at once, and
// nobody else can say so.
func TestALiftedCoolingOff(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	nina := b.hire(t, "Nina", accounts.Approver)
	b.Clock.Add(time.Minute)
	round := b.submitted(t, "2026-11-27T10:00")
	u, err := accounts.NewCooling(b.Accounts).Lift(approvaltest.As(b.one), nina.ID)
	must(t, err)
	if u.Change == nil ||
		u.Change.What.String() != "let the new role of Nina (nina@spaarzegel.example) count at once, without a cooling-off" {
		t.Fatalf("one admin alone: %+v", u.Change)
	}
	for who, as := range map[string]accounts.User{"who proposed it": b.one, "whom it is about": nina, "a colleague": b.Colleague} {
		if _, err := b.requests.Confirm(approvaltest.As(as), u.Change.ID); err == nil {
			t.Errorf("confirmed by %s", who)
		}
	}
	for what, sql := range map[string]string{
		"a lift without a change": `INSERT INTO cooling_lifts (user_id) VALUES ($1)`,
		"a lift of another day":   `INSERT INTO cooling_lifts (user_id, lifted_at) VALUES ($1, now())`,
		"an older role":           `UPDATE user_roles SET granted_at = NULL WHERE user_id = $1`,
	} {
		if err := psql(b.DB, b.one.ID.Actor(), sql, nina.ID); err == nil {
			t.Errorf("psql: %s", what)
		}
	}
	must(t, psql(b.DB, b.one.ID.Actor(), `UPDATE users SET let_in_at = NULL WHERE id = $1`, nina.ID))
	if err := b.approve(t, round, nina); !fault.Is(err, fault.Forbidden) {
		t.Errorf("before it is lifted: %v", err)
	}
	b.confirm(t, u.Change)
	if err := b.approve(t, round, nina); err != nil {
		t.Errorf("once it is lifted: %v", err)
	}
	// What is granted later cools off once more.
	b.Clock.Add(time.Minute)
	b.hire(t, "Otto", accounts.Approver)
	u, err = b.Accounts.Update(approvaltest.As(b.one), nina.ID, func(u *accounts.User) error {
		u.Email = "n@spaarzegel.example"
		return nil
	})
	must(t, err)
	b.confirm(t, u.Change)
	var cooling int
	must(t, b.App.Get(&cooling, `SELECT count(*) FROM users u WHERE counts_from(u.id, $1, 24) > $2`, b.Label.ID, b.Clock.Now()))
	if cooling != 2 {
		t.Errorf("%d cool off, not Nina and Otto", cooling)
	}
}

// TestNobodySaysWhenTheySubmitted: a round that psql puts off until a cooling-off
// is over is of the moment that it is written.
func TestNobodySaysWhenTheySubmitted(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, "2031-11-24T10:00"))
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	set, err := w.Approval.Faces.Current(approvaltest.As(w.Maker), &mailings.Mailing{ID: m.ID, LabelID: m.LabelID, RevisionID: &r.ID})
	must(t, err)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM moved_clock`) })
	var of time.Duration
	must(t, postgres.InTx(pgtest.Acting(context.Background(), w.Maker.ID.Actor()), db.App, func(tx *sqlx.Tx) error {
		var at, now time.Time
		err := tx.QueryRow(`
			INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by,
			                             submitted_at, face_set_id)
			VALUES ($1, $2, $3, 3, '{}', 10, false, $4, now() + interval '3 days', $5) RETURNING submitted_at, clock_timestamp()`,
			m.ID, r.ID, r.Digest, w.Maker.ID, set.ID).Scan(&at, &now)
		of = at.Sub(now)
		return err
	}))
	if of > 0 {
		t.Errorf("it is of %s from now", of)
	}
}
