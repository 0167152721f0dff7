package conversions

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/networks"
	"keur/tracking/recorder"
)

// book decides anew to what conversions are booked whose clues changed. What a
// person decided stays.
func (s *Store) book(ctx context.Context, tx *sqlx.Tx, of networks.Connection, all []*Conversion) error {
	var open []*Conversion
	for _, c := range all {
		if c.Basis != ByPerson {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	advertisers, err := advertisersOf(ctx, tx, of.Network, open)
	if err != nil {
		return err
	}
	clicks, err := s.clicksOf(ctx, tx, open)
	if err != nil {
		return err
	}
	codes, err := codesOf(ctx, tx, open, clicks, advertisers)
	if err != nil {
		return err
	}
	for i, c := range open {
		c.Attribution = attribute(Attribution{Label: of.LabelID}, advertisers[c.Programme], clicks[i], codes[i])
	}
	return nil
}

// advertisersOf returns whose the network's programmes are. One that two
// advertisers have is nobody's.
func advertisersOf(ctx context.Context, tx *sqlx.Tx, network string, all []*Conversion) (map[string]campaigns.AdvertiserID, error) {
	refs := make([]string, len(all))
	for i, c := range all {
		refs[i] = c.Programme
	}
	var rows []struct {
		Ref        string                 `db:"ref"`
		Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT ref, min(advertiser_id) AS advertiser_id FROM programmes WHERE network = $1 AND ref = ANY($2)
		 GROUP BY ref HAVING count(DISTINCT advertiser_id) = 1`, network, pq.Array(refs))
	found := make(map[string]campaigns.AdvertiserID, len(rows))
	for _, r := range rows {
		found[r.Ref] = r.Advertiser
	}
	return found, postgres.Fault(err, "thing.programmes")
}

// clicksOf returns where the sub-ids of conversions lead that are ours and
// prove it, by the conversion's place. The clicks of a member who doesn't consent to be
// tracked name none.
func (s *Store) clicksOf(ctx context.Context, tx *sqlx.Tx, all []*Conversion) (map[int]*clue, error) {
	var at, sends, variants, links pq.Int64Array
	var clicks pq.StringArray
	for i, c := range all {
		id, ok := s.ring.ParseSubID(strings.TrimSpace(c.SubID))
		if !ok {
			continue
		}
		at, sends, links = append(at, int64(i)), append(sends, id.Send), append(links, int64(id.Link))
		variants, clicks = append(variants, int64(id.Variant)), append(clicks, recorder.ClickRef(id.Click))
	}
	if len(at) == 0 {
		return nil, nil
	}
	var rows []clue
	err := tx.SelectContext(ctx, &rows, `SELECT * FROM clicks_behind($1, $2, $3, $4, $5)`, at, sends, variants, links, clicks)
	return byPlace(rows), postgres.Fault(err, "thing.clicks")
}

// codesOf returns where voucher codes lead that only we gave out: one that went
// to one member of one send, or one that a campaign's members share and that is
// exclusive to us. Codes are looked for among those of the programme's
// advertiser, where no click told already.
func codesOf(
	ctx context.Context, tx *sqlx.Tx, all []*Conversion, clicks map[int]*clue, advertisers map[string]campaigns.AdvertiserID,
) (map[int]*clue, error) {
	var at, of pq.Int64Array
	var codes pq.StringArray
	for i, c := range all {
		if c.Voucher != "" && clicks[i] == nil && advertisers[c.Programme] != 0 {
			at, of, codes = append(at, int64(i)), append(of, int64(advertisers[c.Programme])), append(codes, c.Voucher)
		}
	}
	if len(at) == 0 {
		return nil, nil
	}
	var rows []clue
	err := tx.SelectContext(ctx, &rows, `
		SELECT DISTINCT ON (u.n) u.n, c.label_id, c.advertiser_id, c.id AS campaign_id,
		       coalesce(s.id, 0) AS send_id, coalesce(s.mailing_id, 0) AS mailing_id, coalesce(r.key, '') AS placement_key,
		       CASE WHEN s.id IS NULL THEN 0 ELSE coalesce(v.member_id, 0) END AS member_id
		  FROM unnest($1::int[], $2::bigint[], $3::text[]) AS u(n, advertiser, code)
		  JOIN campaigns c ON c.advertiser_id = u.advertiser
		  JOIN voucher_pools p ON p.campaign_id = c.id
		  LEFT JOIN voucher_codes v ON v.pool_id = p.id AND v.code = u.code AND v.send_id IS NOT NULL
		  LEFT JOIN sends s ON s.id = v.send_id
		  LEFT JOIN LATERAL (SELECT key FROM revision_placements
		        WHERE revision_id = s.revision_id AND campaign_id = c.id ORDER BY position LIMIT 1) r ON true
		 WHERE v.pool_id IS NOT NULL OR p.exclusive AND p.shared_code = u.code
		 ORDER BY u.n, s.id DESC NULLS LAST, c.id DESC`, at, of, codes)
	return byPlace(rows), postgres.Fault(err, "thing.voucher_codes")
}

func byPlace(rows []clue) map[int]*clue {
	found := make(map[int]*clue, len(rows))
	for i := range rows {
		found[rows[i].N] = &rows[i]
	}
	return found
}
