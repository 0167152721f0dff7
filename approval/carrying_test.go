package approval_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/carried"
	"keur/approval/linkcodes"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
)

// shared is a newsletter of two advertisers, each with a contact.
type shared struct {
	*approvaltest.World
	db      pgtest.DB
	brief   mailings.Brief
	mailing mailings.Mailing
	second  campaigns.Contact
}

// newShared has it approved by all.
func newShared(t *testing.T) (*shared, approval.Round) {
	t.Helper()
	w, db := newWorld(t)
	s := &shared{World: w, db: db}
	as := approvaltest.As(w.Maker)
	other, err := w.Advertisers.Create(as, campaigns.Advertiser{Name: "Fietshuis", Category: "travel"})
	must(t, err)
	s.second = w.AddContact(t, w.Third, w.Colleague, campaigns.Contact{
		AdvertiserID: other.ID, Name: "Fred Fiets", Email: "fred@fietshuis.example", Locale: "nl", MayApprove: true,
	})
	campaign, err := w.Campaigns.Create(as, campaigns.Campaign{
		LabelID: w.Label.ID, AdvertiserID: other.ID, Name: "Fietsweek", StartsOn: w.Campaign.StartsOn, EndsOn: w.Campaign.EndsOn,
		Currency: "EUR", Deals: w.Campaign.Deals,
	})
	must(t, err)
	s.brief = w.Brief(t, slot)
	s.brief.Placements = append(s.brief.Placements, mailings.BriefPlacement{
		Key: "fiets", CampaignID: int64(campaign.ID), Heading: "Fietsen van Fietshuis", Text: "Nu vanaf € 299.\nAlleen deze week.",
		Button: "Kijk", URL: "https://fietshuis.example/week?a=1&b=2",
	})
	s.mailing, err = w.Mailings.Create(as, w.Label.ID, "Nieuwsbrief", mailings.Newsletter)
	must(t, err)
	return s, s.approveAll(t, s.put(t))
}

// put saves the brief and puts it up.
func (s *shared) put(t *testing.T) approval.Round {
	t.Helper()
	m, err := s.Mailings.Get(t.Context(), s.mailing.ID)
	must(t, err)
	var on mailings.RevisionID
	if m.RevisionID != nil {
		on = *m.RevisionID
	}
	return s.Submit(t, m, s.Edit(t, m, on, s.brief))
}

var linkIn = regexp.MustCompile(`/a/([A-Za-z0-9_-]+)`)

// links returns what was mailed to each contact since it was asked last.
func (s *shared) links(t *testing.T) map[string]linkcodes.Credential {
	t.Helper()
	due, err := s.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	must(t, err)
	found := map[string]linkcodes.Credential{}
	for _, n := range due {
		if link := linkIn.FindStringSubmatch(n.Body); link != nil {
			found[n.Recipient] = approvaltest.Link(link[1])
		}
	}
	return found
}

// approveAll has everybody approve who is asked.
func (s *shared) approveAll(t *testing.T, round approval.Round) approval.Round {
	t.Helper()
	for _, by := range s.links(t) {
		inv, err := s.Approval.Links.Open(t.Context(), by)
		must(t, err)
		if !inv.Decidable() {
			continue
		}
		s.LookByLink(t, by)
		round, err = s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest})
		must(t, err)
	}
	return s.approveAs(t, s.Colleague, round)
}

func (s *shared) approveAs(t *testing.T, u accounts.User, round approval.Round) approval.Round {
	t.Helper()
	s.LookAt(approvaltest.As(u), t, round)
	round, err := s.Approval.Approve(approvaltest.As(u), s.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}, u.ID)
	must(t, err)
	return round
}

// of returns the client's step of an advertiser.
func of(t *testing.T, round approval.Round, id campaigns.AdvertiserID) approval.Review {
	t.Helper()
	for _, v := range round.Reviews {
		if v.AdvertiserID != nil && *v.AdvertiserID == id {
			return v
		}
	}
	t.Fatalf("advertiser %d isn't asked", id)
	return approval.Review{}
}

