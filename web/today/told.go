package today

import (
	"slices"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
	"keur/networks/news"
	"keur/web/desk"
)

// toldBy is news of a programme of which the user has a campaign that runs or is to
// come, or which a mailing of theirs that is to come places.
type toldBy struct {
	news.News
	What      string
	Campaigns []campaigns.Campaign
}

// mostTold bounds the news that wait on the page; the list has all.
const mostTold = 10

// told finds it: what the network still says, and the user hasn't read.
func told(s *Screen, x *desk.Exchange) (all []toldBy, err error) {
	found, err := s.News.Concerns(x.Context(), x.User.ID, x.Seen())
	if err != nil {
		return nil, err
	}
	planned := map[campaigns.ID]bool{}
	for _, c := range found {
		is, known := planned[c.CampaignID]
		if !known && !c.Owned {
			mine, err := s.Mailings.List(x.Context(), mailings.Filter{
				Labels: x.Seen(), Maker: x.User.ID, Campaign: c.CampaignID, States: toCome(),
			}, paging.Ask{Limit: 1})
			if err != nil {
				return nil, err
			}
			is = len(mine.Items) > 0
			planned[c.CampaignID] = is
		}
		if !c.Owned && !is {
			continue
		}
		of := campaigns.Campaign{ID: c.CampaignID, Name: c.CampaignName}
		if at := slices.IndexFunc(all, func(t toldBy) bool { return t.News.ID == c.News.ID }); at >= 0 {
			all[at].Campaigns = append(all[at].Campaigns, of)
		} else if len(all) < mostTold {
			all = append(all, toldBy{c.News, c.Said(x.Say), []campaigns.Campaign{of}})
		}
	}
	return all, nil
}

// toCome are the states of mailings that are to come.
func toCome() []mailings.State {
	return []mailings.State{mailings.Draft, mailings.ChangesRequested, mailings.InReview, mailings.Approved, mailings.Scheduled}
}
