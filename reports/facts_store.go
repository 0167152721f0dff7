package reports

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/tracking"
)

// facts are what a report is made of, all read at one moment.
type facts struct {
	sends      []send
	placements map[mailings.RevisionID][]placement
	links      map[int64]link // by links.id
	counts     map[mailings.SendID][]count
}

// send is a send with the names that a line needs.
type send struct {
	ID        mailings.SendID     `db:"id"`
	Mailing   mailings.ID         `db:"mailing_id"`
	Name      string              `db:"mailing"`
	Series    series.ID           `db:"series_id"` // of which its mailing is a step; 0: none
	Label     labels.ID           `db:"label_id"`
	LabelName string              `db:"label"`
	Revision  mailings.RevisionID `db:"revision_id"`
	Slot      time.Time           `db:"slot_local"` // the label's wall clock
	Audience  int                 `db:"audience"`
	Waterfall json.RawMessage     `db:"waterfall"`
	Reported  bool                `db:"reported"` // its route's server posts what becomes of its mail
}

// placement is a block of a revision.
type placement struct {
	Revision       mailings.RevisionID    `db:"revision_id"`
	Key            string                 `db:"key"`
	Campaign       campaigns.ID           `db:"campaign_id"`
	CampaignName   string                 `db:"campaign"`
	Advertiser     campaigns.AdvertiserID `db:"advertiser_id"`
	AdvertiserName string                 `db:"advertiser"`
	Position       int                    `db:"position"` // from 0
	Creative, Alt  string                 // of the creatives alone: see readCreatives
}

// link is a link of a revision; those of the label have no placement.
type link struct {
	ID         int64                  `db:"id"`
	Revision   mailings.RevisionID    `db:"revision_id"`
	Number     int                    `db:"number"`
	URL        string                 `db:"url"`
	Placement  string                 `db:"placement_key"`
	Campaign   campaigns.ID           `db:"campaign_id"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
}

// count is a number of a send's outcomes that are alike.
type count struct {
	Send    mailings.SendID  `db:"send_id"`
	Measure tracking.Measure `db:"measure"`
	Link    int64            `db:"link_id"`
	Part    string           `db:"part"`
	N       int64            `db:"n"`
}

// partSQL is how each dimension names its parts in SQL.
var partSQL = map[Dimension]string{
	"":       `''`,
	Variants: `variant::text`,
	Links:    `link_id::text`,
	Hours:    `to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')`,
	Domains:  `domain`,
}

// OutcomeStore reads what came of the sends.
type OutcomeStore struct{ db *sqlx.DB }

// facts reads what the filter lets through, with counts split by dimension.
func (s *OutcomeStore) facts(ctx context.Context, by Dimension, f Filter) (*facts, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	// One snapshot, so that counts never stand beside another moment's audience.
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, postgres.Fault(err, "thing.report")
	}
	defer func() { _ = tx.Rollback() }()
	found := &facts{placements: map[mailings.RevisionID][]placement{}, links: map[int64]link{}, counts: map[mailings.SendID][]count{}}
	if err := found.readSends(ctx, tx, f); err != nil {
		return nil, postgres.Fault(err, "thing.report")
	}
	if err := found.readRevisions(ctx, tx); err != nil {
		return nil, postgres.Fault(err, "thing.report")
	}
	return found, postgres.Fault(found.readCounts(ctx, tx, by), "thing.report")
}

func (f *facts) readSends(ctx context.Context, tx *sqlx.Tx, by Filter) error {
	return tx.SelectContext(ctx, &f.sends, `
		SELECT s.id, s.mailing_id, m.name AS mailing, coalesce(q.series_id, 0) AS series_id, s.label_id, l.name AS label, s.revision_id, s.slot_local,
		       coalesce(s.audience, 0) AS audience, coalesce(s.waterfall, '{}') AS waterfall, s.reported
		  FROM sends s
		  JOIN mailings m ON m.id = s.mailing_id
		  JOIN labels l ON l.id = s.label_id
		  LEFT JOIN series_steps q ON q.mailing_id = s.mailing_id
		 WHERE s.frozen_at IS NOT NULL -- before that there is nothing to tell
		   AND ($1::int[] IS NULL OR s.label_id = ANY ($1)) AND ($2 = 0 OR s.id = $2) AND ($3 = 0 OR s.mailing_id = $3)
		   AND ($4::timestamptz IS NULL OR s.slot_at >= $4) AND ($5::timestamptz IS NULL OR s.slot_at < $5)
		   AND ($6 = 0 OR EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.campaign_id = $6))
		   AND ($7 = 0 OR EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id = $7))
		   AND ($8::bigint[] IS NULL OR EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.campaign_id = ANY ($8)))
		   AND ($9::bigint[] IS NULL OR s.mailing_id = ANY ($9))
		 ORDER BY s.slot_at, s.id`, pq.Array(by.Labels), by.Send, by.Mailing, postgres.Moment(by.From), postgres.Moment(by.Until), by.Campaign, by.Advertiser,
		pq.Array(by.Among), pq.Array(by.mailings))
}