// TestOnlyWhosePartChangedIsAsked: the other client's verdict carries to the new
// round, and to the one after it from the verdict that was really given.
func TestOnlyWhosePartChangedIsAsked(t *testing.T) {
	t.Parallel()
	s, first := newShared(t)
	given := of(t, first, s.Advertiser.ID)
	for _, text := range []string{"Nu vanaf € 249.\nAlleen deze week.", "Nu vanaf € 199.\nAlleen vandaag."} {
		s.brief.Placements[1].Text = text
		round := s.put(t)
		mine, other := of(t, round, s.Advertiser.ID), of(t, round, s.second.AdvertiserID)
		if mine.Verdict != approval.Carried || mine.Carried == nil || mine.Carried.ReviewID != int64(given.ID) || !mine.Carried.Stands ||
			mine.Carried.Number != 1 {
			t.Fatalf("whose part is the same: %s %+v %v", mine.Verdict, mine.Carried, mine.AskedAgain)
		}
		if other.Verdict != approval.Pending || other.AskedAgain == nil || *other.AskedAgain != carried.Own {
			t.Fatalf("whose part changed: %s, %v", other.Verdict, other.AskedAgain)
		}
		if round = s.approveAll(t, round); round.State != approval.RoundApproved {
			t.Fatalf("the round is %s", round.State)
		}
		if _, err := s.Approval.Standing(t.Context(), round.RevisionID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhoIsntAskedMayObject: until the mail is sent the client reads what changed
// and may object, which ends the round, or the approval; then they are asked again.
func TestWhoIsntAskedMayObject(t *testing.T) {
	t.Parallel()
	for _, approved := range []bool{false, true} {
		s, _ := newShared(t)
		s.brief.Placements[1].Heading = "Alle fietsen van Fietshuis"
		round := s.put(t)
		links := s.links(t)
		by := links[s.Contact.Email]
		inv, err := s.Approval.Links.Open(t.Context(), by)
		must(t, err)
		if inv.Decidable() || !inv.Objects || !inv.Review.DueAt.Equal(round.Slots[0].At) {
			t.Fatalf("may be decided %t, objected to %t, until %v", inv.Decidable(), inv.Objects, inv.Review.DueAt)
		}
		s.LookByLink(t, links[s.second.Email])
		round, err = s.Approval.DecideByLink(t.Context(), links[s.second.Email], true, approval.Given{Digest: round.Digest})
		must(t, err)
		want := approval.RoundChanges
		if approved {
			round, want = s.approveAs(t, s.Colleague, round), approval.RoundWithdrawn
		}
		if _, err := s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Conflict) {
			t.Errorf("approves once more: %v", err)
		}
		round, err = s.Approval.DecideByLink(t.Context(), by, false, approval.Given{Digest: round.Digest, Reason: "not beside that"})
		must(t, err)
		if round.State != want || of(t, round, s.Advertiser.ID).Verdict != approval.ChangesRequested {
			t.Errorf("the round is %s", round.State)
		}
		if _, err := s.Approval.Standing(t.Context(), round.RevisionID); !fault.Is(err, fault.Conflict) {
			t.Errorf("an approval stands all the same: %v", err)
		}
		s.brief.Placements[1].Heading = "Fietsen van Fietshuis"
		if v := of(t, s.put(t), s.Advertiser.ID); v.Verdict != approval.Pending || v.AskedAgain == nil || *v.AskedAgain != carried.Taken {
			t.Errorf("after the objection: %s, %v", v.Verdict, v.AskedAgain)
		}
	}
}

// TestWhatElseChangesAsksEveryone: a verdict carries only where nothing but others'
// values changed, and nothing took it back.
func TestWhatElseChangesAsksEveryone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testing.T, *shared)
		want   carried.Reason
	}{
		"their own text": {func(_ *testing.T, s *shared) { s.brief.Placements[0].Text = "Nu met meer korting." }, carried.Own},
		"the subject":    {func(_ *testing.T, s *shared) { s.brief.Subjects[0].Text = "De zomer uit" }, carried.Own},
		"the preheader":  {func(_ *testing.T, s *shared) { s.brief.Preheader = "Fiets mee" }, carried.Own},
		"the template": {func(_ *testing.T, s *shared) {
			s.brief.Template.Source = strings.Replace(s.brief.Template.Source, "</body>", "<p>PS</p></body>", 1)
		}, carried.Own},
		"the order": {func(_ *testing.T, s *shared) { slices.Reverse(s.brief.Placements) }, carried.Own},
		"whose placement it is": {func(_ *testing.T, s *shared) {
			p := s.brief.Placements
			p[0].CampaignID, p[1].CampaignID = p[1].CampaignID, p[0].CampaignID
		}, carried.Own},
		"another one of the other": {func(_ *testing.T, s *shared) {
			more := s.brief.Placements[1]
			more.Key = "meer"
			s.brief.Placements = append(s.brief.Placements, more)
		}, carried.Own},
		"the slot": {func(_ *testing.T, s *shared) {
			s.brief.Schedule.At, _ = schedules.ParseLocalTime("2026-11-26T10:00")
		}, carried.Own},
		"whom it is for": {func(_ *testing.T, s *shared) {
			s.brief.Audience.MailAgain = true
		}, carried.Own},
		"markup in the other part": {func(_ *testing.T, s *shared) {
			s.brief.Placements[1].Text = "Nu <b>.\nAlleen deze week."
		}, carried.Letters},
		"a tag in the other part": {func(_ *testing.T, s *shared) {
			s.brief.Placements[1].Text = "Voor {{member.first_name}}.\nAlleen deze week."
		}, carried.Letters},
		"a line more in the other part": {func(_ *testing.T, s *shared) { s.brief.Placements[1].Text += "\n\nEn meer." }, carried.Shape},
		"no button in the other part":   {func(_ *testing.T, s *shared) { s.brief.Placements[1].Button = "" }, carried.Shape},
		"the policy": {func(t *testing.T, s *shared) {
			p := policies.Default(s.Label.ID)
			p.AsksAll = true
			_, err := s.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
			must(t, err)
		}, carried.Policy},
		"who approves": {func(t *testing.T, s *shared) {
			_, err := s.Advertisers.UpdateContact(approvaltest.As(s.Third), s.Contact.ID, func(c *campaigns.Contact) error {
				c.MayApprove = false
				return nil
			})
			must(t, err)
			s.AddContact(t, s.Third, s.Colleague, campaigns.Contact{
				AdvertiserID: s.Advertiser.ID, Name: "Bea", Email: "bea@zonvakantie.example", Locale: "nl", MayApprove: true,
			})
		}, carried.Contact},
		"who approves for both": {func(t *testing.T, s *shared) {
			s.AddContact(t, s.Third, s.Colleague, campaigns.Contact{
				AdvertiserID: s.second.AdvertiserID, Name: "Anna", Email: s.Contact.Email, Locale: "nl", MayApprove: true,
			})
		}, carried.Contact},
		"somebody took it back": {func(t *testing.T, s *shared) {
			_, err := s.Approval.Withdraw(approvaltest.As(s.Maker), s.mailing.ID, "the client called")
			must(t, err)
		}, carried.Taken},
		"who gets it": {func(t *testing.T, s *shared) {
			pgtest.Unguarded(t, s.db.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`UPDATE memberships SET mail_consent = false WHERE member_id = 2`)
			})
		}, carried.Audience},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := newShared(t)
			s.brief.Placements[1].Button = "Kijk nu"
			c.change(t, s)
			v := of(t, s.put(t), s.Advertiser.ID)
			if v.Verdict != approval.Pending || v.Carried != nil || v.AskedAgain == nil || *v.AskedAgain != c.want {
				t.Errorf("%s, %v", v.Verdict, v.AskedAgain)
			}
		})
	}
}

