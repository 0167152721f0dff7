package approval

import (
	"time"

	"keur/approval/policies"
	"keur/campaigns"
	"keur/mailings"
)

// makerHours is more than enough: the maker signs off while submitting.
const makerHours = 1

// StepsOf returns the reviews that a round over content needs: maker, a client
// for each advertiser placed, colleague, and a lead from the policy's audience
// on. Each is due after its hours, and in any case before the slot.
func StepsOf(p *policies.Policy, content *mailings.Content, audience int, now, slot time.Time) []Review {
	due := now
	by := func(hours int) time.Time {
		due = due.Add(time.Duration(hours) * time.Hour)
		if !slot.IsZero() && slot.Before(due) {
			return slot
		}
		return due
	}
	reviews := []Review{{Position: 1, Step: Maker, DueAt: by(makerHours)}}
	clientDue := by(p.ClientHours)
	for _, id := range content.Advertisers() {
		advertiser := campaigns.AdvertiserID(id)
		reviews = append(reviews, Review{Position: 2, Step: Client, AdvertiserID: &advertiser, DueAt: clientDue})
	}
	colleagueDue := by(p.ColleagueHours)
	reviews = append(reviews, Review{Position: 3, Step: Colleague, DueAt: colleagueDue})
	if p.LeadFrom != nil && audience >= *p.LeadFrom {
		reviews = append(reviews, Review{Position: 4, Step: Lead, DueAt: by(p.ColleagueHours)})
	}
	for i := range reviews {
		reviews[i].Verdict = Pending
	}
	return reviews
}
