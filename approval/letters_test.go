package approval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
)

// The letter to a client comes from who asks, and says when the mailing goes
// out, under which subject, and what its maker wrote. Who mails a link by hand
// asks themselves.
func TestTheInvitationSaysWhoAsksAndWhen(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	put := approval.Submission{Revision: r.ID, Ticks: approvaltest.Ticks, Note: strings.Repeat("x", 1001)}
	if _, err := w.Approval.Put(approvaltest.As(w.Maker), m.ID, put, w.Maker.ID); !fault.Is(err, fault.Invalid) {
		t.Fatalf("a note without end: %v", err)
	}
	put.Note = " Kijk je even?\r\nVandaag nog "
	round, err := w.Approval.Put(approvaltest.As(w.Maker), m.ID, put, w.Maker.ID)
	if err != nil || round.Note != "Kijk je even?\nVandaag nog" {
		t.Fatalf("%q, %v", round.Note, err)
	}
	if _, err := w.Approval.Links.Issue(approvaltest.As(w.Third), w.Step(t, round, approval.Client), w.Contact.ID, "Nu echt"); err != nil {
		t.Fatal(err)
	}
	due, err := w.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	asks := map[string]string{} // what is said by whom
	for _, n := range due {
		if n.Recipient == w.Contact.Email {
			asks[n.FromName] = n.Body + n.HTML
		}
	}
	for by, said := range map[string]string{w.Maker.Name: "Kijk je even?\nVandaag nog\n\n", w.Third.Name: "Nu echt\n\n"} {
		for _, want := range []string{
			by + " van " + w.Label.Name + " heeft", "dinsdag 24 november", "10:00 (Amsterdam)", "90 dagen", said, `"De winterzon in"`,
			"<strong>De winterzon in</strong>",
		} {
			if letter := asks[by+" van "+w.Label.Name]; !strings.Contains(letter, want) {
				t.Errorf("the letter of %s doesn't say %q: %s", by, want, letter)
			}
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
		due, err := w.Notices.Claim(pgtest.Acting(ctx, "system:notices"), 100)
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
