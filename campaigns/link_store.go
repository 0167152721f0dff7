package campaigns

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Links keeps the tracking links of campaigns.
type Links struct{ db *sqlx.DB }

// NewLinks returns the store of tracking links in db.
func NewLinks(db *sqlx.DB) *Links { return &Links{db: db} }

// mostLinks is how many links a campaign has at most.
const mostLinks = 50

// Of returns the links of a campaign, in the order in which they were added.
func (s *Links) Of(ctx context.Context, campaign ID) ([]Link, error) {
	found := []Link{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, campaign_id, name, url, utm FROM campaign_links WHERE campaign_id = $1 ORDER BY id`, campaign)
	return found, postgres.Fault(err, "thing.campaign_link")
}

// Get returns a link of the campaign, or not found.
func (s *Links) Get(ctx context.Context, campaign ID, id LinkID) (Link, error) {
	var l Link
	err := s.db.GetContext(ctx, &l, `
		SELECT id, campaign_id, name, url, utm FROM campaign_links WHERE campaign_id = $1 AND id = $2`, campaign, id)
	return l, postgres.Fault(err, "thing.campaign_link")
}

// Add keeps a link for its campaign. Returns a conflict where one has its name, or
// there are too many.
func (s *Links) Add(ctx context.Context, l Link) (Link, error) {
	if err := l.Validate(); err != nil {
		return Link{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var n int
		if err := tx.GetContext(ctx, &n, `SELECT count(*) FROM campaign_links WHERE campaign_id = $1`, l.CampaignID); err != nil {
			return err
		}
		if n >= mostLinks {
			return fault.New(fault.Conflict, "campaigns.links_at_most", "most", mostLinks)
		}
		return tx.GetContext(ctx, &l.ID, `
			INSERT INTO campaign_links (campaign_id, name, url, utm) VALUES ($1, $2, $3, $4) RETURNING id`,
			l.CampaignID, l.Name, l.URL, l.UTM)
	})
	return l, postgres.Fault(err, "thing.campaign_link_named", "name", l.Name)
}

// Remove takes a link from its campaign. What was written with it stays as it is.
// Not found, if the campaign doesn't have it.
func (s *Links) Remove(ctx context.Context, campaign ID, id LinkID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		gone, err := tx.ExecContext(ctx, `DELETE FROM campaign_links WHERE campaign_id = $1 AND id = $2`, campaign, id)
		if err != nil {
			return postgres.Fault(err, "thing.campaign_link")
		}
		if n, err := gone.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return postgres.Fault(sql.ErrNoRows, "thing.campaign_link")
	})
}
