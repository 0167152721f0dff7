// Package news keeps what changed at networks from one reading to the next and what
// they write themselves, who read it, and says what of it concerns whose campaigns
// and mailings.
package news

import (
	"time"

	"keur/campaigns"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
)

// ID names a piece of news.
type ID int64

// News is a change at a network, or a notice of the network's own.
type News struct {
	ID             ID                     `db:"id" json:"id"`
	Connection     networks.ConnectionID  `db:"connection_id" json:"connection_id"`
	Label          labels.ID              `db:"label_id" json:"label_id"`
	Network        string                 `db:"network" json:"network" enum:"awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Account        string                 `db:"account" json:"connection_name"`
	Programme      string                 `db:"programme_ref" json:"programme_ref,omitempty"`
	ProgrammeName  string                 `db:"programme" json:"programme_name,omitempty"`
	Advertiser     campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	AdvertiserName string                 `db:"advertiser" json:"advertiser_name,omitempty"`
	// OurProgramme is the advertiser's programme of that number.
	OurProgramme campaigns.ProgrammeID `db:"our_programme_id" json:"programme_id,omitempty"`
	Listing      int64                 `db:"listing_id" json:"listing_id,omitempty"`
	Kind         networks.ChangeKind   `db:"kind" json:"kind" enum:"listed,relation,stopped,resumed,ends,policy,terms,code,offer,code_gone,offer_gone,notice"`
	Facts        networks.Facts        `db:"facts" json:"facts"`
	Ref          string                `db:"ref" json:"notice_ref,omitempty"` // of a notice: the network's number
	Title        string                `db:"title" json:"notice_title,omitempty"`
	Text         string                `db:"body" json:"notice_text,omitempty"`
	At           time.Time             `db:"at" json:"at"` // it was read first, or published
	Expires      *time.Time            `db:"expires_at" json:"expires_at,omitempty"`
	Read         bool                  `db:"is_read" json:"read"` // by who asks
	Holds        bool                  `db:"holds" json:"holds"`
}

// Said says what changed in a language, without the programme's name; of a notice
// its title, as the network wrote it.
func (n *News) Said(say words.Speaker) string {
	if n.Ref != "" {
		return n.Title
	}
	return networks.Change{Kind: n.Kind, Facts: n.Facts}.Said(say)
}

// Concern is a piece of news about a programme of which a campaign runs or is to come.
type Concern struct {
	News
	CampaignID   campaigns.ID `db:"campaign_id"`
	CampaignName string       `db:"campaign"`
	Owned        bool         `db:"owned"` // who asks changed the campaign last
}
