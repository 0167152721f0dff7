package programmes

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks"
)

// Recorder takes in what networks say of programmes, and tells the owners of
// campaigns what changed of it.
type Recorder struct {
	DB      *sqlx.DB
	Clock   clock.Clock
	Notices *notices.Store
	DeskURL string // where staff reach the desk: scheme and host, no slash at its end
	// Changed takes in what is otherwise than in the reading before.
	Changed func(ctx context.Context, tx *sqlx.Tx, in networks.Reading, all []networks.Change) error
}

// Record takes in a page of a reading. The same again changes nothing. What two
// readings in a row don't list isn't joined any more: one may miss what moved
// from page to page while it was read.
func (r *Recorder) Record(ctx context.Context, in networks.Reading, page networks.Catalogue) error {
	return postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		changed, err := r.brief(ctx, tx, in, page)
		if err != nil {
			return err
		}
		for _, p := range page.Programmes {
			if p.Brief {
				continue
			}
			found, err := r.whole(ctx, tx, in, p)
			if err != nil {
				return err
			}
			changed = append(changed, found...)
		}
		if in.Last && in.Before != nil {
			gone, err := r.gone(ctx, tx, in)
			if err != nil {
				return err
			}
			changed = append(changed, gone...)
		}
		if in.Before == nil || len(changed) == 0 {
			return nil // at first everything is new
		}
		return r.Changed(ctx, tx, in, changed)
	})
}

// gone ends the relation to programmes that two readings didn't list.
func (r *Recorder) gone(ctx context.Context, tx *sqlx.Tx, in networks.Reading) ([]networks.Change, error) {
	var rows []Listing
	err := tx.SelectContext(ctx, &rows, `
		WITH gone AS (
		  SELECT id, ref, name, relation FROM network_listings
		   WHERE connection_id = $1 AND listed_at < $2 AND relation <> 'not_joined' ORDER BY id FOR UPDATE),
		ended AS (UPDATE network_listings SET relation = 'not_joined' WHERE id IN (SELECT id FROM gone))
		SELECT * FROM gone`, in.Connection, *in.Before)
	var all []networks.Change
	for _, l := range rows {
		all = append(all, networks.Change{Kind: networks.Related, Programme: l.Ref, Name: l.Name, Facts: networks.Facts{
			Before: string(l.Relation), After: string(networks.NotJoined),
		}})
	}
	return all, postgres.Fault(err, "thing.listings")
}