func (f *facts) readRevisions(ctx context.Context, tx *sqlx.Tx) error {
	var revisions pq.Int64Array
	for _, s := range f.sends {
		revisions = append(revisions, int64(s.Revision))
	}
	var placed []placement
	if err := tx.SelectContext(ctx, &placed, `
		SELECT p.revision_id, p.key, p.position, p.campaign_id, c.name AS campaign, p.advertiser_id, a.name AS advertiser
		  FROM revision_placements p
		  JOIN campaigns c ON c.id = p.campaign_id
		  JOIN advertisers a ON a.id = p.advertiser_id
		 WHERE p.revision_id = ANY ($1)
		 ORDER BY p.revision_id, p.position`, revisions); err != nil {
		return fmt.Errorf("placements: %w", err)
	}
	for _, p := range placed {
		f.placements[p.Revision] = append(f.placements[p.Revision], p)
	}
	var linked []link
	if err := tx.SelectContext(ctx, &linked, `
		SELECT l.id, l.revision_id, l.number, l.url, l.placement_key,
		       coalesce(p.campaign_id, 0) AS campaign_id, coalesce(p.advertiser_id, 0) AS advertiser_id
		  FROM links l
		  LEFT JOIN revision_placements p ON p.revision_id = l.revision_id AND p.key = l.placement_key
		 WHERE l.revision_id = ANY ($1)`, revisions); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	for _, l := range linked {
		f.links[l.ID] = l
	}
	return nil
}

// readCounts reads the roll-ups; the view adds what isn't folded yet.
func (f *facts) readCounts(ctx context.Context, tx *sqlx.Tx, by Dimension) error {
	var sends pq.Int64Array
	for _, s := range f.sends {
		sends = append(sends, int64(s.ID))
	}
	var counted []count
	if err := tx.SelectContext(ctx, &counted, `
		SELECT send_id, measure, link_id, `+partSQL[by]+` AS part, sum(n)::bigint AS n
		  FROM outcomes
		 WHERE send_id = ANY ($1)
		 GROUP BY 1, 2, 3, 4`, sends); err != nil {
		return fmt.Errorf("counts: %w", err)
	}
	reported := map[mailings.SendID]bool{}
	for _, s := range f.sends {
		reported[s.ID] = s.Reported
	}
	for _, c := range counted {
		f.counts[c.Send] = append(f.counts[c.Send], c)
		if reported[c.Send] {
			if c.Measure = atRelay(c.Measure); c.Measure != "" {
				f.counts[c.Send] = append(f.counts[c.Send], c)
			}
		}
	}
	return nil
}

// nameVariants gives variants their subject, as the newest revision has it.
func (s *OutcomeStore) nameVariants(ctx context.Context, parts []Part, f *facts) error {
	if len(f.sends) == 0 {
		return nil
	}
	newest := slices.MaxFunc(f.sends, func(a, b send) int { return cmp.Compare(a.Revision, b.Revision) })
	revision := mailings.Revision{ID: newest.Revision}
	if err := s.db.GetContext(ctx, &revision.Canonical, `SELECT content FROM revisions WHERE id = $1`, newest.Revision); err != nil {
		return postgres.Fault(err, "thing.revision", "id", newest.Revision)
	}
	content, err := revision.Content()
	if err != nil {
		return err
	}
	for i := range parts {
		if n, err := strconv.Atoi(parts[i].Key); err == nil && n < len(content.Subjects) {
			parts[i].Name = content.Subjects[n].Text
		}
	}
	return nil
}
