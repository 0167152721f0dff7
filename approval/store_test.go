package approval_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
)

const slot = "2026-11-24T10:00"

func newWorld(t *testing.T) (*approvaltest.World, pgtest.DB) {
	t.Helper()
	return approvaltest.Fresh(t, 3)
}

func TestThreePartiesApprove(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	if m.State != mailings.Approved || round.State != approval.RoundApproved {
		t.Fatalf("the mailing is %s and its round %s", m.State, round.State)
	}
	if round.Audience != 3 {
		t.Errorf("%d members were approved, want 3", round.Audience)
	}
	if _, err := w.Approval.Standing(context.Background(), round.RevisionID); err != nil {
		t.Error(err)
	}
	n, _, err := w.Approval.VerifyAudit(context.Background(), nil)
	if err != nil || n == 0 {
		t.Errorf("the audit trail of %d rows: %v", n, err)
	}
}

func TestAnEditUndoesApproval(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	b := w.Brief(t, slot)
	b.Subjects[0].Text = "Nog meer winterzon"
	w.Edit(t, m, round.RevisionID, b)
	after, err := w.Approval.Round(context.Background(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	if m, _ = w.Mailings.Get(context.Background(), m.ID); m.State != mailings.Draft || after.State != approval.RoundWithdrawn {
		t.Errorf("after an edit the mailing is %s and its round %s", m.State, after.State)
	}
	if _, err := w.Approval.Standing(context.Background(), round.RevisionID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the old revision still stands: %v", err)
	}
}

func TestTwoEditorsOneWins(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	content, err := r.Content()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Mailings.Edit(context.Background(), m.ID, 0, content, w.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit on an old revision: %v", err)
	}
}

func TestTheClientsLink(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	ctx := context.Background()
	if _, err := w.Approval.Links.Open(ctx, approvaltest.Link("forged-token")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a forged link: %v", err)
	}
	token := w.ClientToken(t)
	inv, err := w.Approval.Links.Open(ctx, approvaltest.Link(token))
	if err != nil || inv.Contact.ID != w.Contact.ID {
		t.Fatalf("the link opens %v: %v", inv.Contact, err)
	}
	if _, err := w.Approval.DecideByLink(ctx, approvaltest.Link(token), true,
		approval.Given{Digest: mailings.Digest{1}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a verdict on something else than was submitted: %v", err)
	}
	if err := w.Approval.Links.Revoke(ctx, inv.Review.ID, inv.Link.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Approval.DecideByLink(ctx, approvaltest.Link(token), true,
		approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a link that was taken back: %v", err)
	}
	link, err := w.Approval.Links.Issue(approvaltest.As(w.Maker), inv.Review.ID, w.Contact.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	fresh := w.ClientToken(t)
	w.Clock.Set(link.ExpiresAt)
	if _, err := w.Approval.Links.Open(ctx, approvaltest.Link(fresh)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a link that expired: %v", err)
	}
}

// TestAContactHasOneLinkHoweverOftenItIsAsked: also at once.
func TestAContactHasOneLinkHoweverOftenItIsAsked(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client := w.Step(t, round, approval.Client)
	first := w.ClientToken(t)
	var asked sync.WaitGroup
	for range 5 {
		asked.Go(func() {
			if _, err := w.Approval.Links.Issue(approvaltest.As(w.Maker), client, w.Contact.ID, ""); err != nil {
				t.Error(err)
			}
		})
	}
	asked.Wait()
	links, err := w.Approval.Links.List(t.Context(), client)
	open := slices.DeleteFunc(slices.Clone(links), func(l approval.Link) bool { return l.RevokedAt != nil })
	if err != nil || len(links) != 6 || len(open) != 1 {
		t.Errorf("open are %+v, %v", open, err)
	}
	if _, err := w.Approval.Links.Open(t.Context(), approvaltest.Link(first)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the one before opens: %v", err)
	}
	if _, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(first), true,
		approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the one before decides: %v", err)
	}
}

func TestLateApprovalsExpire(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	w.Clock.Add(11 * time.Hour)
	if n, err := w.Approval.Reminders.SendDue(context.Background()); err != nil || n != 0 {
		t.Errorf("%d reminders before half of the time had passed: %v", n, err)
	}
	w.Clock.Add(3 * time.Hour)
	if n, err := w.Approval.Reminders.SendDue(context.Background()); err != nil || n != 1 {
		t.Errorf("%d reminders: %v", n, err)
	}
	if n, err := w.Approval.Reminders.SendDue(context.Background()); err != nil || n != 0 {
		t.Errorf("reminded %d times again: %v", n, err)
	}
	w.Clock.Add(48 * time.Hour)
	if n, err := w.Approval.ExpireDue(context.Background()); err != nil || n != 1 {
		t.Fatalf("%d expired: %v", n, err)
	}
	_, err := w.Approval.Approve(approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest}, w.Colleague.ID)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("approved after it expired: %v", err)
	}
	if m, _ = w.Mailings.Get(context.Background(), m.ID); m.State != mailings.Draft {
		t.Errorf("the mailing is %s", m.State)
	}
}

// A round that can't be closed, for whatever reason, leaves no later one open past
// its time.
func TestOneThatCantExpireKeepsNoOtherOpen(t *testing.T) {
	t.Parallel()
	for what, raise := range map[string]string{
		"no room":           `RAISE disk_full USING MESSAGE = 'this one stays'`,
		"a guard's refusal": `RAISE EXCEPTION 'this one stays'`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			oneCantExpire(t, raise)
		})
	}
}

