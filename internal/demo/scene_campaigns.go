package demo

import (
	"context"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"time"
)

// campaign is an advertiser's promotion and what its placement shows.
type campaign struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`

	label          string
	advertiser     string
	category       string
	network        string
	contact, email string // who approves for the client
	locale         string
	deal           map[string]any
	heading, text  string
	button         string
	alt            string
	scene          Scenery
	sky, land      color.RGBA
	vouchers       bool
	advertiserID   int64
	poolID         int64
	picture        string // hash of the creative
}

// theCampaigns are what is promoted: one in a solo, three in a newsletter.
func theCampaigns() []*campaign {
	return []*campaign{
		{
			label: "nl", advertiser: "Noordzee Fietsen", category: "sport", network: "daisycon", contact: "Marijke Kooistra", email: "marijke@noordzeefietsen.example", locale: "nl",
			Name: "Herfstritten", deal: map[string]any{"kind": "CPS", "basis_points": 800, "note": "over de netto-orderwaarde"},
			heading: "De mooiste ritten zijn in de herfst", text: "Gravelfietsen, tassen en lampen van Noordzee Fietsen: nu met een persoonlijke kortingscode van 15%. Geldig tot en met 15 december.",
			button: "Kies je fiets", alt: "Een duinpad in de herfst, met de zee op de achtergrond", scene: Dunes,
			sky: color.RGBA{0xf6, 0xd7, 0xa7, 0xff}, land: color.RGBA{0x9c, 0x6b, 0x30, 0xff}, vouchers: true,
		},
		{
			label: "de", advertiser: "Bergluft Reisen", category: "travel", network: "awin", contact: "Thilo Brandner", email: "thilo@bergluft.example", locale: "de",
			Name: "Winterruhe", deal: map[string]any{"kind": "CPS", "basis_points": 450, "note": "auf den Reisepreis ohne Steuern"},
			heading: "Drei Nächte Winterruhe in den Bergen", text: "Halbpension, Sauna und ein Schlitten vor der Tür: von Sonntag bis Mittwoch ab 189 Euro pro Person.",
			button: "Reise ansehen", alt: "Verschneite Gipfel im Morgenlicht", scene: Peaks,
			sky: color.RGBA{0xc8, 0xdd, 0xee, 0xff}, land: color.RGBA{0x3c, 0x5a, 0x78, 0xff},
		},
		{
			label: "de", advertiser: "Lumen Leuchten", category: "home", network: "tradedoubler", contact: "Aylin Demirel", email: "aylin@lumen-leuchten.example", locale: "de",
			Name: "Lichterabend", deal: map[string]any{"kind": "CPC", "minor_units": 22},
			heading: "Warmes Licht für lange Abende", text: "Tischleuchten aus mundgeblasenem Glas, jetzt mit 20 Prozent Nachlass auf die ganze Reihe Abendrot.",
			button: "Zum Lichterabend", alt: "Eine Reihe warm leuchtender Lampen im Dunkeln", scene: Lamps,
			sky: color.RGBA{0x2b, 0x24, 0x36, 0xff}, land: color.RGBA{0xf4, 0xb9, 0x5a, 0xff},
		},
		{
			label: "de", advertiser: "Noordzee Fietsen", category: "sport", network: "daisycon", contact: "Marijke Kooistra", email: "marijke@noordzeefietsen.example", locale: "nl",
			Name: "Stadtrad", deal: map[string]any{"kind": "CPL", "minor_units": 650, "note": "je gebuchter Probefahrt"},
			heading: "Eine Probefahrt, die zu Ihnen kommt", text: "Noordzee Fietsen bringt das neue Stadtrad vor Ihre Haustür. Sie fahren eine Woche und entscheiden dann.",
			button: "Probefahrt buchen", alt: "Ein flaches Land unter einem weiten Himmel", scene: Dunes,
			sky: color.RGBA{0xbf, 0xe3, 0xe0, 0xff}, land: color.RGBA{0x2f, 0x7d, 0x5b, 0xff},
		},
	}
}

// planCampaigns makes advertisers with programmes and contacts, and campaigns
// with deals, banners and voucher codes.
func (s *stage) planCampaigns(ctx context.Context) (string, error) {
	s.campaigns = theCampaigns()
	vouchers := 0
	for _, c := range s.campaigns {
		by := s.makerFor(c.label)
		programme, err := s.meetAdvertiser(ctx, by, c)
		if err != nil {
			return "", err
		}
		if err := s.openCampaign(ctx, by, c, programme); err != nil {
			return "", err
		}
		if err := s.hangBanner(ctx, by, c); err != nil {
			return "", err
		}
		if c.vouchers {
			if vouchers, err = s.stockVouchers(ctx, by, c); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("4 campaigns of 3 advertisers, 4 banners drawn, %s voucher codes", grouped(int64(vouchers))), nil
}

// makerFor is who makes a label's mailings.
func (s *stage) makerFor(code string) person {
	if code == "nl" {
		return s.planner
	}
	return s.editor
}

// meetAdvertiser finds or makes the advertiser, its contact and its programme,
// whose id it returns.
func (s *stage) meetAdvertiser(ctx context.Context, by person, c *campaign) (int64, error) {
	type part struct {
		ID      int64  `json:"id"`
		Name    string `json:"name"`
		Network string `json:"network"`
	}
	type advertiser struct {
		part
		Programmes []part `json:"programmes"`
	}
	var there page[advertiser]
	if err := by.get(ctx, "/advertisers?limit=200", &there); err != nil {
		return 0, err
	}
	at := slices.IndexFunc(there.Items, func(a advertiser) bool { return a.Name == c.advertiser })
	if at >= 0 {
		c.advertiserID = there.Items[at].ID
		return there.Items[at].Programmes[0].ID, nil
	}
	var made, programme part
	if err := by.create(ctx, "/advertisers", map[string]any{"name": c.advertiser, "category": c.category}, &made); err != nil {
		return 0, err
	}
	c.advertiserID = made.ID
	path := fmt.Sprintf("/advertisers/%d", made.ID)
	// Not by a maker of the mailing: whoever adds a contact vouches for it.
	if err := s.admin.create(ctx, path+"/contacts", map[string]any{"name": c.contact, "email": c.email, "locale": c.locale, "may_approve": true}, nil); err != nil {
		return 0, err
	}
	err := by.create(ctx, path+"/programmes", map[string]any{"network": c.network, "ref": fmt.Sprint(40000 + made.ID), "live": true, "email_allowed": true}, &programme)
	return programme.ID, err
}

// openCampaign makes a campaign of its own for this demo; those of an earlier
// one keep their name.
func (s *stage) openCampaign(ctx context.Context, by person, c *campaign, programme int64) error {
	base := fmt.Sprintf("/labels/%d/campaigns", s.labels[c.label].ID)
	var there page[campaign]
	if err := by.get(ctx, base+"?limit=200&name="+c.Name, &there); err != nil {
		return err
	}
	if n := len(there.Items); n > 0 {
		c.Name = fmt.Sprintf("%s %d", c.Name, n+1)
	}
	return by.create(ctx, base, map[string]any{
		"label_id": s.labels[c.label].ID, "advertiser_id": c.advertiserID, "programme_id": programme, "name": c.Name, "currency": "EUR",
		"starts_on": s.began.AddDate(0, 0, -1).Format(time.DateOnly), "ends_on": s.began.AddDate(0, 1, 0).Format(time.DateOnly),
		"deals": []any{c.deal}, "promised": map[string]any{"clicks": 100},
	}, c)
}

// hangBanner draws the campaign's banner, uploads it and puts it to use.
func (s *stage) hangBanner(ctx context.Context, by person, c *campaign) error {
	file, err := c.scene.PNG(BannerWidth, c.sky, c.land)
	if err != nil {
		return err
	}
	var made struct {
		Hash string `json:"hash"`
	}
	if err := by.create(ctx, "/creatives", file, &made); err != nil {
		return err
	}
	c.picture = made.Hash
	return by.put(ctx, fmt.Sprintf("/campaigns/%d/creatives/%s", c.ID, made.Hash), map[string]string{"hash": made.Hash, "alt": c.alt, "source": "drawn by the demo"}, nil)
}

// stockVouchers gives the campaign a code for each member that it may reach,
// and returns how many that are.
func (s *stage) stockVouchers(ctx context.Context, by person, c *campaign) (int, error) {
	n, err := s.membersOf(ctx, s.labels[c.label])
	if err != nil {
		return 0, err
	}
	var pool struct {
		ID int64 `json:"id"`
	}
	if err := by.create(ctx, fmt.Sprintf("/campaigns/%d/voucher-pools", c.ID), map[string]any{"name": "15% korting"}, &pool); err != nil {
		return 0, err
	}
	c.poolID = pool.ID
	var codes strings.Builder
	for i := range n {
		fmt.Fprintf(&codes, "RIT%d-%06d\n", c.ID, i*7919%1_000_003)
	}
	return n, by.create(ctx, fmt.Sprintf("/voucher-pools/%d/codes", pool.ID), []byte(codes.String()), nil)
}
