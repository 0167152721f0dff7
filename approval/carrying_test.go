package approval_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/carried"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
	"keur/mailings/schedules"
)

type newsletter = approvaltest.Newsletter

// TestOnlyWhosePartChangedIsAsked: the other client's verdict carries to the new
// round, and to the one after it from the verdict that was really given.
func TestOnlyWhosePartChangedIsAsked(t *testing.T) {
	t.Parallel()
	s, first := approvaltest.NewNewsletter(t)
	given := approvaltest.Of(t, first, s.Advertiser.ID)
	for _, text := range []string{"Nu vanaf € 249.\nAlleen deze week.", "Nu vanaf € 199.\nAlleen vandaag."} {
		s.Brief.Placements[1].Text = text
		round := s.Put(t)
		mine, other := approvaltest.Of(t, round, s.Advertiser.ID), approvaltest.Of(t, round, s.Second.AdvertiserID)
		if mine.Verdict != approval.Carried || mine.Carried == nil || mine.Carried.ReviewID != int64(given.ID) || !mine.Carried.Stands ||
			mine.Carried.Number != 1 {
			t.Fatalf("whose part is the same: %s %+v %v", mine.Verdict, mine.Carried, mine.AskedAgain)
		}
		if other.Verdict != approval.Pending || other.AskedAgain != carried.Own {
			t.Fatalf("whose part changed: %s, %v", other.Verdict, other.AskedAgain)
		}
		if round = s.ApproveAll(t, round); round.State != approval.RoundApproved {
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
		s, _ := approvaltest.NewNewsletter(t)
		s.Brief.Placements[1].Heading = "Alle fietsen van Fietshuis"
		round := s.Put(t)
		links := s.LinksMailed(t)
		by := links[s.Contact.Email]
		inv, err := s.Approval.Links.Open(t.Context(), by)
		must(t, err)
		if inv.Decidable() || !inv.Objects || !inv.Review.DueAt.Equal(round.Slots[0].At) {
			t.Fatalf("may be decided %t, objected to %t, until %v", inv.Decidable(), inv.Objects, inv.Review.DueAt)
		}
		if _, err := s.Approval.Links.Issue(approvaltest.As(s.Maker), inv.Review.ID, s.Contact.ID, "as you asked"); err != nil {
			t.Errorf("another link: %v", err)
		}
		by = s.LinksMailed(t)[s.Contact.Email]
		s.LookByLink(t, links[s.Second.Email])
		round, err = s.Approval.DecideByLink(t.Context(), links[s.Second.Email], true, approval.Given{Digest: round.Digest})
		must(t, err)
		want := approval.RoundChanges
		if approved {
			round, want = s.ApproveAs(t, s.Colleague, round), approval.RoundWithdrawn
		}
		if _, err := s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Conflict) {
			t.Errorf("approves once more: %v", err)
		}
		round, err = s.Approval.DecideByLink(t.Context(), by, false, approval.Given{Digest: round.Digest, Reason: "not beside that"})
		must(t, err)
		if round.State != want || approvaltest.Of(t, round, s.Advertiser.ID).Verdict != approval.ChangesRequested {
			t.Errorf("the round is %s", round.State)
		}
		if _, err := s.Approval.Standing(t.Context(), round.RevisionID); !fault.Is(err, fault.Conflict) {
			t.Errorf("an approval stands all the same: %v", err)
		}
		s.Brief.Placements[1].Heading = "Fietsen van Fietshuis"
		v := approvaltest.Of(t, s.Put(t), s.Advertiser.ID)
		if v.Verdict != approval.Pending || v.AskedAgain != carried.Taken {
			t.Errorf("after the objection: %s, %v", v.Verdict, v.AskedAgain)
		}
	}
}

// TestWhoTakesALaterRoundBackTakesWhatItRestsOn: who takes the approval of a mailing
// back means what its clients said as well, whichever round they said it of.
func TestWhoTakesALaterRoundBackTakesWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for _, approved := range []bool{false, true} {
		s, _ := approvaltest.NewNewsletter(t)
		s.Brief.Placements[1].Button = "Kijk nu"
		round := s.Put(t)
		if approved {
			round = s.ApproveAll(t, round)
		}
		if v := approvaltest.Of(t, round, s.Advertiser.ID); v.Verdict != approval.Carried {
			t.Fatalf("it is %s", v.Verdict)
		}
		_, err := s.Approval.Withdraw(approvaltest.As(s.Maker), s.Mailing.ID, "the client called")
		must(t, err)
		s.Brief.Placements[1].Button = "Kijk dan"
		if v := approvaltest.Of(t, s.Put(t), s.Advertiser.ID); v.Verdict != approval.Pending || v.AskedAgain != carried.Taken {
			t.Errorf("approved %t: taken back, it is %s, %v", approved, v.Verdict, v.AskedAgain)
		}
	}
}