func oneCantExpire(t *testing.T, raise string) {
	w, db := newWorld(t)
	var rounds []approval.Round
	for range 2 {
		m, r := w.Draft(t, w.Brief(t, slot))
		rounds = append(rounds, w.Submit(t, m, r))
	}
	db.Owner.MustExec(fmt.Sprintf(`
		CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s; END $$;
		CREATE TRIGGER refuse_one BEFORE UPDATE ON approval_rounds FOR EACH ROW WHEN (NEW.id = %d) EXECUTE FUNCTION refuse_one()`,
		raise, rounds[0].ID))
	w.Clock.Add(62 * time.Hour)
	n, err := w.Approval.ExpireDue(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("expire round %d", rounds[0].ID)) {
		t.Errorf("%d expired: %v", n, err)
	}
	for i, want := range []approval.RoundState{approval.Open, approval.RoundExpired} {
		if r, err := w.Approval.Round(t.Context(), rounds[i].ID); err != nil || r.State != want {
			t.Errorf("round %d is %s, %v", i, r.State, err)
		}
	}
}

// Whoever submits hears at once that nobody could approve, and not by its expiry.
func TestWhatNobodyCouldApproveIsNotSubmitted(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	db.Owner.MustExec(`DELETE FROM user_roles WHERE role = 'approver' AND user_id <> $1`, w.Maker.ID)
	db.Owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver') ON CONFLICT DO NOTHING`, w.Maker.ID, w.Label.ID)
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(),
		"it takes 1 people besides you, and 0 can") {
		t.Errorf("nobody but its maker may approve it: %v", err)
	}
	if m, err = w.Mailings.Get(context.Background(), m.ID); err != nil || m.State != mailings.Draft {
		t.Errorf("the mailing is %s: %v", m.State, err)
	}
}

func TestAPassedSlotIsNotSubmitted(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, "2026-11-23T08:59"))
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a slot that passed: %v", err)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, _ := w.Approved(t, w.Brief(t, slot))
	round, err := w.Approval.Withdraw(approvaltest.As(w.Colleague), m.ID, "the price was wrong")
	if err != nil {
		t.Fatal(err)
	}
	if m, _ = w.Mailings.Get(context.Background(), m.ID); m.State != mailings.Draft || round.State != approval.RoundWithdrawn {
		t.Errorf("the mailing is %s and its round %s", m.State, round.State)
	}
}
