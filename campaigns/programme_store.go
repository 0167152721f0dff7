package campaigns

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

const programmeColumns = `id, advertiser_id, network, ref, subid_parameter, live, email_allowed`

// Programme returns a programme.
func (s *Advertisers) Programme(ctx context.Context, id ProgrammeID) (Programme, error) {
	var p Programme
	err := s.db.GetContext(ctx, &p, `SELECT `+programmeColumns+` FROM programmes WHERE id = $1`, id)
	return p, postgres.Fault(err, "thing.programme", "id", id)
}

// AddProgramme adds a programme to its advertiser.
func (s *Advertisers) AddProgramme(ctx context.Context, p Programme) (Programme, error) {
	if err := p.Validate(); err != nil {
		return Programme{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &p, `
			INSERT INTO programmes (advertiser_id, network, ref, subid_parameter, live, email_allowed)
			VALUES ($1, $2, $3, $4, $5, $6)
			RETURNING `+programmeColumns,
			p.AdvertiserID, p.Network, p.Ref, p.SubIDParameter, p.Live, p.EmailAllowed),
			"thing.programme_at_network", "programme",
			p.Ref, "network", p.Network)
	})
	return p, err
}

// UpdateProgramme locks a programme, lets change alter it, and saves it.
// Nothing is written if change returns an error. It stays its advertiser's.
func (s *Advertisers) UpdateProgramme(ctx context.Context, id ProgrammeID, change func(*Programme) error) (Programme, error) {
	var p Programme
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &p, `SELECT `+programmeColumns+` FROM programmes WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.programme", "id", id)
		}
		if err := change(&p); err != nil {
			return err
		}
		if err := p.Validate(); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &p, `
			UPDATE programmes SET network = $2, ref = $3, subid_parameter = $4, live = $5, email_allowed = $6
			 WHERE id = $1
			RETURNING `+programmeColumns, id, p.Network, p.Ref, p.SubIDParameter, p.Live, p.EmailAllowed),
			"thing.programme_at_network", "programme", p.Ref, "network", p.Network)
	})
	return p, err
}
