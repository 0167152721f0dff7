package approvaltest

import (
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/linkcodes"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/mailings"
)

// Newsletter is a mailing of two advertisers, each with a contact who approves.
type Newsletter struct {
	*World
	Base    pgtest.DB      // none in a world that was made already
	Brief   mailings.Brief // its first placement is the world's advertiser's, its second the other's
	Mailing mailings.Mailing
	Second  campaigns.Contact // of the other advertiser
}

// NewNewsletter has one approved by all, in a base of its own, and returns its round.
func NewNewsletter(t testing.TB) (*Newsletter, approval.Round) {
	t.Helper()
	w, db := Fresh(t, 3)
	s, round := w.Newsletter(t, "2026-11-24T10:00")
	s.Base = db
	return s, round
}

// Newsletter is NewNewsletter for a slot, in a world that is made already.
func (w *World) Newsletter(t testing.TB, at string) (*Newsletter, approval.Round) {
	t.Helper()
	s := &Newsletter{World: w}
	as := As(w.Maker)
	other, err := w.Advertisers.Create(as, campaigns.Advertiser{Name: "Fietshuis", Category: "travel"})
	must(t, err)
	s.Second = w.AddContact(t, w.Third, w.Colleague, campaigns.Contact{
		AdvertiserID: other.ID, Name: "Fred Fiets", Email: "fred@fietshuis.example", Locale: "nl", MayApprove: true,
	})
	campaign, err := w.Campaigns.Create(as, campaigns.Campaign{
		LabelID: w.Label.ID, AdvertiserID: other.ID, Name: "Fietsweek", StartsOn: w.Campaign.StartsOn, EndsOn: w.Campaign.EndsOn,
		Currency: "EUR", Deals: w.Campaign.Deals,
	})
	must(t, err)
	s.Brief = w.Brief(t, at)
	s.Brief.Placements = append(s.Brief.Placements, mailings.BriefPlacement{
		Key: "fiets", CampaignID: int64(campaign.ID), Heading: "Fietsen van Fietshuis", Text: "Nu vanaf € 299.\nAlleen deze week.",
		Button: "Kijk", URL: "https://fietshuis.example/week?a=1&b=2",
	})
	s.Mailing, err = w.Mailings.Create(as, w.Label.ID, "Nieuwsbrief", mailings.Newsletter)
	must(t, err)
	return s, s.ApproveAll(t, s.Put(t))
}

// Put saves the brief and puts it up.
func (s *Newsletter) Put(t testing.TB) approval.Round {
	t.Helper()
	m, r := s.Save(t)
	return s.Submit(t, m, r)
}

// Save saves the brief, and returns the mailing as it was and its new revision.
func (s *Newsletter) Save(t testing.TB) (mailings.Mailing, mailings.Revision) {
	t.Helper()
	m, err := s.Mailings.Get(t.Context(), s.Mailing.ID)
	must(t, err)
	var on mailings.RevisionID
	if m.RevisionID != nil {
		on = *m.RevisionID
	}
	return m, s.Edit(t, m, on, s.Brief)
}

// LinksMailed returns the links that were mailed since it was asked last, by address.
func (s *Newsletter) LinksMailed(t testing.TB) map[string]linkcodes.Credential {
	t.Helper()
	due, err := s.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	must(t, err)
	found := map[string]linkcodes.Credential{}
	for _, n := range due {
		if link := linkShape.FindStringSubmatch(n.Body); link != nil {
			found[n.Recipient] = Link(link[1])
		}
	}
	return found
}

// ApproveAll has everybody approve who is asked.
func (s *Newsletter) ApproveAll(t testing.TB, round approval.Round) approval.Round {
	t.Helper()
	for _, by := range s.LinksMailed(t) {
		inv, err := s.Approval.Links.Open(t.Context(), by)
		must(t, err)
		if !inv.Decidable() {
			continue
		}
		s.LookByLink(t, by)
		round, err = s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest})
		must(t, err)
	}
	return s.ApproveAs(t, s.Colleague, round)
}

// ApproveAs has a user approve as the colleague.
func (s *Newsletter) ApproveAs(t testing.TB, u accounts.User, round approval.Round) approval.Round {
	t.Helper()
	s.LookAt(As(u), t, round)
	round, err := s.Approval.Approve(As(u), s.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}, u.ID)
	must(t, err)
	return round
}

// Of returns the client's step of an advertiser.
func Of(t testing.TB, round approval.Round, id campaigns.AdvertiserID) approval.Review {
	t.Helper()
	for _, v := range round.Reviews {
		if v.AdvertiserID != nil && *v.AdvertiserID == id {
			return v
		}
	}
	t.Fatalf("advertiser %d isn't asked", id)
	return approval.Review{}
}
