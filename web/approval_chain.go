package web

import (
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/mailings"
)

// link is a step of an approval with who took it.
type link struct {
	approval.Review
	May  string // who may decide it, when it is a colleague's turn
	Who  string // who decided, or may
	Now  bool   // it is this step's turn
	Zone *time.Location
}

// chain returns the steps of a round, each with its people.
func (v *visit) chain(round *approval.Round, content *mailings.Content) ([]link, error) {
	advertisers := map[int64]string{}
	for _, p := range content.Placements {
		advertisers[p.AdvertiserID] = p.Advertiser
	}
	turn := map[approval.ReviewID]bool{}
	for _, r := range round.Current() {
		turn[r.ID] = true
	}
	var links []link
	for _, r := range round.Reviews {
		l := link{Review: r, Now: turn[r.ID], Zone: v.zone()}
		switch {
		case r.UserID != nil:
			u, err := v.Accounts.Get(v.ctx(), *r.UserID)
			if err != nil {
				return nil, err
			}
			l.Who = u.Name
		case r.ContactID != nil:
			c, err := v.Advertisers.Contact(v.ctx(), *r.ContactID)
			if err != nil {
				return nil, err
			}
			l.Who = c.Name
		case r.AdvertiserID != nil:
			l.Who = advertisers[int64(*r.AdvertiserID)]
		case l.Now:
			approvers, err := v.Approval.Approvers(v.ctx(), v.Label.ID, round)
			if err != nil {
				return nil, err
			}
			l.May = v.sayNames(approvers)
		}
		links = append(links, l)
	}
	return links, nil
}

// fewNames is how many people are named; of more, how many others there are.
const fewNames = 4

// sayNames names people in a sentence.
func (v *visit) sayNames(people []accounts.User) string {
	var names []string
	for i, u := range people {
		if i == fewNames {
			names = append(names, v.Say.T("approvals.others", "n", len(people)-i))
			break
		}
		names = append(names, u.Name)
	}
	return v.Say.List(names)
}
