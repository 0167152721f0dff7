package approvaltest

import (
	"context"
	"regexp"
	"testing"

	"keur/approval"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

// source is a whole mail, as small as lint lets it be.
const source = `<!doctype html><html lang="nl"><head><title>{{label.name}}</title></head><body>
<p>Dag {{member.first_name | default "lid"}}, een aanbieding.</p>
{{placements}}
<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p>
</body></html>`

// Brief returns a solo mailing for everyone at the local time.
func (w *World) Brief(t testing.TB, at string) mailings.Brief {
	t.Helper()
	slot, err := mailings.ParseLocalTime(at)
	must(t, err)
	return mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Text: "De winterzon in", Weight: 1}},
		Template: mailings.BriefTemplate{Format: templates.HTML, Source: source},
		Placements: []mailings.BriefPlacement{{
			Key: "zon", CampaignID: int64(w.Campaign.ID), Heading: "Winterzon van Zonvakantie", Text: "Nu met korting.",
			Button: "Bekijk", URL: "https://zonvakantie.example/winter?x=1&y=2",
		}},
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "iedereen", Rule: segments.Everyone()}}},
		Schedule: mailings.Schedule{Kind: mailings.Once, At: slot},
	}
}

// Draft makes a solo mailing of the brief, written by the maker.
func (w *World) Draft(t testing.TB, b mailings.Brief) (mailings.Mailing, mailings.Revision) {
	t.Helper()
	kind := mailings.Solo
	if len(b.Placements) == 0 {
		kind = mailings.House
	}
	m, err := w.Mailings.Create(As(w.Maker), w.Label.ID, "Winterzon solo", kind)
	must(t, err)
	return m, w.Edit(t, m, 0, b)
}

// Edit saves the brief as the mailing's newest revision.
func (w *World) Edit(t testing.TB, m mailings.Mailing, on mailings.RevisionID, b mailings.Brief) mailings.Revision {
	t.Helper()
	content, err := w.Composer.Compose(As(w.Maker), &m, b)
	must(t, err)
	r, findings, err := w.Mailings.Edit(As(w.Maker), m.ID, on, content, w.Maker.ID)
	must(t, err)
	if lint.Blocked(findings) {
		t.Fatalf("lint blocks: %v", findings)
	}
	return r
}

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
	after, err := w.Approval.DecideByLink(context.Background(), w.ClientToken(t), round.Digest, true, "")
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
	round, err := w.Approval.Approve(As(w.Colleague), w.Step(t, round, approval.Colleague), round.Digest, w.Colleague.ID)
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
