package conversions

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// Assignment is to what a person books a conversion: a campaign's placement in a
// send, or a campaign alone.
type Assignment struct {
	Campaign  campaigns.ID    `json:"campaign_id"`
	Send      mailings.SendID `json:"send_id,omitempty"`
	Placement string          `json:"placement_key,omitempty"`
	Reason    string          `json:"reason"`
}

// Validate returns everything that is wrong with the assignment.
func (a Assignment) Validate() error {
	var wrong fault.List
	if a.Reason == "" || !form.Line(a.Reason, 500) {
		wrong.Add("reason", "conversions.reason")
	}
	if a.Campaign == 0 {
		wrong.Add("campaign_id", "conversions.campaign")
	}
	if (a.Send == 0) != (a.Placement == "") {
		wrong.Add("placement_key", "conversions.placement")
	}
	return wrong.Err()
}

// Assign books a conversion where a person says, for a reason that stays with
// it. It can be assigned anew; no report moves it after that. Returns an invalid
// fault if the network says that it is another advertiser's, and a not-found
// fault if its label has no such campaign.
func (s *Store) Assign(ctx context.Context, id ID, a Assignment) (Conversion, error) {
	if err := a.Validate(); err != nil {
		return Conversion{}, err
	}
	var c Conversion
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var err error
		if c, err = one(ctx, tx, id, " FOR UPDATE"); err != nil {
			return err
		}
		to, err := place(ctx, tx, c.Label, a)
		if err != nil {
			return err
		}
		if err := c.assign(to); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO conversion_assignments (conversion_id, campaign_id, send_id, placement_key, reason)
			VALUES ($1, $2, nullif($3::bigint, 0), $4, $5)`, id, a.Campaign, a.Send, a.Placement, a.Reason); err != nil {
			return postgres.Fault(err, "thing.conversion", "id", id)
		}
		zones, err := zonesOf(ctx, tx)
		if err != nil {
			return err
		}
		return update(ctx, tx, []*Conversion{&c}, true, zones)
	})
	return c, err
}

// assign books the conversion where a person said. What they know of a member or
// a variant is nothing.
func (c *Conversion) assign(to Attribution) error {
	if c.Advertiser != 0 && to.Advertiser != c.Advertiser {
		return fault.At("campaign_id", "conversions.other_advertiser")
	}
	to.Basis = ByPerson
	c.Attribution = to
	return nil
}

// place looks up what an assignment names under the label.
func place(ctx context.Context, tx *sqlx.Tx, label labels.ID, a Assignment) (Attribution, error) {
	to := Attribution{Label: label, Campaign: a.Campaign, Placement: a.Placement}
	err := tx.QueryRowxContext(ctx, `
		SELECT c.advertiser_id, coalesce(s.id, 0), coalesce(s.mailing_id, 0)
		  FROM campaigns c LEFT JOIN sends s ON s.id = $2 AND s.label_id = c.label_id
		 WHERE c.id = $1 AND c.label_id = $3`, a.Campaign, a.Send, label).Scan(&to.Advertiser, &to.Send, &to.Mailing)
	if err == nil && to.Send != a.Send {
		return to, fault.At("send_id", "conversions.no_such_placement")
	}
	return to, postgres.Fault(err, "thing.campaign", "id", a.Campaign)
}

// Assigned is what a person said of a conversion.
type Assigned struct {
	By     string    `db:"assigned_by" json:"assigned_by"`
	At     time.Time `db:"assigned_at" json:"assigned_at"`
	Reason string    `db:"reason" json:"reason"`
}

// Assignments returns who booked a conversion by hand and why, the newest first.
// Who did is called by name.
func (s *Store) Assignments(ctx context.Context, id ID) ([]Assigned, error) {
	found := []Assigned{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT coalesce(u.name, a.assigned_by) AS assigned_by, a.assigned_at, a.reason
		  FROM conversion_assignments a LEFT JOIN users u ON 'user:' || u.id = a.assigned_by
		 WHERE a.conversion_id = $1 ORDER BY a.id DESC LIMIT $2`, id, historyShown)
	return found, postgres.Fault(err, "thing.conversion", "id", id)
}

// one reads a conversion.
func one(ctx context.Context, q sqlx.QueryerContext, id ID, lock string) (Conversion, error) {
	var c Conversion
	err := sqlx.GetContext(ctx, q, &c, `SELECT `+columns+` FROM conversions WHERE id = $1`+lock, id)
	return c, postgres.Fault(err, "thing.conversion", "id", id)
}
