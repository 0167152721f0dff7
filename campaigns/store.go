package campaigns

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Store keeps campaigns with their deals.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of campaigns in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const columns = `id, label_id, advertiser_id, programme_id, name, starts_on, ends_on, currency,
	goals, promised, version, created_at`

// Get returns a campaign with its deals.
func (s *Store) Get(ctx context.Context, id ID) (Campaign, error) {
	return s.one(ctx, s.db, `SELECT `+columns+` FROM campaigns WHERE id = $1`, id)
}

// Create adds a campaign.
func (s *Store) Create(ctx context.Context, c Campaign) (Campaign, error) {
	if c.Currency == "" {
		c.Currency = "EUR"
	}
	if err := c.Validate(); err != nil {
		return Campaign{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := checkProgramme(ctx, tx, c); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &c.ID, `
			INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on, currency, goals, promised)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			RETURNING id`, c.fields()...); err != nil {
			return postgres.Fault(err, "thing.campaign_named", "name", c.Name)
		}
		if err := saveDeals(ctx, tx, c); err != nil {
			return err
		}
		var err error
		c, err = s.one(ctx, tx, `SELECT `+columns+` FROM campaigns WHERE id = $1`, c.ID)
		return err
	})
	return c, err
}

// Update locks a campaign, lets change alter it, and saves it with its deals.
// Nothing is written if change returns an error. Label and advertiser stay:
// outcomes and money are booked on them.
func (s *Store) Update(ctx context.Context, id ID, change func(*Campaign) error) (Campaign, error) {
	var c Campaign
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		old, err := s.one(ctx, tx, `SELECT `+columns+` FROM campaigns WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		c = old
		if err := change(&c); err != nil {
			return err
		}
		if c.LabelID != old.LabelID || c.AdvertiserID != old.AdvertiserID || c.Currency != old.Currency {
			return fault.New(fault.Invalid, "campaigns.identity_stays")
		}
		c.ID = id
		if err := c.Validate(); err != nil {
			return err
		}
		if err := checkProgramme(ctx, tx, c); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE campaigns
			   SET label_id = $1, advertiser_id = $2, programme_id = $3, name = $4, starts_on = $5, ends_on = $6,
			       currency = $7, goals = $8, promised = $9, version = version + 1
			 WHERE id = $10`, append(c.fields(), id)...); err != nil {
			return postgres.Fault(err, "thing.campaign_named", "name", c.Name)
		}
		if err := saveDeals(ctx, tx, c); err != nil {
			return err
		}
		c, err = s.one(ctx, tx, `SELECT `+columns+` FROM campaigns WHERE id = $1`, id)
		return err
	})
	return c, err
}

// fields returns what a person edits, in the order of the statements above.
func (c Campaign) fields() []any {
	return []any{c.LabelID, c.AdvertiserID, c.ProgrammeID, c.Name, c.StartsOn, c.EndsOn, c.Currency, c.Goals, c.Promised}
}

// checkProgramme demands that the programme is one of the campaign's advertiser.
func checkProgramme(ctx context.Context, tx *sqlx.Tx, c Campaign) error {
	if c.ProgrammeID == nil {
		return nil
	}
	var fits bool
	if err := tx.GetContext(ctx, &fits, `
		SELECT EXISTS (SELECT FROM programmes WHERE id = $1 AND advertiser_id = $2)`, *c.ProgrammeID, c.AdvertiserID); err != nil {
		return postgres.Fault(err, "thing.this_programme")
	}
	if !fits {
		return fault.At("programme_id", "campaigns.programme_of_advertiser")
	}
	return nil
}

func (s *Store) one(ctx context.Context, q sqlx.QueryerContext, query string, id ID) (Campaign, error) {
	found := []Campaign{{}}
	if err := sqlx.GetContext(ctx, q, &found[0], query, id); err != nil {
		return Campaign{}, postgres.Fault(err, "thing.campaign", "id", id)
	}
	err := s.loadDeals(ctx, q, found)
	return found[0], err
}

func (s *Store) loadDeals(ctx context.Context, q sqlx.QueryerContext, found []Campaign) error {
	ids := make([]int64, len(found))
	at := make(map[ID]*Campaign, len(found))
	for i := range found {
		found[i].Deals = []Deal{}
		ids[i], at[found[i].ID] = int64(found[i].ID), &found[i]
	}
	var rows []struct {
		CampaignID ID `db:"campaign_id"`
		Deal
	}
	if err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT campaign_id, kind, basis_points, minor_units, note
		  FROM deals WHERE campaign_id = ANY($1) ORDER BY id`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.deals")
	}
	for _, r := range rows {
		at[r.CampaignID].Deals = append(at[r.CampaignID].Deals, r.Deal)
	}
	return nil
}

// saveDeals replaces the deals if they changed: they have no identity beyond
// their terms, and each revision of a mailing keeps the terms it was made on.
func saveDeals(ctx context.Context, tx *sqlx.Tx, c Campaign) error {
	kinds, notes := make([]string, len(c.Deals)), make([]string, len(c.Deals))
	points, units := make([]*int, len(c.Deals)), make([]*int64, len(c.Deals))
	for i, d := range c.Deals {
		kinds[i], notes[i], points[i], units[i] = string(d.Kind), d.Note, d.BasisPoints, d.MinorUnits
	}
	args := []any{c.ID, pq.Array(kinds), pq.Array(points), pq.Array(units), pq.Array(notes)}
	var same bool
	if err := tx.GetContext(ctx, &same, `
		SELECT coalesce((SELECT array_agg((kind, basis_points, minor_units, note)::text ORDER BY id) FROM deals WHERE campaign_id = $1), '{}')
		     = coalesce((SELECT array_agg((k, b, m, n)::text ORDER BY i)
		                   FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[]) WITH ORDINALITY d(k, b, m, n, i)), '{}')`, args...); err != nil {
		return postgres.Fault(err, "thing.deals")
	}
	if same {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM deals WHERE campaign_id = $1`, c.ID); err != nil {
		return postgres.Fault(err, "thing.deals")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO deals (campaign_id, kind, basis_points, minor_units, note)
		SELECT $1, k, b, m, n
		  FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[]) WITH ORDINALITY d(k, b, m, n, i) ORDER BY i`, args...)
	return postgres.Fault(err, "thing.deals")
}