// TestWhatElseChangesAsksEveryone: a verdict carries only where nothing but others'
// values changed, and nothing took it back.
func TestWhatElseChangesAsksEveryone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testing.T, *newsletter)
		want   carried.Reason
	}{
		"their own text": {func(_ *testing.T, s *newsletter) { s.Brief.Placements[0].Text = "Nu met meer korting." }, carried.Own},
		"the subject":    {func(_ *testing.T, s *newsletter) { s.Brief.Subjects[0].Text = "De zomer uit" }, carried.Own},
		"the preheader":  {func(_ *testing.T, s *newsletter) { s.Brief.Preheader = "Fiets mee" }, carried.Own},
		"the template": {func(_ *testing.T, s *newsletter) {
			s.Brief.Template.Source = strings.Replace(s.Brief.Template.Source, "</body>", "<p>PS</p></body>", 1)
		}, carried.Own},
		"the order": {func(_ *testing.T, s *newsletter) { slices.Reverse(s.Brief.Placements) }, carried.Own},
		"whose placement it is": {func(_ *testing.T, s *newsletter) {
			p := s.Brief.Placements
			p[0].CampaignID, p[1].CampaignID = p[1].CampaignID, p[0].CampaignID
		}, carried.Own},
		"another one of the other": {func(_ *testing.T, s *newsletter) {
			more := s.Brief.Placements[1]
			more.Key = "meer"
			s.Brief.Placements = append(s.Brief.Placements, more)
		}, carried.Own},
		"the slot": {func(_ *testing.T, s *newsletter) {
			s.Brief.Schedule.At, _ = schedules.ParseLocalTime("2026-11-26T10:00")
		}, carried.Own},
		"what goes along": {func(t *testing.T, s *newsletter) {
			allow(t, s.World, true)
			a, err := s.Mailings.Attachments.Put(approvaltest.As(s.Maker), s.Label.ID, pdftest.Plain("terms"))
			must(t, err)
			s.Brief.Attachments = append(s.Brief.Attachments, mailings.BriefAttachment{Hash: a.Hash.String(), Name: "terms.pdf"})
		}, carried.Own},
		"whom it is for": {func(_ *testing.T, s *newsletter) {
			s.Brief.Audience.MailAgain = true
		}, carried.Own},
		"markup in the other part": {func(_ *testing.T, s *newsletter) {
			s.Brief.Placements[1].Text = "Nu <b>.\nAlleen deze week."
		}, carried.Letters},
		"a tag in the other part": {func(_ *testing.T, s *newsletter) {
			s.Brief.Placements[1].Text = "Voor {{member.first_name}}.\nAlleen deze week."
		}, carried.Letters},
		"a line more in the other": {func(_ *testing.T, s *newsletter) { s.Brief.Placements[1].Text += "\n\nEn meer." }, carried.Shape},
		"no button in the other":   {func(_ *testing.T, s *newsletter) { s.Brief.Placements[1].Button = "" }, carried.Shape},
		"what a newer Keur makes of what they saw": {func(t *testing.T, s *newsletter) {
			pgtest.Unguarded(t, s.Base.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE faces SET digest = sha256('as an older Keur made it')`) })
		}, carried.Template},
		"the policy": {func(t *testing.T, s *newsletter) {
			p := policies.Default(s.Label.ID)
			p.AsksAll = true
			_, err := s.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
			must(t, err)
		}, carried.Policy},
		"who approves": {func(t *testing.T, s *newsletter) {
			_, err := s.Advertisers.UpdateContact(approvaltest.As(s.Third), s.Contact.ID, func(c *campaigns.Contact) error {
				c.MayApprove = false
				return nil
			})
			must(t, err)
			s.AddContact(t, s.Third, s.Colleague, campaigns.Contact{
				AdvertiserID: s.Advertiser.ID, Name: "Bea", Email: "bea@zonvakantie.example", Locale: "nl", MayApprove: true,
			})
		}, carried.Contact},
		"who approves for both": {func(t *testing.T, s *newsletter) {
			s.AddContact(t, s.Third, s.Colleague, campaigns.Contact{
				AdvertiserID: s.Second.AdvertiserID, Name: "Anna", Email: s.Contact.Email, Locale: "nl", MayApprove: true,
			})
		}, carried.Contact},
		"somebody took it back": {func(t *testing.T, s *newsletter) {
			_, err := s.Approval.Withdraw(approvaltest.As(s.Maker), s.Mailing.ID, "the client called")
			must(t, err)
		}, carried.Taken},
		"who gets it": {func(t *testing.T, s *newsletter) {
			pgtest.Unguarded(t, s.Base.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`UPDATE memberships SET mail_consent = false WHERE member_id = 2`)
			})
		}, carried.Audience},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := approvaltest.NewNewsletter(t)
			s.Brief.Placements[1].Button = "Kijk nu"
			c.change(t, s)
			m, r := s.Save(t)
			foreseen, _ := foresee(t, s)
			v := approvaltest.Of(t, s.Submit(t, m, r), s.Advertiser.ID)
			if foreseen.AskedAgain != v.AskedAgain {
				t.Errorf("foreseen was %v", foreseen.AskedAgain)
			}
			if v.Verdict != approval.Pending || v.Carried != nil || v.AskedAgain != c.want {
				t.Errorf("%s, %v", v.Verdict, v.AskedAgain)
			}
		})
	}
}

// TestWhatCarriesEndsWithWhatItRestsOn: who gave it may no longer, or the policy asks
// all by now: the round isn't approved by it, and an approval stands no longer.
func TestWhatCarriesEndsWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *newsletter){
		"the policy": func(t *testing.T, s *newsletter) {
			p := policies.Default(s.Label.ID)
			p.AsksAll = true
			_, err := s.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
			must(t, err)
		},
		"the contact": func(t *testing.T, s *newsletter) {
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
				s, _ := approvaltest.NewNewsletter(t)
				s.Brief.Placements[1].Button = "Kijk nu"
				round := s.Put(t)
				by := s.LinksMailed(t)[s.Second.Email]
				s.LookByLink(t, by)
				round, err := s.Approval.DecideByLink(t.Context(), by, true, approval.Given{Digest: round.Digest})
				must(t, err)
				if approved {
					round = s.ApproveAs(t, s.Colleague, round)
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