// TestWhatCarriesEndsWithWhatItRestsOn: who gave it may no longer, or the policy asks
// all by now: the round isn't approved by it, and an approval stands no longer.
func TestWhatCarriesEndsWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *shared){
		"the policy": func(t *testing.T, s *shared) {
			p := policies.Default(s.Label.ID)
			p.AsksAll = true
			_, err := s.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
			must(t, err)
		},
		"the contact": func(t *testing.T, s *shared) {
			_, err := s.Advertisers.UpdateContact(approvaltest.As(s.Third), s.Contact.ID, func(c *campaigns.Contact) error {
				c.MayApprove = false
				return nil
			})
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, approved := range []bool{false, true} {
				s, _ := newShared(t)
				s.brief.Placements[1].Button = "Kijk nu"
				round := s.put(t)
				by := s.links(t)[s.second.Email]
				s.LookByLink(t, by)
				round, err := s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest})
				must(t, err)
				if approved {
					round = s.approveAs(t, s.Colleague, round)
				}
				end(t, s)
				if _, err := s.Approval.Standing(t.Context(), round.RevisionID); !fault.Is(err, fault.Conflict) {
					t.Errorf("approved %t: it stands, %v", approved, err)
				}
				if approved {
					continue
				}
				s.LookAt(approvaltest.As(s.Colleague), t, round)
				_, err = s.Approval.Approve(approvaltest.As(s.Colleague), s.Step(t, round, approval.Colleague),
					approval.Given{Digest: round.Digest}, s.Colleague.ID)
				if !fault.Is(err, fault.Conflict) {
					t.Errorf("approved by what ended: %v", err)
				}
			}
		})
	}
}
