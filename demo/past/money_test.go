package past

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions/claims"
	"keur/demo"
	"keur/internal/pgtest"
)

// TestAMissedSaleIsOfAMember: a click of somebody who isn't to be tracked names
// nobody, so nobody can ask about it, also if it is the newest.
func TestAMissedSaleIsOfAMember(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`SELECT ensure_partitions('2026-11-01', '2026-11-30')`)
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		for _, statement := range []string{
			`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel')`,
			`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '7')`,
			`INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on)
			 VALUES (1, 1, 1, 'Herfst', '2026-10-01', '2026-12-01')`,
			`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'Nieuws', 'newsletter', 'done')`,
			`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{"subjects":[]}', 1)`,
			`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id) VALUES (1, 'top', 0, 1, 1)`,
			`INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter)
			 VALUES (1, 0, 'https://z.example/', 'top', 1, 'ws')`,
			`INSERT INTO members (address, address_key, domain) VALUES ('m@x.nl', 'm@x.nl', 'x.nl')`,
			`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, started_at)
			 VALUES (1, 1, 1, '2026-11-10 08:00', '2026-11-10 08:00Z', '2026-11-01', 'finished', 2, '2026-11-10 08:00Z', '2026-11-10 08:00Z')`,
			`INSERT INTO network_connections (label_id, network, name, publisher_ref, created_at)
			 VALUES (1, 'awin', 'Awin NL', '4411', '2026-01-01Z')`,
			`INSERT INTO events (send_month, send_id, member_id, at, kind, link_id, click_ref)
			 VALUES ('2026-11-01', 1, 1, '2026-11-10 09:00Z', 'click', 1, '1'), ('2026-11-01', 1, 0, '2026-11-10 10:00Z', 'click', 1, '2')`,
		} {
			tx.MustExec(statement)
		}
	})
	market := &demo.Market{}
	market.Label.ID = 1
	c := &complaint{
		months: &months{Publisher: &demo.Publisher{}, Rooms: Rooms{DB: db.App, Clock: NewClock(noon)}},
		Case:   demo.Case{Kind: claims.Untracked, Since: 3}, in: market,
	}
	found, err := c.order(t.Context())
	if err != nil || len(found) != 1 || found[0].Member != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}
