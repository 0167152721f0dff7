package claims

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
	"keur/tracking"
)

// Store keeps cases, and mails what is claimed.
type Store struct {
	db      *sqlx.DB
	ring    *tracking.Keyring
	users   *accounts.Store
	notices *notices.Store
	clock   clock.Clock
}

// NewStore returns the store of cases in db. ring writes the sub-ids of clicks, and
// users says who asks.
func NewStore(db *sqlx.DB, ring *tracking.Keyring, users *accounts.Store, post *notices.Store, clk clock.Clock) *Store {
	return &Store{db: db, ring: ring, users: users, notices: post, clock: clk}
}

// columns are those of a case, none of them null but its moments and days.
const columns = `id, label_id, member_id, advertiser_id, coalesce(kind, '') AS kind, order_ref, ordered_on, sale_minor, currency, note,
	click_ref, coalesce(conversion_id, 0) AS conversion_id, coalesce(connection_id, 0) AS connection_id, state, sub_id, clicked_at,
	claim_by, claimed_at, claimed_via, claimed_to, answer_by, answer, asks, told_at, created_by, created_at, updated_at`

// Open makes a case of a member of the label, with what is likely filled in that
// the facts leave out.
func (s *Store) Open(ctx context.Context, label labels.ID, member members.ID, f Facts) (Case, error) {
	var made Case
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		zone, err := zoneOf(ctx, tx, label)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if err := f.Check(civil.DateOf(now.In(zone))); err != nil {
			return err
		}
		c := Case{Label: label, Member: member, Facts: f, State: Open}
		known, err := s.known(ctx, tx, c)
		if err != nil {
			return err
		}
		c.Facts = known.Suggest(f)
		if err := c.lean(known); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &made, `
			INSERT INTO member_cases (label_id, member_id, advertiser_id, kind, order_ref, ordered_on, sale_minor, currency, note, click_ref,
			                          sub_id, clicked_at, conversion_id, connection_id, claim_by, created_at, updated_at)
			VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, $10, $11, $12, nullif($13::bigint, 0), nullif($14, 0), $15, $16, $16)
			RETURNING `+columns, c.Label, c.Member, c.Advertiser, c.Kind, c.Order, c.Ordered, c.Sale, c.Currency, c.Note, c.Click,
			c.SubID, c.Clicked, c.Conversion, c.Connection, c.ClaimBy, now); err != nil {
			return postgres.Fault(err, "thing.case")
		}
		return s.step(ctx, tx, made, made.Note)
	})
	return made, err
}

// lean takes over from what is known what the facts name: a click, a transaction
// and an account of theirs, and no others.
func (c *Case) lean(k Known) error {
	var wrong fault.List
	c.SubID, c.Clicked, c.ClaimBy = "", nil, nil
	if click, is := k.click(c.Facts); is {
		c.SubID, c.Clicked = click.SubID, &click.At
	} else if c.Click != "" {
		wrong.Add("click_ref", "claims.no_such_click")
	}
	if s := k.of(c.Facts); c.Conversion != 0 && (s == nil || s.ID != c.Conversion || s.Others) {
		wrong.Add("conversion_id", "claims.no_such_sale")
	}
	if a, is := k.account(c.Facts); is {
		c.ClaimBy = a.Until
	} else if c.Connection != 0 {
		wrong.Add("connection_id", "claims.no_such_account")
	}
	return wrong.Err()
}

// Get returns the case.
func (s *Store) Get(ctx context.Context, id ID) (Case, error) {
	var c Case
	err := s.db.GetContext(ctx, &c, `SELECT `+columns+` FROM member_cases WHERE id = $1`, id)
	return c, postgres.Fault(err, "thing.case_numbered", "id", id)
}

// Change fills the facts of a case in anew, while nobody was asked.
func (s *Store) Change(ctx context.Context, id ID, f Facts) (Case, error) {
	return s.update(ctx, id, func(tx *sqlx.Tx, c *Case) (string, error) {
		zone, err := zoneOf(ctx, tx, c.Label)
		if err != nil {
			return "", err
		}
		if err := f.Check(civil.DateOf(s.clock.Now().In(zone))); err != nil {
			return "", err
		}
		if err := c.Change(f); err != nil {
			return "", err
		}
		if err := notBeingSent(ctx, tx, id); err != nil {
			return "", err
		}
		known, err := s.known(ctx, tx, *c)
		if err != nil {
			return "", err
		}
		return "", c.lean(known)
	})
}