// brief notes the relations of programmes of which the page says no more, and that
// those which can't be read are listed. It returns what changed.
func (r *Recorder) brief(ctx context.Context, tx *sqlx.Tx, in networks.Reading, page networks.Catalogue) ([]networks.Change, error) {
	refs, names, relations, unread := []string{}, []string{}, []string{}, []string{}
	for _, p := range page.Programmes {
		if p.Brief {
			refs, names, relations = append(refs, p.Ref), append(names, p.Name), append(relations, string(p.Relation))
		}
	}
	for _, u := range page.Unread {
		unread = append(unread, u.Number())
	}
	var rows []Listing
	if err := tx.SelectContext(ctx, &rows, `SELECT ref, relation FROM network_listings WHERE connection_id = $1 AND ref = ANY($2) FOR UPDATE`,
		in.Connection, pq.Array(refs)); err != nil {
		return nil, postgres.Fault(err, "thing.listings")
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO network_listings AS l (connection_id, ref, name, relation, listed_at)
		SELECT DISTINCT ON (ref) $1, ref, name, relation, $2
		  FROM unnest($3::text[], $4::text[], $5::text[]) AS p(ref, name, relation) ORDER BY ref
		ON CONFLICT (connection_id, ref) DO UPDATE SET name = excluded.name, relation = excluded.relation, listed_at = excluded.listed_at`,
		in.Connection, in.Began, pq.Array(refs), pq.Array(names), pq.Array(relations)); err != nil {
		return nil, postgres.Fault(err, "thing.listings")
	}
	_, err := tx.ExecContext(ctx, `UPDATE network_listings SET listed_at = $2 WHERE connection_id = $1 AND ref = ANY($3)`,
		in.Connection, in.Began, pq.Array(unread))
	return briefly(page.Programmes, rows), postgres.Fault(err, "thing.listings")
}

// briefly says what changed of programmes of which a page says no more than the
// relation. Of one that comes twice the first counts.
func briefly(all []networks.Programme, before []Listing) (changed []networks.Change) {
	was := map[string]*Listing{}
	for i := range before {
		was[before[i].Ref] = &before[i]
	}
	seen := map[string]bool{}
	for i := range all {
		p := &all[i]
		if !p.Brief || seen[p.Ref] {
			continue
		}
		seen[p.Ref] = true
		if l := was[p.Ref]; l != nil {
			changed = append(changed, difference(l, p)...)
		} else if p.Relation != networks.NotJoined {
			changed = append(changed, listedFirst(p))
		}
	}
	return changed
}

// listedFirst says that a programme is told of that wasn't before.
func listedFirst(p *networks.Programme) networks.Change {
	return networks.Change{Kind: networks.Listed, Programme: p.Ref, Name: p.Name, Facts: networks.Facts{After: string(p.Relation)}}
}

// whole takes in all that a network says of a programme, and returns what changed.
// Of one that isn't joined and never was, nothing is kept: there are thousands.
func (r *Recorder) whole(ctx context.Context, tx *sqlx.Tx, in networks.Reading, p networks.Programme) ([]networks.Change, error) {
	var before []Listing
	if err := tx.SelectContext(ctx, &before, listed+` WHERE l.connection_id = $1 AND l.ref = $2 FOR UPDATE OF l`,
		in.Connection, p.Ref); err != nil {
		return nil, postgres.Fault(err, "thing.listings")
	}
	if len(before) == 0 && p.Relation == networks.NotJoined {
		return nil, nil
	}
	var id ListingID
	if err := tx.GetContext(ctx, &id, `
		INSERT INTO network_listings AS l (connection_id, ref, name, relation, live, live_from, live_until, email, cashback, codes, sub_ids,
		                                   validation_days, currency, earnings_per_100, approval_points, listed_at, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (connection_id, ref) DO UPDATE
		   SET name = excluded.name, relation = excluded.relation, live = excluded.live, live_from = excluded.live_from,
		       live_until = excluded.live_until, email = excluded.email, cashback = excluded.cashback, codes = excluded.codes,
		       sub_ids = excluded.sub_ids, validation_days = excluded.validation_days, currency = excluded.currency,
		       earnings_per_100 = excluded.earnings_per_100, approval_points = excluded.approval_points,
		       listed_at = excluded.listed_at, read_at = excluded.read_at
		RETURNING id`,
		in.Connection, p.Ref, p.Name, p.Relation, p.Live, p.From, p.Until, p.Email, p.Cashback, p.Codes, p.SubIDs, p.ValidationDays,
		p.Currency, p.EarningsPer100, p.ApprovalPoints, in.Began, r.Clock.Now()); err != nil {
		return nil, postgres.Fault(err, "thing.listings")
	}
	changed, err := r.terms(ctx, tx, id, &p)
	switch {
	case err != nil:
		return nil, err
	case len(before) == 0:
		return []networks.Change{listedFirst(&p)}, nil
	}
	was, is := before[0], p
	if was.ReadAt == nil { // what it pays is read first, and no news
		return difference(&was, &is), nil
	}
	if changed = append(difference(&was, &is), changed...); len(changed) > 0 {
		err = r.tell(ctx, tx, in, &was, changed)
	}
	return changed, err
}

// terms notes what a listing's groups pay now, and returns what changed. nil says
// nothing of them.
func (r *Recorder) terms(ctx context.Context, tx *sqlx.Tx, id ListingID, p *networks.Programme) (all []networks.Change, err error) {
	if p.Terms == nil {
		return nil, nil
	}
	var held []Term
	if err := tx.SelectContext(ctx, &held, `
		SELECT group_ref, name, kind, basis_points, minor_units, currency, since
		  FROM network_terms WHERE listing_id = $1 AND ended_at IS NULL ORDER BY id FOR UPDATE`, id); err != nil {
		return nil, postgres.Fault(err, "thing.listing", "id", id)
	}
	note := func(before, after *Term) { all = append(all, changedTerm(p, before, after)) }
	at, fresh := r.Clock.Now(), map[string]Term{}
	var order []Term
	for _, t := range p.Terms {
		if _, twice := fresh[t.Group]; twice {
			continue
		}
		fresh[t.Group] = Term{t.Group, t.Name, t.Kind, t.BasisPoints, t.Minor, t.Currency, at, nil}
		order = append(order, fresh[t.Group])
	}
	kept := map[string]bool{}
	for _, old := range held {
		next, still := fresh[old.Group]
		if still && next.same(old) {
			kept[old.Group] = true
			continue
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE network_terms SET ended_at = greatest($3, since) WHERE listing_id = $1 AND group_ref = $2 AND ended_at IS NULL`,
			id, old.Group, at); err != nil {
			return nil, postgres.Fault(err, "thing.listing", "id", id)
		}
		if still {
			note(&old, &next)
		} else {
			note(&old, nil)
		}
	}
	known := map[string]bool{}
	for _, old := range held {
		known[old.Group] = true
	}
	for _, t := range order {
		if kept[t.Group] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO network_terms (listing_id, group_ref, name, kind, basis_points, minor_units, currency, since)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, id, t.Group, t.Name, t.Kind, t.BasisPoints, t.MinorUnits, t.Currency, at); err != nil {
			return nil, postgres.Fault(err, "thing.listing", "id", id)
		}
		if !known[t.Group] {
			note(nil, &t)
		}
	}
	return all, nil
}

