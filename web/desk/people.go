package desk

import (
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/members"
)

// ActorName is the name of who acted, as the base knows them: user:4, or
// another word for what acts by itself.
func ActorName(x *Exchange, actor string) (string, error) {
	number, is := strings.CutPrefix(actor, "user:")
	if !is {
		return actor, nil
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return actor, nil //nolint:nilerr // no user of ours: shown as it stands
	}
	u, err := x.desk.Accounts.Get(x.Context(), accounts.UserID(id))
	if fault.Is(err, fault.NotFound) {
		return actor, nil
	}
	return u.Name, err
}

// FindMember finds a member by what was typed: their number, or their address.
func FindMember(x *Exchange, store *members.Store, typed string) (members.Member, error) {
	if id, err := strconv.ParseInt(typed, 10, 64); err == nil {
		return store.Get(x.Context(), members.ID(id))
	}
	return store.Find(x.Context(), typed)
}

// AdvertisersOf returns the advertisers of campaigns.
func AdvertisersOf(
	x *Exchange, store *campaigns.Advertisers, found []campaigns.Campaign,
) (map[campaigns.AdvertiserID]campaigns.Advertiser, error) {
	ids := make([]campaigns.AdvertiserID, len(found))
	for i, c := range found {
		ids[i] = c.AdvertiserID
	}
	return store.ByID(x.Context(), ids...)
}
