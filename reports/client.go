package reports

import (
	"context"

	"keur/accounts"
	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
)

// ForClient returns what came of a mailing for an advertiser in it: of all its mail,
// and of the clicks those on the advertiser's own placements. As who bills, a client
// is told nothing of a send to few members. Nothing sent is an outcome of nothing.
func (s *OutcomeStore) ForClient(
	ctx context.Context, label labels.ID, mailing mailings.ID, advertiser campaigns.AdvertiserID,
) (Outcome, error) {
	client := accounts.User{Roles: map[labels.ID][]accounts.Role{label: {accounts.Finance}}}
	found, err := s.By(ctx, ByAdvertiser, Filter{Labels: []labels.ID{label}, Mailing: mailing, Advertiser: advertiser, For: &client})
	if err != nil || len(found) == 0 {
		return Outcome{}, err
	}
	return found[0], nil
}
