package mailings

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/templates/lang"
	"keur/templates/lint"
)

const revisionColumns = `id, mailing_id, number, content, digest, author_id AS created_by, created_at`

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
	keys, campaigns, advertisers := []string{}, []int64{}, []int64{}
	for _, p := range placements {
		keys, campaigns, advertisers = append(keys, p.Key), append(campaigns, p.CampaignID), append(advertisers, p.AdvertiserID)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
		SELECT $1, p.key, p.n - 1, p.campaign, p.advertiser
		  FROM unnest($2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS p(key, campaign, advertiser, n)`,
		id, pq.Array(keys), pq.Array(campaigns), pq.Array(advertisers))
	return postgres.Fault(err, "thing.revision", "id", id)
}

func insertLinks(ctx context.Context, tx *sqlx.Tx, id RevisionID, links []lang.Link, content *Content) error {
	numbers, urls, keys, campaigns, parameters, parts := []int{}, []string{}, []string{}, []int64{}, []string{}, []string{}
	for _, link := range links {
		p, _ := content.Placement(link.Placement)
		around, err := pq.StringArray(append([]string{}, link.Parts...)).Value()
		if err != nil {
			return err
		}
		parts = append(parts, fmt.Sprint(around))
		numbers, urls, keys = append(numbers, link.Index), append(urls, link.URL), append(keys, link.Placement)
		campaigns, parameters = append(campaigns, p.CampaignID), append(parameters, p.SubIDParameter)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO links (revision_id, number, url, parts, placement_key, campaign_id, subid_parameter)
		SELECT $1, l.number, l.url, l.parts::text[], l.key, nullif(l.campaign, 0), l.parameter
		  FROM unnest($2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
		    AS l(number, url, key, campaign, parameter, parts)`,
		id, pq.Array(numbers), pq.Array(urls), pq.Array(keys), pq.Array(campaigns), pq.Array(parameters), pq.Array(parts))
	return postgres.Fault(err, "thing.revision", "id", id)
}

// Revision returns the revision, or a NotFound fault.
func (s *Store) Revision(ctx context.Context, id RevisionID) (Revision, error) {
	var r Revision
	err := s.db.GetContext(ctx, &r, `SELECT `+revisionColumns+` FROM revisions WHERE id = $1`, id)
	return r, postgres.Fault(err, "thing.revision", "id", id)
}

// Content returns what a revision says.
func (s *Store) Content(ctx context.Context, id RevisionID) (Content, error) {
	return ContentOf(ctx, s.db, id)
}

// ContentOf is Content by what asks it, such as a transaction.
func ContentOf(ctx context.Context, q sqlx.QueryerContext, id RevisionID) (Content, error) {
	var r Revision
	if err := sqlx.GetContext(ctx, q, &r, `SELECT `+revisionColumns+` FROM revisions WHERE id = $1`, id); err != nil {
		return Content{}, postgres.Fault(err, "thing.revision", "id", id)
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
