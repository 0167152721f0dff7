package mailings

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Filter narrows a list of mailings. Zero fields don't narrow.
type Filter struct {
	Labels     []labels.ID // nil: of all labels; empty: of none
	ID         ID          // this one alone
	Name       string      // a part of it, in whatever case
	States     []State
	Kind       Kind
	Advertiser campaigns.AdvertiserID // that the newest revision places
	Campaign   campaigns.ID           // the same
	Maker      accounts.UserID        // who began it or wrote a revision of it
}

// slot is the next slot of a mailing, or else its last.
const slot = `coalesce(
	(SELECT min(s.slot_at) FROM sends s WHERE s.mailing_id = m.id AND s.state NOT IN ('finished', 'missed', 'cancelled')),
	(SELECT max(s.slot_at) FROM sends s WHERE s.mailing_id = m.id AND s.state IN ('finished', 'missed')))`

// slotState is how far the send of that slot is.
const slotState = `coalesce(
	(SELECT s.state FROM sends s WHERE s.mailing_id = m.id AND s.state NOT IN ('finished', 'missed', 'cancelled') ORDER BY s.slot_at LIMIT 1),
	(SELECT s.state FROM sends s WHERE s.mailing_id = m.id AND s.state IN ('finished', 'missed') ORDER BY s.slot_at DESC LIMIT 1), '')`

// chosen is the schedule of a mailing that hasn't ended: as it stands in the
// working copy while one may edit it, else as its newest revision has it.
const chosen = `CASE WHEN m.state NOT IN ('done', 'cancelled') THEN coalesce(
	(SELECT w.brief -> 'schedule' FROM working_copies w WHERE w.mailing_id = m.id AND m.state IN ('draft', 'changes_requested')),
	(SELECT r.schedule FROM revisions r WHERE r.id = m.revision_id)) END`

// sortAt is the moment by which lists are sorted: that of the send to come, of
// the choice, or of the last send; far ahead where there is none. PostgreSQL
// reads a wall clock that jumps or shows an hour twice by up to an hour otherwise
// than we do, which orders two mailings of that one night.
const sortAt = `coalesce(CASE WHEN slot_state IN ('', 'finished', 'missed') AND chosen ->> 'kind' = 'once'
	THEN nullif(chosen ->> 'at', '')::timestamp AT TIME ZONE zone END, slot_at, '9999-01-01 00:00Z')`

// orders are the ways to sort mailings: newest, changed, name, moment (the last
// to come first, and before it those that have none yet).
func orders() []paging.Order[listed] {
	id := paging.Number("m.id", func(m listed) ID { return m.ID })
	return []paging.Order[listed]{
		{Name: "newest", Down: true, Keys: []paging.Key[listed]{id}},
		{Name: "changed", Down: true, Keys: []paging.Key[listed]{paging.Moment("m.updated_at",
			func(m listed) time.Time { return m.UpdatedAt }), id}},
		{Name: "moment", Down: true, Keys: []paging.Key[listed]{paging.Moment(sortAt, func(m listed) time.Time { return m.SortAt }), id}},
		{Name: "name", Keys: []paging.Key[listed]{paging.Name("m.name", func(m listed) string { return m.Name }), id}},
	}
}

// List returns a page of mailings, the newest first unless asked otherwise.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Mailing], error) {
	found, err := paging.Select(ctx, s.db, orders(), ask, `
		SELECT `+mailingColumns+`, slot_at, slot_state, chosen, zone, `+sortAt+` AS sort_at
		  FROM mailings m
		 CROSS JOIN LATERAL (SELECT `+slot+` AS slot_at, `+slotState+` AS slot_state, `+chosen+` AS chosen,
		       (SELECT l.time_zone FROM labels l WHERE l.id = m.label_id) AS zone) AS moments
		 WHERE ($1::int[] IS NULL OR label_id = ANY($1))
		   AND ($2 = '' OR position(lower($2) IN lower(name)) > 0)
		   AND ($3::text[] IS NULL OR state = ANY($3)) AND ($4 = '' OR kind = $4)
		   AND ($5::bigint = 0 OR EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = m.revision_id AND p.advertiser_id = $5))
		   AND ($6::bigint = 0 OR EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = m.revision_id AND p.campaign_id = $6))
		   AND ($7 = '' OR created_by = $7
		        OR EXISTS (SELECT FROM revisions r WHERE r.mailing_id = m.id AND 'user:' || r.author_id = $7))
		   AND ($8::bigint = 0 OR m.id = $8)`,
		pq.Array(f.Labels), f.Name, pq.Array(f.States), f.Kind, f.Advertiser, f.Campaign, actor(f.Maker), f.ID)
	page := paging.Page[Mailing]{Items: []Mailing{}, Next: found.Next}
	for _, line := range found.Items {
		page.Items = append(page.Items, line.plain())
	}
	return page, postgres.Fault(err, "thing.mailings")
}

func actor(id accounts.UserID) string {
	if id == 0 {
		return ""
	}
	return id.Actor()
}

// SendFilter narrows a list of sends. Zero fields don't narrow.
type SendFilter struct {
	Labels  []labels.ID // nil: of all labels; empty: of none
	Mailing ID
	States  []SendState
	From    time.Time // slots from here on …
	Until   time.Time // … and before this
}

func (f *SendFilter) check() error {
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		return fault.At("until", "input.after_from")
	}
	return nil
}

// sendOrders are the ways to sort sends: newest, soonest (the first slot
// first), latest.
func sendOrders() []paging.Order[Send] {
	id := paging.Number("id", func(s Send) SendID { return s.ID })
	slot := paging.Moment("slot_at", func(s Send) time.Time { return s.SlotAt })
	return []paging.Order[Send]{
		{Name: "newest", Down: true, Keys: []paging.Key[Send]{id}},
		{Name: "soonest", Keys: []paging.Key[Send]{slot, id}},
		{Name: "latest", Down: true, Keys: []paging.Key[Send]{slot, id}},
	}
}

// List returns a page of sends, the newest first unless asked otherwise.
func (s *Sends) List(ctx context.Context, f SendFilter, ask paging.Ask) (paging.Page[Send], error) {
	if err := f.check(); err != nil {
		return paging.Page[Send]{}, err
	}
	found, err := paging.Select(ctx, s.db, sendOrders(), ask, `
		SELECT `+sendColumns+`
		  FROM sends
		 WHERE ($1::int[] IS NULL OR label_id = ANY($1)) AND ($2::bigint = 0 OR mailing_id = $2)
		   AND ($3::text[] IS NULL OR state = ANY($3))
		   AND slot_at >= coalesce($4::timestamptz, '-infinity') AND slot_at < coalesce($5::timestamptz, 'infinity')`,
		pq.Array(f.Labels), f.Mailing, pq.Array(f.States), postgres.Moment(f.From), postgres.Moment(f.Until))
	return found, postgres.Fault(err, "thing.sends")
}

// Revisions returns a page of the revisions of a mailing, the newest first,
// without their content.
func (s *Store) Revisions(ctx context.Context, id ID, ask paging.Ask) (paging.Page[Revision], error) {
	newest := []paging.Order[Revision]{{Name: "newest", Down: true, Keys: []paging.Key[Revision]{
		paging.Number("number", func(r Revision) int { return r.Number }),
	}}}
	found, err := paging.Select(ctx, s.db, newest, ask, `
		SELECT id, mailing_id, number, digest, author_id AS created_by, created_at
		  FROM revisions WHERE mailing_id = $1`, id)
	return found, postgres.Fault(err, "thing.mailing", "id", id)
}
