package desk

import (
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/members"
)

// ActorName is the name of who acted, as the base knows them: user:4, or Keur
// for a part of the program that acts by itself.
func ActorName(x *Exchange, actor string) (string, error) {
	if strings.HasPrefix(actor, "system:") {
		return "Keur", nil
	}
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

// Tester is somebody who may get a test: a colleague, or a seed address.
type Tester struct {
	Address, Name string
	Me            bool
}

// Testers are those who may get a test: oneself and the colleagues of the
// label, and its seed addresses.
func Testers(x *Exchange) ([]Tester, error) {
	var found []Tester
	if len(x.User.Roles[x.Label.ID]) > 0 {
		found = append(found, Tester{Address: x.User.Email, Name: x.User.Name, Me: true})
	}
	page, err := x.desk.Accounts.List(
		x.Context(), accounts.Filter{Label: x.Label.ID, Active: true}, paging.Ask{Limit: LongPage, Sort: "name"},
	)
	if err != nil {
		return nil, err
	}
	for _, u := range page.Items {
		if u.ID != x.User.ID {
			found = append(found, Tester{Address: u.Email, Name: u.Name})
		}
	}
	for _, seed := range x.Label.Seeds {
		found = append(found, Tester{Address: seed.Address, Name: seed.Name})
	}
	return found, nil
}
