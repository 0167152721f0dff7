package programmes

import (
	"cmp"
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
}

// Record takes in a page of a reading. The same again changes nothing. What two
// readings in a row don't list isn't joined any more: one may miss what moved
// from page to page while it was read.
func (r *Recorder) Record(ctx context.Context, in networks.Reading, page networks.Catalogue) error {
	return postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		if err := r.brief(ctx, tx, in, page); err != nil {
			return err
		}
		for _, p := range page.Programmes {
			if p.Brief {
				continue
			}
			if err := r.whole(ctx, tx, in, p); err != nil {
				return err
			}
		}
		if !in.Last || in.Before == nil {
			return nil
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE network_listings SET relation = 'not_joined' WHERE connection_id = $1 AND listed_at < $2 AND relation <> 'not_joined'`,
			in.Connection, *in.Before)
		return postgres.Fault(err, "thing.listings")
	})
}

// brief notes the relations of programmes of which the page says no more, and that
// those which can't be read are listed.
func (r *Recorder) brief(ctx context.Context, tx *sqlx.Tx, in networks.Reading, page networks.Catalogue) error {
	refs, names, relations, unread := []string{}, []string{}, []string{}, []string{}
	for _, p := range page.Programmes {
		if p.Brief {
			refs, names, relations = append(refs, p.Ref), append(names, p.Name), append(relations, string(p.Relation))
		}
	}
	for _, u := range page.Unread {
		unread = append(unread, u.Ref)
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO network_listings AS l (connection_id, ref, name, relation, listed_at)
		SELECT DISTINCT ON (ref) $1, ref, name, relation, $2
		  FROM unnest($3::text[], $4::text[], $5::text[]) AS p(ref, name, relation) ORDER BY ref
		ON CONFLICT (connection_id, ref) DO UPDATE SET name = excluded.name, relation = excluded.relation, listed_at = excluded.listed_at`,
		in.Connection, in.Began, pq.Array(refs), pq.Array(names), pq.Array(relations)); err != nil {
		return postgres.Fault(err, "thing.listings")
	}
	_, err := tx.ExecContext(ctx, `UPDATE network_listings SET listed_at = $2 WHERE connection_id = $1 AND ref = ANY($3)`,
		in.Connection, in.Began, pq.Array(unread))
	return postgres.Fault(err, "thing.listings")
}

// whole takes in all that a network says of a programme. Of one that isn't joined
// and never was, nothing is kept: there are thousands.
func (r *Recorder) whole(ctx context.Context, tx *sqlx.Tx, in networks.Reading, p networks.Programme) error {
	var before []Listing
	if err := tx.SelectContext(ctx, &before, listed+` WHERE l.connection_id = $1 AND l.ref = $2 FOR UPDATE OF l`,
		in.Connection, p.Ref); err != nil {
		return postgres.Fault(err, "thing.listings")
	}
	if len(before) == 0 && p.Relation == networks.NotJoined {
		return nil
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
		return postgres.Fault(err, "thing.listings")
	}
	changed, err := r.terms(ctx, tx, id, p.Terms)
	if err != nil || len(before) == 0 || before[0].ReadAt == nil {
		return err
	}
	was, is := before[0], p
	lines := append(difference(&was, &is), changed...)
	if len(lines) == 0 {
		return nil
	}
	return r.tell(ctx, tx, in, &was, lines)
}

// terms notes what a listing's groups pay now, and returns what changed. nil says
// nothing of them.
func (r *Recorder) terms(ctx context.Context, tx *sqlx.Tx, id ListingID, now []networks.Term) (lines []line, err error) {
	if now == nil {
		return nil, nil
	}
	var held []Term
	if err := tx.SelectContext(ctx, &held, `
		SELECT group_ref, name, kind, basis_points, minor_units, currency, since
		  FROM network_terms WHERE listing_id = $1 AND ended_at IS NULL ORDER BY id FOR UPDATE`, id); err != nil {
		return nil, postgres.Fault(err, "thing.listing", "id", id)
	}
	at, fresh := r.Clock.Now(), map[string]Term{}
	var order []Term
	for _, t := range now {
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
		changed := line{before: &old}
		if still {
			changed.after = &next
		}
		lines = append(lines, changed)
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
			lines = append(lines, line{after: &t})
		}
	}
	return lines, nil
}

// line is one thing that changed: a term, or what a message says.
type line struct {
	before, after *Term
	said          words.Message
}

// in says the line in a language.
func (l line) in(say words.Speaker) string {
	if !l.said.IsZero() {
		return say.Say(l.said)
	}
	pays := func(t *Term) string {
		if t == nil {
			return "–"
		}
		return t.Pays(say)
	}
	return cmp.Or(l.after, l.before).called(say) + ": " + pays(l.before) + " → " + pays(l.after)
}

// difference says what else changed of a programme.
func difference(was *Listing, is *networks.Programme) (lines []line) {
	if was.Relation != is.Relation {
		lines = append(lines, line{said: words.Of("programme_letter.relation", "before", was.Relation, "after", is.Relation)})
	}
	if was.Live && !is.Live {
		lines = append(lines, line{said: words.Of("programme_letter.stopped")})
	}
	if is.Until != nil && (was.Until == nil || !was.Until.Equal(*is.Until)) {
		lines = append(lines, line{said: words.Of("programme_letter.until", "day", is.Until.UTC().Format(time.DateOnly))})
	}
	for _, t := range Topics() {
		after := map[Topic]networks.Policy{Email: is.Email, Cashback: is.Cashback, Codes: is.Codes}[t]
		if before := was.Says(t); before != after {
			lines = append(lines, line{said: words.Of("programme_letter.policy", "topic", t, "before", before, "after", after)})
		}
	}
	return lines
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
func (r *Recorder) tell(ctx context.Context, tx *sqlx.Tx, in networks.Reading, l *Listing, lines []line) error {
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
		say, text := words.In(o.Locale), make([]string, len(lines))
		for i, changed := range lines {
			text[i] = changed.in(say)
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
