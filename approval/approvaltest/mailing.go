package approvaltest

import (
	"context"
	"regexp"
	"testing"

	"keur/approval"
	"keur/approval/linkcodes"
	"keur/internal/pgtest"
	"keur/mailings"
)

// Ticks is the whole checklist.
var Ticks = approval.Ticks{"content", "links", "audience", "slot", "terms"}

// Look shows whoever acts in ctx all faces of a mailing's newest revision.
func (w *World) Look(ctx context.Context, t testing.TB, id mailings.ID) {
	t.Helper()
	m, err := w.Mailings.Get(ctx, id)
	must(t, err)
	set, err := w.Approval.Faces.Current(ctx, &m)
	must(t, err)
	for _, f := range set.Faces {
		must(t, w.Approval.Faces.Note(ctx, &set, f.Number))
	}
	w.open(ctx, t, set.RevisionID)
}

// LookAt shows whoever acts in ctx all faces of a round.
func (w *World) LookAt(ctx context.Context, t testing.TB, round approval.Round) {
	t.Helper()
	set, err := w.Approval.Faces.Set(ctx, *round.FaceSetID)
	must(t, err)
	for _, f := range set.Faces {
		must(t, w.Approval.Faces.Note(ctx, &set, f.Number))
	}
	w.open(ctx, t, set.RevisionID)
}

// LookByLink shows a client all faces of a round.
func (w *World) LookByLink(t testing.TB, by linkcodes.Credential) {
	t.Helper()
	inv, err := w.Approval.Links.Open(context.Background(), by)
	must(t, err)
	for _, f := range inv.Round.Faces {
		must(t, w.Approval.NoteByLink(context.Background(), by, f.Number))
	}
	for _, f := range inv.Round.Attachments {
		must(t, w.Approval.OpenedByLink(context.Background(), by, f.Number))
	}
}

// open opens the attachments of a revision.
func (w *World) open(ctx context.Context, t testing.TB, id mailings.RevisionID) {
	t.Helper()
	files, err := w.Approval.Faces.Files(ctx, id)
	must(t, err)
	for i := range files {
		must(t, w.Approval.Faces.NoteOpened(ctx, id, i+1))
	}
}

// Submit puts the revision up for approval, as its maker.
func (w *World) Submit(t testing.TB, m mailings.Mailing, r mailings.Revision) approval.Round {
	t.Helper()
	w.Look(As(w.Maker), t, m.ID)
	round, err := w.Approval.Submit(As(w.Maker), m.ID, r.ID, Ticks, w.Maker.ID)
	must(t, err)
	return round
}

var linkShape = regexp.MustCompile(`/a/([A-Za-z0-9_-]+)`)

// Link is what the browser of a client shows who just opened their link.
func Link(token string) linkcodes.Credential { return linkcodes.Credential{Token: token} }

var codeShape = regexp.MustCompile(`(?m)^[0-9]{6}$`)

// MailedCode has the code of a link mailed to the contact and returns it.
func (w *World) MailedCode(t testing.TB, by linkcodes.Credential) (string, error) {
	t.Helper()
	inv, err := w.Approval.Links.Open(context.Background(), by)
	must(t, err)
	if err := w.Approval.Links.MailCode(context.Background(), &inv, by); err != nil {
		return "", err
	}
	due, err := w.Notices.Claim(pgtest.Acting(context.Background(), "system:notices"), 100)
	must(t, err)
	for _, n := range due {
		if code := codeShape.FindString(n.Body); code != "" && n.Recipient == w.Contact.Email {
			return code, nil
		}
	}
	t.Fatal("no code was mailed to the contact")
	return "", nil
}

// GiveCode gives the link's code, where the policy asks for one.
func (w *World) GiveCode(t testing.TB, by linkcodes.Credential) linkcodes.Credential {
	t.Helper()
	inv, err := w.Approval.Links.Open(context.Background(), by)
	must(t, err)
	if !inv.Asks {
		return by
	}
	code, err := w.MailedCode(t, by)
	must(t, err)
	by, err = w.Approval.Links.GiveCode(context.Background(), &inv, by, code)
	must(t, err)
	return by
}

// ClientToken returns the token of the link in the newest mail to the contact.
func (w *World) ClientToken(t testing.TB) string {
	t.Helper()
	due, err := w.Notices.Claim(pgtest.Acting(context.Background(), "system:notices"), 100)
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
	by := w.GiveCode(t, Link(w.ClientToken(t)))
	w.LookByLink(t, by)
	after, err := w.Approval.DecideByLink(context.Background(), by, true, approval.Given{Digest: round.Digest})
	must(t, err)
	return after
}

// Approved takes a brief the whole way: written, submitted, approved by client
// and colleague.
func (w *World) Approved(t testing.TB, b mailings.Brief) (mailings.Mailing, approval.Round) {
	t.Helper()
	m, r := w.Draft(t, b)
	return w.approved(t, b, m, r)
}

// ApprovedAnew is Approved of a mailing that is edited on a revision.
func (w *World) ApprovedAnew(t testing.TB, m mailings.Mailing, b mailings.Brief) (mailings.Mailing, approval.Round) {
	t.Helper()
	return w.approved(t, b, m, w.Edit(t, m, *m.RevisionID, b))
}

func (w *World) approved(t testing.TB, b mailings.Brief, m mailings.Mailing, r mailings.Revision) (mailings.Mailing, approval.Round) {
	t.Helper()
	round := w.Submit(t, m, r)
	if len(b.Placements) > 0 {
		round = w.ApproveClient(t, round)
	}
	w.LookAt(As(w.Colleague), t, round)
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
