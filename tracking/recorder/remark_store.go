package recorder

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/tracking"
)

// remarked is a click in the base that turned out to be a machine's.
type remarked struct {
	Link int64     `db:"link_id"`
	At   time.Time `db:"at"`
}

// remark turns clicks that passed for human into a machine's, and takes back
// what was counted of them. Scanners do this to few mails, so one at a time.
func (t *tally) remark(ctx context.Context, tx *sqlx.Tx, m mark) error {
	f := m.of
	var clicks []remarked
	if err := tx.SelectContext(ctx, &clicks, `
		UPDATE events SET machine = true, reason = $4
		 WHERE send_month = $1 AND send_id = $2 AND member_id = $3 AND kind = 'click' AND NOT machine AND at >= $5
		RETURNING coalesce(link_id, 0) AS link_id, at`,
		f.send.month, f.send.ID, f.ref.Member, m.reason, m.since); err != nil {
		return fmt.Errorf("mark the clicks before: %w", err)
	}
	if len(clicks) == 0 {
		return nil
	}
	slices.SortFunc(clicks, func(a, b remarked) int { return a.At.Compare(b.At) })
	var left struct {
		Clicks int           `db:"clicks"`
		Links  pq.Int64Array `db:"links"`
	}
	// What is left is read from the events themselves: of one delivery they are few.
	if err := tx.GetContext(ctx, &left, `
		WITH human AS (
		  SELECT count(*) AS clicks, min(at) AS first, coalesce(array_agg(DISTINCT link_id), '{}') AS links
		    FROM events
		   WHERE send_month = $1 AND send_id = $2 AND member_id = $3 AND kind = 'click' AND NOT machine)
		UPDATE engagements e
		   SET clicks = h.clicks, machine_clicks = e.machine_clicks + $4, first_click_at = h.first, links = h.links
		  FROM human h
		 WHERE e.send_month = $1 AND e.send_id = $2 AND e.member_id = $3
		RETURNING e.clicks, e.links`, f.send.month, f.send.ID, f.ref.Member, len(clicks)); err != nil {
		return fmt.Errorf("take back the clicks before: %w", err)
	}
	t.takeBack(f, clicks, left.Clicks, left.Links)
	return nil
}

// takeBack undoes the counts of clicks, of which the member's other human
// clicks and links are left.
func (t *tally) takeBack(f *fetch, clicks []remarked, leftClicks int, leftLinks []int64) {
	if leftClicks == 0 {
		t.deltas = append(t.deltas, f.delta(tracking.ClickUnique, clicks[0].At, 0, -1))
	}
	gone := slices.Clone(leftLinks)
	for _, c := range clicks {
		t.deltas = append(t.deltas, f.delta(tracking.ClickTotal, c.At, c.Link, -1), f.delta(tracking.ClickMachine, c.At, c.Link, 1))
		if !slices.Contains(gone, c.Link) { // the first of the link's clicks was the unique one
			for _, repeat := range f.send.repeats(c.Link, gone) {
				t.deltas = append(t.deltas, f.delta(repeat, c.At, c.Link, -1))
			}
			gone = append(gone, c.Link)
			t.deltas = append(t.deltas, f.delta(tracking.ClickLinkUnique, c.At, c.Link, -1))
		}
		t.behaviours[f.behaviourAt(c.At, f.send.link(c.Link).Campaign)]--
	}
	t.emptied = append(t.emptied, f.behaviourAt(clicks[0].At, 0))
}

// dropEmpty deletes the behaviours of which nothing is left, in the order in
// which all lock.
func (t *tally) dropEmpty(ctx context.Context, tx *sqlx.Tx) error {
	if len(t.emptied) == 0 {
		return nil
	}
	slices.SortFunc(t.emptied, inOrder)
	var labels pq.Int32Array
	var mailings, members pq.Int64Array
	var days pq.StringArray
	for _, b := range t.emptied {
		labels, mailings = append(labels, int32(b.label)), append(mailings, b.mailing)
		members, days = append(members, b.member), append(days, b.day)
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM behaviours b USING unnest($1::int[], $2::bigint[], $3::bigint[], $4::date[]) AS u(label, mailing, member, since)
		 WHERE b.label_id = u.label AND b.kind = 'click' AND b.mailing_id = u.mailing AND b.member_id = u.member AND b.day >= u.since
		   AND b.n <= 0`, labels, mailings, members, days)
	if err != nil {
		return fmt.Errorf("take back behaviours: %w", err)
	}
	return nil
}
