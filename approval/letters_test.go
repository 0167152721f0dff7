package approval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
)

// The letter to a client says who asks, and when the mailing goes out.
func TestTheInvitationSaysWhoAsksAndWhen(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	w.Submit(t, m, r)
	due, err := w.Notices.Claim(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var body string
	for _, n := range due {
		if n.Recipient == w.Contact.Email {
			body = n.Body
		}
	}
	for _, want := range []string{w.Maker.Name + " van " + w.Label.Name, "dinsdag 24 november", "10:00 (Amsterdam)", "90 dagen"} {
		if !strings.Contains(body, want) {
			t.Errorf("the letter doesn't say %q: %s", want, body)
		}
	}
}

// Each letter to staff leads to what it is about, in one click.
func TestLettersLeadToTheDesk(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	ctx := context.Background()
	letters := map[string]string{} // by what they are about
	read := func() {
		t.Helper()
		due, err := w.Notices.Claim(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range due {
			letters[n.Key] = n.Body
		}
	}
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	read()
	w.Clock.Add(14 * time.Hour)
	if n, err := w.Approval.Reminders.SendDue(ctx); err != nil || n != 1 {
		t.Fatalf("%d reminders: %v", n, err)
	}
	read()
	if _, err := w.Approval.Withdraw(approvaltest.As(w.Third), m.ID, "the price was wrong"); err != nil {
		t.Fatal(err)
	}
	read()
	review := w.Step(t, round, approval.Colleague)
	for key, path := range map[string]string{
		fmt.Sprintf("review:%d:user:%d:turn", review, w.Colleague.ID):        fmt.Sprintf("/approvals/%d\n", review),
		fmt.Sprintf("review:%d:user:%d:remind_user", review, w.Colleague.ID): fmt.Sprintf("/approvals/%d\n", review),
		fmt.Sprintf("round:%d:withdrawn", round.ID):                          fmt.Sprintf("/mailings/%d\n", m.ID),
	} {
		if !strings.Contains(letters[key], "\n"+approvaltest.DeskURL+path) {
			t.Errorf("%s says %q", key, letters[key])
		}
	}
}
