package reports

import (
	"keur/campaigns"
	"keur/tracking"
)

// scope is the links whose clicks belong to a line, and how members are made
// unique over them: the sum of one measure less the sum of another.
type scope struct {
	has            func(link) bool
	unique, repeat tracking.Measure
}

// scopeOf returns the clicks that a filter lets through.
func scopeOf(f Filter) scope {
	switch {
	case f.Campaign != 0:
		return ofCampaign(f.Campaign)
	case f.Advertiser != 0:
		return ofAdvertiser(f.Advertiser)
	}
	return scope{has: func(link) bool { return true }, unique: tracking.ClickUnique}
}

func ofAdvertiser(id campaigns.AdvertiserID) scope {
	return scope{func(l link) bool { return l.Advertiser == id }, tracking.ClickLinkUnique, tracking.ClickAdvertiserRepeat}
}

func ofCampaign(id campaigns.ID) scope {
	return scope{func(l link) bool { return l.Campaign == id }, tracking.ClickLinkUnique, tracking.ClickCampaignRepeat}
}

func ofPlacement(key string) scope {
	return scope{func(l link) bool { return l.Placement == key }, tracking.ClickLinkUnique, tracking.ClickPlacementRepeat}
}

// ofLinks counts clicks link by link.
func ofLinks() scope {
	return scope{has: func(l link) bool { return l.ID != 0 }, unique: tracking.ClickLinkUnique}
}
