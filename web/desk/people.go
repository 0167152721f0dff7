package desk

import (
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/members"
)

// ActorName is the name of who acted, as the base knows them: of user:4 the name
// of that user, and of anybody else what SayActor says.
func ActorName(x *Exchange, actor string) (string, error) {
	number, is := strings.CutPrefix(actor, "user:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil {
		return SayActor(x.Say, actor), nil
	}
	u, err := x.desk.Accounts.Get(x.Context(), accounts.UserID(id))
	if fault.Is(err, fault.NotFound) {
		return SayActor(x.Say, actor), nil
	}
	return u.Name, err
}

// SayActor says who acted where no name is known: Keur for a part of the program
// that acts by itself, the command line of console:anna.
func SayActor(say words.Speaker, actor string) string {
	kind, name, _ := strings.Cut(actor, ":")
	if kind == "console" && name != "" {
		kind = "console_of"
	}
	if !say.Has("actor." + kind) {
		return actor
	}
	return say.Of("actor", kind, "name", name)
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
