package tracking

// repeats returns what a member who clicked the links before repeats by
// clicking this one: a placement, its campaign, its advertiser.
func (s *send) repeats(id int64, before []int64) []Measure {
	this := s.link(id)
	if this.Placement == "" {
		return nil
	}
	var placement, campaign, advertiser bool
	for _, other := range before {
		l := s.link(other)
		placement = placement || l.Placement == this.Placement
		campaign = campaign || l.Campaign == this.Campaign
		advertiser = advertiser || l.Advertiser == this.Advertiser
	}
	var repeated []Measure
	if placement {
		repeated = append(repeated, ClickPlacementRepeat)
	}
	if campaign {
		repeated = append(repeated, ClickCampaignRepeat)
	}
	if advertiser {
		repeated = append(repeated, ClickAdvertiserRepeat)
	}
	return repeated
}

// link returns the send's link of that id; the zero link if it has none.
func (s *send) link(id int64) link {
	for _, l := range s.links {
		if l.ID == id {
			return l
		}
	}
	return link{}
}
