package mailings

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/templates/lang"
	"keur/templates/lint"
)

const revisionColumns = `id, mailing_id, number, content, digest, author_id, created_at`

// Edit saves content as the newest revision of the mailing. It names the
// revision that the edit was made on (0 for the first), and returns a conflict
// if that is no longer the newest. Any approval falls, and any slot is taken
// away, in the same transaction. The findings are lint: those that block don't
// keep a draft from being saved, but from being submitted.
func (s *Store) Edit(
	ctx context.Context, id ID, basedOn RevisionID, content Content, by accounts.UserID,
) (Revision, []lint.Finding, error) {
	return s.edit(ctx, id, basedOn, content, by, func(*sqlx.Tx) error { return nil })
}

// edit is Edit, with what else belongs into the same transaction.
func (s *Store) edit(
	ctx context.Context, id ID, basedOn RevisionID, content Content, by accounts.UserID, also func(*sqlx.Tx) error,
) (Revision, []lint.Finding, error) {
	if err := content.Validate(); err != nil {
		return Revision{}, nil, err
	}
	if err := s.copyPictures(ctx, &content); err != nil {
		return Revision{}, nil, err
	}
	links, findings, err := content.compile(ctx, s.compiler)
	if err != nil {
		return Revision{}, findings, err
	}
	canonical, err := Canonical(content)
	if err != nil {
		return Revision{}, nil, err
	}
	var r Revision
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		m, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := m.Based(basedOn); err != nil {
			return err
		}
		if err := s.unschedule(ctx, tx, id); err != nil {
			return err
		}
		if err := m.Revise(0); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &r, `
			INSERT INTO revisions (mailing_id, number, content, author_id, created_at)
			VALUES ($1, (SELECT count(*) + 1 FROM revisions WHERE mailing_id = $1), $2, $3, $4)
			RETURNING `+revisionColumns, id, canonical, by, s.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.revision_of_mailing", "mailing", id)
		}
		if err := insertPlacements(ctx, tx, r.ID, content.Placements); err != nil {
			return err
		}
		if err := insertLinks(ctx, tx, r.ID, links, &content); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE mailings SET state = $2, revision_id = $3, updated_at = $4 WHERE id = $1`,
			id, m.State, r.ID, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.mailing", "id", id)
		}
		return also(tx)
	})
	return r, findings, err
}

func insertPlacements(ctx context.Context, tx *sqlx.Tx, id RevisionID, placements []Placement) error {
	for i, p := range placements {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
			VALUES ($1, $2, $3, $4, $5)`, id, p.Key, i, p.CampaignID, p.AdvertiserID); err != nil {
			return postgres.Fault(err, "thing.campaign", "id", p.CampaignID)
		}
	}
	return nil
}

func insertLinks(ctx context.Context, tx *sqlx.Tx, id RevisionID, links []lang.Link, content *Content) error {
	for _, link := range links {
		p, placed := content.Placement(link.Placement)
		var campaign *int64
		if placed {
			campaign = &p.CampaignID
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter)
			VALUES ($1, $2, $3, $4, $5, $6)`, id, link.Index, link.URL, link.Placement, campaign, p.SubIDParameter); err != nil {
			return postgres.Fault(err, "thing.link", "id", link.Index)
		}
	}
	return nil
}

// Revision returns the revision, or a NotFound fault.
func (s *Store) Revision(ctx context.Context, id RevisionID) (Revision, error) {
	var r Revision
	err := s.db.GetContext(ctx, &r, `SELECT `+revisionColumns+` FROM revisions WHERE id = $1`, id)
	return r, postgres.Fault(err, "thing.revision", "id", id)
}

// Content returns what a revision says.
func (s *Store) Content(ctx context.Context, id RevisionID) (Content, error) {
	r, err := s.Revision(ctx, id)
	if err != nil {
		return Content{}, err
	}
	return r.Content()
}

// StoredLink is a link of a revision as clicks refer to it.
type StoredLink struct {
	ID             int64  `db:"id" json:"id"`
	Number         int    `db:"number" json:"number"`
	URL            string `db:"url" json:"url"`
	Placement      string `db:"placement_key" json:"placement"`
	CampaignID     *int64 `db:"campaign_id" json:"campaign_id"`
	SubIDParameter string `db:"subid_parameter" json:"-"`
}

// Links returns the links of a revision by their number.
func (s *Store) Links(ctx context.Context, id RevisionID) ([]StoredLink, error) {
	found := []StoredLink{}
	if err := s.db.SelectContext(ctx, &found, `
		SELECT id, number, url, placement_key, campaign_id, subid_parameter
		  FROM links WHERE revision_id = $1 ORDER BY number`, id); err != nil {
		return nil, fmt.Errorf("list the links of revision %d: %w", id, err)
	}
	return found, nil
}
