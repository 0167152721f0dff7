package demo

import (
	"bytes"
	"cmp"
	"embed"
	"time"

	"github.com/pelletier/go-toml/v2"

	"keur/campaigns"
	"keur/conversions/claims"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/networks/products"
	"keur/requests"
	"keur/segments"
)

// files are the markets, and the names of people and cities in their countries.
//
//go:embed nl.toml de.toml names
var files embed.FS

// Market is a label and all that is particular to it, as its file says.
type Market struct {
	Label  labels.Label
	People struct { // what its members are made of
		Genders, Interests, Providers []string
	}
	File     memberFile
	Segments []struct {
		Name, Description string
		Rule              map[string]any
	}
	Departments map[string]string // addresses, by name
	Tickets     []Ticket
	Cases       []Case

	Offers                       []*Offer // of the months before, each with a campaign of the season before and one of this
	Button                       string   // of offers that say nothing else
	Newspaper, Preheader         string   // name and preheader of its newsletters
	Weekly, WeeklySubject, Saver string   // of the mailing that recurs, and the segment that gets it; empty: there is none
	House                        []string // news of its own
	Series                       Series   // without a name there is none
	Kept                         string   // why a product stays that became dearer
	Later, Doubt, Stopped        string   // why a client and a colleague ask for changes, and an advertiser is stopped
	Asked                        string   // why a network's silence is taken for a yes

	Today    []*Offer // what is promoted in the demo's day
	Mailings []Brief  // what is mailed then

	Zone       *time.Location          `toml:"-"`
	Maker      *Person                 `toml:"-"` // of its mailings
	Templates  map[mailings.Kind]int64 `toml:"-"`
	SegmentIDs map[string]segments.ID  `toml:"-"` // by name
}

// Series is mailings that new members get one after the other.
type Series struct {
	Name  string
	Steps []SeriesStep
	ID    series.ID `toml:"-"`
}

// SeriesStep is one of them, so many days after joining.
type SeriesStep struct {
	Days                     int
	Name, Subject, Preheader string
	Offer                    string // the advertiser whose offer it brings; empty: it is news of the label's own
}

// memberFile is how a label writes its members down.
type memberFile struct {
	Header                         []string
	Columns                        map[string]string // what the header doesn't say
	Date, Yes, No, Consent, Source string
}

// Brief is what a mailing of the demo's day says, and to whom.
type Brief struct {
	Kind                      mailings.Kind
	Name, Preheader           string
	Subjects                  []mailings.Subject
	Segment, Exclude, Holdout string
}

// Ticket is something that people of a label ask each other, and what was said
// of it since.
type Ticket struct {
	Kind        requests.Kind
	Title, Body string
	Days, Hour  int    // asked so many days ago, at that hour
	By, To      string // maker, colleague, admin or a department; to "" is nobody yet
	Within      int    // days until it is due; 0: no day
	About       string // campaign, creative, mailing, member
	Of          string // the advertiser, of a campaign or creative
	Turns       []Turn
}

// Turn is what somebody says or does about a ticket, so many hours after it was
// asked. Someone of a department answers by the link that it was mailed.
type Turn struct {
	Hours    float64
	By, Says string
	Then     requests.State // "" leaves it
}

// Case is what a member of a label misses of what they bought.
type Case struct {
	Kind         claims.Kind // declined: a sale that the shop turned down; untracked: a click after which nothing came
	Days         int         // told so many days ago
	Since        int         // days from the click to that, of what is untracked
	Note, Remark string      // what the member says, and what is added to the claim; without a remark nothing is claimed yet
	Answered     int         // days until an answer comes; 0: none does
	Granted      bool
	Answer       string // of the network or shop, where it turns it down
}

// Offer is what an advertiser promotes, in one campaign or in two that follow
// each other.
type Offer struct {
	Advertiser, Category, Network, Ref string
	Contact, Email, Locale             string // who approves for the advertiser
	Deals                              []campaigns.Deal
	Button, Alt, Vouchers              string
	Scene                              Scenery // of its picture
	Sky, Land                          Color
	Segment                            string  // whom its solos go to
	Optimism                           float64 // promised for each click that is usual
	Promos                             []*Promo
	Products                           []Product // that its shop sells, by a feed

	ID      campaigns.AdvertiserID `toml:"-"`
	Picture string                 `toml:"-"` // its hash
	Pool    int64                  `toml:"-"` // of voucher codes
	Taken   []products.Picked      `toml:"-"` // products of the feed, into its campaign
}

// Promo is what a campaign says.
type Promo struct {
	Name, Subject, Heading, Text string
	ID                           campaigns.ID `toml:"-"`
}

// newMarket reads a market's file.
func newMarket(code string) (*Market, error) {
	text, err := files.ReadFile(code + ".toml")
	if err != nil {
		return nil, err
	}
	m := &Market{Templates: map[mailings.Kind]int64{}, SegmentIDs: map[string]segments.ID{}}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(m); err != nil {
		return nil, err
	}
	m.Zone = m.Label.Location()
	for _, o := range append(m.Offers[:len(m.Offers):len(m.Offers)], m.Today...) {
		o.Button, o.Locale = cmp.Or(o.Button, m.Button), cmp.Or(o.Locale, m.Label.Locale)
	}
	return m, nil
}

// Offer returns what an advertiser promoted in the months before; nil if it is unknown.
func (m *Market) Offer(advertiser string) *Offer {
	for _, o := range m.Offers {
		if o.Advertiser == advertiser {
			return o
		}
	}
	return nil
}

// Segment returns the saved segments of these names, as an audience refers to them.
func (m *Market) Segment(names ...string) (refs []segments.SegmentRef) {
	for _, name := range names {
		refs = append(refs, segments.SegmentRef{ID: m.SegmentIDs[name]})
	}
	return refs
}