// Decide notes what the network or shop answered.
func (s *Store) Decide(ctx context.Context, id ID, granted bool, said string) (Case, error) {
	return s.update(ctx, id, func(_ *sqlx.Tx, c *Case) (string, error) { return said, c.Decide(granted, said) })
}

// Close ends a case of which there is nothing to ask.
func (s *Store) Close(ctx context.Context, id ID, why string) (Case, error) {
	return s.update(ctx, id, func(_ *sqlx.Tx, c *Case) (string, error) { return why, c.Close(why) })
}

// Reopen takes up a case again that was closed.
func (s *Store) Reopen(ctx context.Context, id ID) (Case, error) {
	return s.update(ctx, id, func(_ *sqlx.Tx, c *Case) (string, error) { return "", c.Reopen() })
}

// Tell notes that the member was told how it ended.
func (s *Store) Tell(ctx context.Context, id ID) (Case, error) {
	return s.update(ctx, id, func(_ *sqlx.Tx, c *Case) (string, error) { return "", c.Tell(s.clock.Now()) })
}

// update locks a case, lets change apply, and saves it, with a step of its history
// if its state changed or something was said.
func (s *Store) update(ctx context.Context, id ID, change func(tx *sqlx.Tx, c *Case) (said string, err error)) (Case, error) {
	var c Case
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		c, err = amend(ctx, s, tx, id, change)
		return err
	})
	return c, err
}

// amend is update within a transaction. What changes nothing isn't written, as not
// everybody whose news leave a case as it is may write it.
func amend(
	ctx context.Context, s *Store, tx *sqlx.Tx, id ID, change func(tx *sqlx.Tx, c *Case) (said string, err error),
) (c Case, err error) {
	if err := tx.GetContext(ctx, &c, `SELECT `+columns+` FROM member_cases WHERE id = $1 FOR UPDATE`, id); err != nil {
		return c, postgres.Fault(err, "thing.case_numbered", "id", id)
	}
	before := c
	said, err := change(tx, &c)
	if err != nil || c == before && said == "" {
		return c, err
	}
	c.UpdatedAt = s.clock.Now()
	if _, err := tx.ExecContext(ctx, `
		UPDATE member_cases
		   SET advertiser_id = $2, kind = nullif($3, ''), order_ref = $4, ordered_on = $5, sale_minor = $6, currency = $7, note = $8,
		       click_ref = $9, sub_id = $10, clicked_at = $11, conversion_id = nullif($12::bigint, 0), connection_id = nullif($13, 0),
		       state = $14, claim_by = $15, claimed_at = $16, claimed_via = $17, claimed_to = $18, answer_by = $19, answer = $20,
		       asks = $21, told_at = $22, updated_at = $23
		 WHERE id = $1`, id, c.Advertiser, c.Kind, c.Order, c.Ordered, c.Sale, c.Currency, c.Note, c.Click, c.SubID, c.Clicked,
		c.Conversion, c.Connection, c.State, c.ClaimBy, c.ClaimedAt, c.ClaimedVia, c.ClaimedTo, c.AnswerBy, c.Answer,
		c.Asks, c.ToldAt, c.UpdatedAt); err != nil {
		return c, postgres.Fault(err, "thing.case_numbered", "id", id)
	}
	if c.State == before.State && said == "" {
		return c, nil
	}
	return c, s.step(ctx, tx, c, said)
}

