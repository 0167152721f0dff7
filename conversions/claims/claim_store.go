package claims

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/civil"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/notices"
	"keur/internal/postgres"
)

// Pack is what would be asked of the network or shop: a mail, with the files of
// the case.
type Pack struct {
	To      string `json:"to"` // the address that is known; empty: none is
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Pack returns the claim of a case as whoever acts would mail it, in the language of
// its label. It is empty while it isn't said what is wrong.
func (s *Store) Pack(ctx context.Context, c Case, k Known) (Pack, error) {
	if c.Kind == "" {
		return Pack{}, nil
	}
	by, err := s.actor(ctx)
	if err != nil {
		return Pack{}, err
	}
	l, err := write(ctx, s.db, c, k, by, "")
	a, _ := k.account(c.Facts)
	return Pack{To: a.Address, Subject: l.Subject, Text: l.Body}, err
}

// write writes the claim of a case.
func write(ctx context.Context, q sqlx.QueryerContext, c Case, k Known, by accounts.User, remark string) (notices.Letter, error) {
	var of struct{ Advertiser, Locale string }
	if err := sqlx.GetContext(ctx, q, &of, `
		SELECT (SELECT name FROM advertisers WHERE id = $1) AS advertiser, (SELECT locale FROM labels WHERE id = $2) AS locale`,
		c.Advertiser, c.Label); err != nil {
		return notices.Letter{}, postgres.Fault(err, "thing.advertiser", "id", c.Advertiser)
	}
	return letter(of.Locale, c, k, of.Advertiser, by, remark), nil
}

// actor returns the user who acts, whom the network answers. Returns a forbidden
// fault if it is nobody with an address.
func (s *Store) actor(ctx context.Context) (accounts.User, error) {
	number, is := strings.CutPrefix(postgres.Actor(ctx), "user:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil {
		return accounts.User{}, fault.New(fault.Forbidden, "claims.nobody")
	}
	return s.users.Get(ctx, accounts.UserID(id))
}

// Claim mails the claim of a case to an address, with a remark if there is more to
// say, and with the files of the case.
func (s *Store) Claim(ctx context.Context, id ID, to, remark string) (Case, error) {
	if !form.Lines(remark, maxNote) {
		return Case{}, fault.At("remark", "input.use_at_most_characters", "most", maxNote)
	}
	by, err := s.actor(ctx)
	if err != nil {
		return Case{}, err
	}
	return s.update(ctx, id, func(tx *sqlx.Tx, c *Case) (string, error) {
		if err := notBeingSent(ctx, tx, id); err != nil {
			return "", err
		}
		known, err := s.known(ctx, tx, *c)
		if err != nil {
			return "", err
		}
		if err := claimed(ctx, s, tx, c, known, ByMail, to); err != nil {
			return "", err
		}
		return s.post(ctx, tx, *c, known, by, remark)
	})
}

// claimed notes that a case is claimed now.
func claimed(ctx context.Context, s *Store, q sqlx.QueryerContext, c *Case, k Known, by Way, to string) error {
	zone, err := zoneOf(ctx, q, c.Label)
	if err != nil {
		return err
	}
	a, _ := k.account(c.Facts)
	now := s.clock.Now()
	return c.Claim(by, to, now, a.answers(civil.DateOf(now.In(zone))))
}

// post queues the mail of a claim, and returns what it says.
func (s *Store) post(ctx context.Context, tx *sqlx.Tx, c Case, k Known, by accounts.User, remark string) (string, error) {
	mail, err := write(ctx, tx, c, k, by, remark)
	if err != nil {
		return "", err
	}
	var before int // how often it was claimed
	if err := tx.GetContext(ctx, &before, `
		SELECT count(*) FROM member_case_steps WHERE case_id = $1 AND state = 'claimed'`, c.ID); err != nil {
		return "", postgres.Fault(err, "thing.case_numbered", "id", c.ID)
	}
	if err := tx.SelectContext(ctx, &mail.Attached, `
		SELECT name, bytes FROM member_case_files WHERE case_id = $1 ORDER BY id`, c.ID); err != nil {
		return "", postgres.Fault(err, "thing.case_numbered", "id", c.ID)
	}
	label := int(c.Label)
	return mail.Subject + "\n\n" + mail.Body, s.notices.Queue(ctx, tx, notices.Notice{
		Key: fmt.Sprintf("claim:%d:%d", c.ID, before+1), LabelID: &label, Recipient: c.ClaimedTo, Letter: mail,
	})
}

// Settle grants the claims of which the network reports by now what was asked: the
// sale that was missing, its whole amount, or that it is approved. Returns how many.
func (s *Store) Settle(ctx context.Context) (int, error) {
	page := func(ctx context.Context, after settled) (found []settled, err error) {
		err = s.db.SelectContext(ctx, &found, `
			SELECT c.id AS case_id, min(v.id) AS conversion_id
			  FROM member_cases c JOIN conversions v
			    ON v.label_id = c.label_id AND (v.id = c.conversion_id OR v.order_ref = c.order_ref AND v.order_ref <> '')
			 WHERE c.state = 'claimed' AND c.id > $2
			   AND case_settled(c.kind, c.conversion_id, c.advertiser_id, c.member_id, c.sale_minor, c.currency, v)
			 GROUP BY c.id ORDER BY c.id LIMIT $1`, settleAtOnce, after.Case)
		return found, postgres.Fault(err, "thing.cases")
	}
	return each.Pages(ctx, 1, page, func(ctx context.Context, f settled) error {
		_, err := s.update(ctx, f.Case, func(_ *sqlx.Tx, c *Case) (string, error) {
			c.Conversion = f.Conversion
			return "", c.Decide(true, "")
		})
		if err == nil || fault.Is(err, fault.Conflict) && !postgres.Refused(err) { // a person was quicker
			return nil
		}
		return fmt.Errorf("settle case %d: %w", f.Case, err)
	})
}

// settled is a claim and what came of it.
type settled struct {
	Case       ID             `db:"case_id"`
	Conversion conversions.ID `db:"conversion_id"`
}

// settleAtOnce is how many claims are read at once.
const settleAtOnce = 500

// Advertisers returns those to whom the member of a case may have gone: of their
// clicks, and of the label's campaigns.
func (s *Store) Advertisers(ctx context.Context, c Case) (visited, others []campaigns.Advertiser, err error) {
	var rows []struct {
		campaigns.Advertiser
		Visited bool `db:"visited"`
	}
	err = s.db.SelectContext(ctx, &rows, `
		SELECT a.id, a.name, v.id IS NOT NULL AS visited
		  FROM advertisers a
		  LEFT JOIN (
		       SELECT DISTINCT k.advertiser_id AS id
		         FROM sends s
		        CROSS JOIN LATERAL (
		              SELECT e.link_id FROM events e
		               WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $2 AND e.kind = 'click' OFFSET 0) e
		         JOIN links l ON l.id = e.link_id
		         JOIN campaigns k ON k.id = l.campaign_id
		        WHERE s.label_id = $1) v ON v.id = a.id
		 WHERE v.id IS NOT NULL OR EXISTS (SELECT FROM campaigns k WHERE k.advertiser_id = a.id AND k.label_id = $1)
		 ORDER BY visited DESC, a.name COLLATE names, a.id LIMIT $3`, c.Label, c.Member, mostAdvertisers)
	for _, r := range rows {
		if r.Visited {
			visited = append(visited, r.Advertiser)
		} else {
			others = append(others, r.Advertiser)
		}
	}
	return visited, others, postgres.Fault(err, "thing.advertisers")
}

// mostAdvertisers bounds those that a person chooses from.
const mostAdvertisers = 1_000
