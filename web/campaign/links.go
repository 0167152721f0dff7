package campaign

import (
	"strings"

	"keur/campaigns"
	"keur/web/desk"
)

// addLink keeps a tracking link for the campaign.
func (s *holdings) addLink(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	_, err = s.Links.Add(x.Context(), campaigns.Link{
		CampaignID: c.ID, Name: f.Field("name"), URL: strings.TrimSpace(f.Get("url")), UTM: f.Get("utm") != "",
	})
	return s.campaignEdited(x, "link-new", f, err)
}

// removeLink takes a tracking link from the campaign. Mailings that were written
// with it keep it.
func (s *holdings) removeLink(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	id, err := x.ID("link")
	if err != nil {
		return err
	}
	return s.campaignEdited(x, "link-"+desk.Itoa(id), f, s.Links.Remove(x.Context(), c.ID, campaigns.LinkID(id)))
}