// step adds to the history of a case.
func (s *Store) step(ctx context.Context, tx *sqlx.Tx, c Case, said string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO member_case_steps (case_id, state, said, at) VALUES ($1, $2, $3, $4)`,
		c.ID, c.State, said, s.clock.Now())
	return postgres.Fault(err, "thing.case_numbered", "id", c.ID)
}

// Step is one of a case's history: a state, since when, and what was said with it.
type Step struct {
	ID    int64     `db:"id" json:"id"`
	State State     `db:"state" json:"state"`
	Said  string    `db:"said" json:"said"`
	By    string    `db:"made_by" json:"made_by"`
	At    time.Time `db:"at" json:"at"`
}

// Line names a step among those of its case.
func (s Step) Line() string { return fmt.Sprint(s.ID) }

// Steps returns the history of a case, the newest first.
func (s *Store) Steps(ctx context.Context, id ID) ([]Step, error) {
	found := []Step{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT id, state, said, made_by, at FROM member_case_steps WHERE case_id = $1 ORDER BY id DESC`, id)
	return found, postgres.Fault(err, "thing.case_numbered", "id", id)
}

// Filter narrows a list of cases. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Member     members.ID
	Advertiser campaigns.AdvertiserID
	State      State
	Waiting    bool   // only those of which somebody has to do something
	Order      string // the shop's number
}

// Row is a case in a list.
type Row struct {
	Case
	Name    string `db:"advertiser" json:"advertiser_name"`
	Account string `db:"account" json:"connection_name,omitempty"` // the name of the connection
}

// List returns a page of cases, the newest first, or by the day by which something
// is due.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Row], error) {
	id := paging.Number("id", func(l Row) ID { return l.ID })
	due := paging.Day(dueOn, func(l Row) civil.Date { return l.due() })
	zone, err := zoneOf(ctx, s.db, f.Label)
	if err != nil {
		return paging.Page[Row]{}, err
	}
	found, err := paging.Select(ctx, s.db, []paging.Order[Row]{
		{Name: "newest", Down: true, Keys: []paging.Key[Row]{id}}, {Name: "due", Keys: []paging.Key[Row]{due, id}},
	}, ask, `
		SELECT * FROM (
		  SELECT `+columns+`, (SELECT name FROM advertisers a WHERE a.id = advertiser_id) AS advertiser,
		         coalesce((SELECT name FROM network_connections n WHERE n.id = connection_id), '') AS account
		    FROM member_cases) c
		 WHERE label_id = $1 AND ($2 = 0 OR member_id = $2) AND ($3::bigint = 0 OR advertiser_id = $3) AND ($4 = '' OR state = $4)
		   AND ($5 = '' OR order_ref = $5)
		   AND (NOT $6 OR CASE state WHEN 'open' THEN true WHEN 'claimed' THEN asks <> '' OR answer_by < $7 ELSE told_at IS NULL END)`,
		f.Label, f.Member, f.Advertiser, f.State, f.Order, f.Waiting, civil.DateOf(s.clock.Now().In(zone)))
	return found, postgres.Fault(err, "thing.cases")
}

// dueOn is the day by which something is due of a case; those of which there is no
// such day come last.
const dueOn = `coalesce(CASE state WHEN 'open' THEN claim_by WHEN 'claimed' THEN answer_by END, DATE '2099-12-31')`

// due is dueOn in Go.
func (c Case) due() civil.Date {
	day := map[State]*civil.Date{Open: c.ClaimBy, Claimed: c.AnswerBy}[c.State]
	if day == nil {
		return civil.Date{Year: 2099, Month: 12, Day: 31}
	}
	return *day
}

// mostWaiting bounds what is counted.
const mostWaiting = 1_000

// Waiting counts the cases of a label of which somebody has to do something, no
// further than a person looks.
func (s *Store) Waiting(ctx context.Context, label labels.ID) (int, error) {
	zone, err := zoneOf(ctx, s.db, label)
	if err != nil {
		return 0, err
	}
	var n int
	err = s.db.GetContext(ctx, &n, `
		SELECT count(*) FROM (
		  SELECT FROM member_cases
		   WHERE label_id = $1 AND CASE state WHEN 'open' THEN true WHEN 'claimed' THEN asks <> '' OR answer_by < $2 ELSE told_at IS NULL END
		   LIMIT $3) w`, label, civil.DateOf(s.clock.Now().In(zone)), mostWaiting)
	return n, postgres.Fault(err, "thing.cases")
}
