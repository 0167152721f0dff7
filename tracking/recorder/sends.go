package recorder

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/templates/lang"
	"keur/tracking"
)

// maxSends bounds how many sends are kept in memory.
const maxSends = 512

// send is what each fetch of a send's links needs to know of it. None of it
// ever changes, so it is read once.
type send struct {
	ID       int64     `db:"id"`
	Month    time.Time `db:"month"` // of the partition
	Label    int       `db:"label_id"`
	Mailing  int64     `db:"mailing_id"`
	Revision int64     `db:"revision_id"`
	TimeZone string    `db:"time_zone"` // of the label
	Public   string    `db:"public_url"`

	month string // Month as PostgreSQL reads it
	zone  *time.Location
	links map[uint16]link
}

// link is one of a revision's.
type link struct {
	ID         int64  `db:"id"`
	Number     uint16 `db:"number"`
	URL        string `db:"url"`
	Placement  string `db:"placement_key"` // empty: the label's own
	Campaign   int64  `db:"campaign_id"`   // 0: the label's own
	Advertiser int64  `db:"advertiser_id"`
	Parameter  string `db:"subid_parameter"`

	Parts pq.StringArray `db:"parts"` // around a member's values; none when all get the same
}

// target returns where a link leads, with the values that a click brought. It
// reports false when there is no such link, or these aren't what it asks for.
func (s *send) target(number uint16, values []byte) (string, bool) {
	l, known := s.links[number]
	switch {
	case number == tracking.HoneypotLink:
		return s.Public, len(values) == 0
	case !known, len(l.Parts) == 0:
		return l.URL, known && len(values) == 0
	}
	target, ok := lang.AppendAddress(nil, l.Parts, values)
	return string(target), ok
}

// sends keeps the latest sends in memory.
type sends struct {
	db   *sqlx.DB
	mu   sync.RWMutex
	kept map[int64]*send
}

// get returns a send, or a not-found fault.
func (s *sends) get(ctx context.Context, id int64) (*send, error) {
	s.mu.RLock()
	found := s.kept[id]
	s.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	found, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxSends || s.kept == nil {
		s.kept = make(map[int64]*send)
	}
	s.kept[id] = found
	return found, nil
}

// load reads a send with its links. It reads tables of mailings and labels,
// because on this path each query counts.
func (s *sends) load(ctx context.Context, id int64) (*send, error) {
	found := &send{links: map[uint16]link{}}
	if err := s.db.GetContext(ctx, found, `
		SELECT s.id, s.month, s.label_id, s.mailing_id, s.revision_id, l.time_zone, l.public_url
		  FROM sends s JOIN labels l ON l.id = s.label_id
		 WHERE s.id = $1`, id); err != nil {
		return nil, postgres.Fault(err, "thing.this_send")
	}
	var links []link
	if err := s.db.SelectContext(ctx, &links, `
		SELECT l.id, l.number, l.url, l.parts, l.placement_key, coalesce(l.campaign_id, 0) AS campaign_id,
		       coalesce(p.advertiser_id, 0) AS advertiser_id, l.subid_parameter
		  FROM links l
		  LEFT JOIN revision_placements p ON p.revision_id = l.revision_id AND p.key = l.placement_key
		 WHERE l.revision_id = $1`, found.Revision); err != nil {
		return nil, fmt.Errorf("links of revision %d: %w", found.Revision, err)
	}
	for _, l := range links {
		found.links[l.Number] = l
	}
	found.month = found.Month.Format(time.DateOnly)
	var err error
	if found.zone, err = time.LoadLocation(found.TimeZone); err != nil {
		return nil, fmt.Errorf("time zone of label %d: %w", found.Label, err)
	}
	return found, nil
}

// repeats returns what a member who clicked the links before repeats by
// clicking this one: a placement, its campaign, its advertiser.
func (s *send) repeats(id int64, before []int64) []tracking.Measure {
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
	var repeated []tracking.Measure
	if placement {
		repeated = append(repeated, tracking.ClickPlacementRepeat)
	}
	if campaign {
		repeated = append(repeated, tracking.ClickCampaignRepeat)
	}
	if advertiser {
		repeated = append(repeated, tracking.ClickAdvertiserRepeat)
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
