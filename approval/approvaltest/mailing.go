package approvaltest

import (
	"context"
	"regexp"
	"testing"

	"keur/approval"
	"keur/mailings"
)

// Ticks is the whole checklist.
var Ticks = approval.Ticks{"content", "links", "audience", "slot", "terms"}

// Submit puts the revision up for approval, as its maker.
func (w *World) Submit(t testing.TB, m mailings.Mailing, r mailings.Revision) approval.Round {
	t.Helper()
	round, err := w.Approval.Submit(As(w.Maker), m.ID, r.ID, Ticks, w.Maker.ID)
	must(t, err)
	return round
}

var linkShape = regexp.MustCompile(`/a/([A-Za-z0-9_-]+)`)

// ClientToken returns the token of the link in the newest mail to the contact.
func (w *World) ClientToken(t testing.TB) string {
	t.Helper()
	due, err := w.Notices.Claim(context.Background(), 100)
	must(t, err)
	token := ""
	for _, n := range due {
		if found := linkShape.FindStringSubmatch(n.Body); found != nil && n.Recipient == w.Contact.Email {
			token = found[1]
		}
	}
	if token == "" {
		t.Fatal("no link was mailed to the contact")
	}
	return token
}

// ApproveClient approves by link, as the contact.
func (w *World) ApproveClient(t testing.TB, round approval.Round) approval.Round {
	t.Helper()
	after, err := w.Approval.DecideByLink(context.Background(), w.ClientToken(t), true, approval.Given{Digest: round.Digest})
	must(t, err)
	return after
}

// Approved takes a brief the whole way: written, submitted, approved by client
// and colleague.
func (w *World) Approved(t testing.TB, b mailings.Brief) (mailings.Mailing, approval.Round) {
	t.Helper()
	m, r := w.Draft(t, b)
	round := w.Submit(t, m, r)
	if len(b.Placements) > 0 {
		round = w.ApproveClient(t, round)
	}
	round, err := w.Approval.Approve(As(w.Colleague), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest}, w.Colleague.ID)
	must(t, err)
	m, err = w.Mailings.Get(context.Background(), m.ID)
	must(t, err)
	return m, round
}

// Step returns the review of a step.
func (w *World) Step(t testing.TB, round approval.Round, step approval.Step) approval.ReviewID {
	t.Helper()
	for _, v := range round.Reviews {
		if v.Step == step {
			return v.ID
		}
	}
	t.Fatalf("the round has no %s step", step)
	return 0
}