// changedTerm says that a group pays something else; nil is nothing.
func changedTerm(p *networks.Programme, before, after *Term) networks.Change {
	change := networks.Change{Kind: networks.Pays, Programme: p.Ref, Name: p.Name}
	if before != nil {
		paid := before.said()
		change.Facts.Paid = &paid
	}
	if after != nil {
		pays := after.said()
		change.Facts.Pays = &pays
	}
	return change
}

// difference says what else changed of a programme.
func difference(was *Listing, is *networks.Programme) (all []networks.Change) {
	note := func(kind networks.ChangeKind, facts networks.Facts) {
		all = append(all, networks.Change{Kind: kind, Programme: is.Ref, Name: is.Name, Facts: facts})
	}
	if was.Relation != is.Relation {
		note(networks.Related, networks.Facts{Before: string(was.Relation), After: string(is.Relation)})
	}
	if is.Brief || was.ReadAt == nil {
		return all
	}
	switch {
	case was.Live && !is.Live:
		note(networks.Stopped, networks.Facts{})
	case !was.Live && is.Live:
		note(networks.Resumed, networks.Facts{})
	}
	if before, after := lastDay(was.Until), lastDay(is.Until); before != after {
		note(networks.Ends, networks.Facts{Before: before, After: after})
	}
	for _, t := range Topics() {
		after := map[Topic]networks.Policy{Email: is.Email, Cashback: is.Cashback, Codes: is.Codes}[t]
		if before := was.Says(t); before != after {
			note(networks.Allows, networks.Facts{Topic: string(t), Before: string(before), After: string(after)})
		}
	}
	return all
}

// lastDay is the day within which something ends; empty if it doesn't.
func lastDay(until *time.Time) string {
	if until == nil {
		return ""
	}
	return until.Add(-time.Microsecond).UTC().Format(time.DateOnly)
}

// owned is a campaign that runs or is to come, with somebody who is told about it.
type owned struct {
	Campaign campaigns.ID    `db:"campaign_id"`
	Name     string          `db:"campaign"`
	User     accounts.UserID `db:"user_id"`
	Person   string          `db:"person"`
	Email    string          `db:"email"`
	Locale   string          `db:"locale"`
}

// tell mails the owners of campaigns under a programme what changed of it. The
// owner of a campaign is who changed it last; of one that nobody who works here
// now did, the label's planners are told.
func (r *Recorder) tell(ctx context.Context, tx *sqlx.Tx, in networks.Reading, l *Listing, changed []networks.Change) error {
	var all []owned
	if err := tx.SelectContext(ctx, &all, `
		WITH running AS (
		  SELECT c.id, c.name, (SELECT u.id FROM audit_log a JOIN users u ON a.actor = 'user:' || u.id
		                         WHERE a.subject = 'campaigns:' || c.id AND u.disabled_at IS NULL ORDER BY a.seq DESC LIMIT 1) AS owner
		    FROM campaigns c JOIN programmes p ON p.id = c.programme_id JOIN labels b ON b.id = c.label_id
		   WHERE c.label_id = $1 AND p.network = $2 AND p.ref = $3 AND c.ends_on >= ($4::timestamptz AT TIME ZONE b.time_zone)::date)
		SELECT r.id AS campaign_id, r.name AS campaign, u.id AS user_id, u.name AS person, u.email, u.locale
		  FROM running r JOIN users u ON u.disabled_at IS NULL AND (u.id = r.owner OR r.owner IS NULL AND EXISTS (
		         SELECT FROM user_roles o WHERE o.user_id = u.id AND o.label_id = $1 AND o.role = 'planner'))
		 ORDER BY r.id, u.id`, l.Label, l.Network, l.Ref, r.Clock.Now()); err != nil {
		return postgres.Fault(err, "thing.campaigns")
	}
	for _, o := range all {
		say, text := words.In(o.Locale), make([]string, len(changed))
		for i, c := range changed {
			text[i] = c.Said(say)
		}
		label := int(l.Label)
		if err := r.Notices.Queue(ctx, tx, notices.Notice{
			Key:     fmt.Sprintf("programme:%d:%d:campaign:%d:user:%d", l.ID, in.Began.Unix(), o.Campaign, o.User),
			LabelID: &label, Recipient: o.Email,
			Letter: notices.Write(o.Locale, "programme_letter.changed", "name", o.Person, "programme", l.Name, "account", l.Account,
				"campaign", o.Name, "lines", strings.Join(text, "\n"), "url", fmt.Sprintf("%s/campaigns/%d", r.DeskURL, o.Campaign)),
		}); err != nil {
			return err
		}
	}
	return nil
}
