package payments

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
)

// Store keeps payments and invoices.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of payments in db.
func NewStore(db *sqlx.DB, clk clock.Clock) *Store { return &Store{db: db, clock: clk} }

const columns = `id, label_id, coalesce(connection_id, 0) AS connection_id, coalesce(advertiser_id, 0) AS advertiser_id, number, issued_on,
	due_on, amount_minor, currency, paid_on, paid_minor, told_minor, coalesce(told_currency, '') AS told_currency, told_paid_on, told_at,
	note, version, created_by, created_at`

// refused returns what kept a payment from being saved: another has its number.
func refused(err error, p Payment) error {
	if postgres.Breaks(err, "payments_of_network") || postgres.Breaks(err, "payments_of_advertiser") {
		return fault.Wrap(err, fault.Conflict, "payments.number_taken", "number", p.Number)
	}
	return postgres.Fault(err, "thing.payment", "number", p.Number)
}

// Create keeps a payment of the label.
func (s *Store) Create(ctx context.Context, p Payment) (Payment, error) {
	if err := p.Validate(); err != nil {
		return Payment{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return refused(tx.GetContext(ctx, &p, `
			INSERT INTO payments (label_id, connection_id, advertiser_id, number, issued_on, due_on, amount_minor, currency, paid_on,
			                      paid_minor, note, created_at)
			VALUES ($1, nullif($2, 0), nullif($3::bigint, 0), $4, $5, $6, $7, $8, $9, $10, $11, $12)
			RETURNING `+columns, p.Label, p.Connection, p.Advertiser, p.Number, p.Issued, p.Due, p.Amount, p.Currency, p.PaidOn, p.Paid,
			p.Note, s.clock.Now()), p)
	})
	return p, err
}

// Get returns the payment.
func (s *Store) Get(ctx context.Context, id ID) (Payment, error) {
	var p Payment
	err := s.db.GetContext(ctx, &p, `SELECT `+columns+` FROM payments WHERE id = $1`, id)
	return p, postgres.Fault(err, "thing.payment_numbered", "id", id)
}

// Update locks a payment, lets change alter it, and saves it. Whose it is stays.
func (s *Store) Update(ctx context.Context, id ID, change func(*Payment) error) (Payment, error) {
	var p Payment
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &p, `SELECT `+columns+` FROM payments WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.payment_numbered", "id", id)
		}
		old := p
		if err := change(&p); err != nil {
			return err
		}
		if p.Label != old.Label || p.Connection != old.Connection || p.Advertiser != old.Advertiser {
			return fault.New(fault.Invalid, "payments.payer_stays")
		}
		if p.Number != old.Number && old.ToldAt != nil {
			return fault.New(fault.Invalid, "payments.number_stays")
		}
		if err := p.Validate(); err != nil {
			return err
		}
		return refused(tx.GetContext(ctx, &p, `
			UPDATE payments SET number = $2, issued_on = $3, due_on = $4, amount_minor = $5, currency = $6, paid_on = $7, paid_minor = $8,
			       note = $9, version = version + 1
			 WHERE id = $1
			RETURNING `+columns, id, p.Number, p.Issued, p.Due, p.Amount, p.Currency, p.PaidOn, p.Paid, p.Note), p)
	})
	return p, err
}

// Remove takes out a payment that was noted by mistake. The audit trail keeps it.
func (s *Store) Remove(ctx context.Context, id ID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var gone ID
		err := tx.GetContext(ctx, &gone, `DELETE FROM payments WHERE id = $1 RETURNING id`, id)
		return postgres.Fault(err, "thing.payment_numbered", "id", id)
	})
}

// Filter narrows a list of payments. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Connection networks.ConnectionID
	Advertiser campaigns.AdvertiserID
	Standing   Standing
	Number     string
}

// Line is a payment in a list.
type Line struct {
	Payment
	Payer    string   `db:"payer" json:"payer"` // the account's or the advertiser's name
	Standing Standing `db:"-" json:"standing"`
}

// List returns a page of a label's payments, the newest first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Line], error) {
	today, err := s.today(ctx, f.Label)
	if err != nil {
		return paging.Page[Line]{}, err
	}
	id := paging.Number("id", func(l Line) ID { return l.ID })
	issued := paging.Day("issued_on", func(l Line) civil.Date { return l.Issued })
	found, err := paging.Select(ctx, s.db, []paging.Order[Line]{
		{Name: "newest", Down: true, Keys: []paging.Key[Line]{issued, id}},
		{Name: "oldest", Keys: []paging.Key[Line]{issued, id}},
	}, ask, `
		SELECT * FROM (
		  SELECT `+columns+`, coalesce((SELECT name FROM network_connections n WHERE n.id = connection_id),
		                               (SELECT name FROM advertisers a WHERE a.id = advertiser_id)) AS payer
		    FROM payments) p
		 WHERE label_id = $1 AND ($2 = 0 OR connection_id = $2) AND ($3::bigint = 0 OR advertiser_id = $3) AND ($4 = '' OR number = $4)
		   AND ($5 = '' OR $5 = CASE WHEN paid_minor IS NULL AND told_paid_on IS NOT NULL THEN 'told'
		                             WHEN paid_minor IS NULL AND due_on < $6 THEN 'late' WHEN paid_minor IS NULL THEN 'expected'
		                             WHEN paid_minor < amount_minor THEN 'short' ELSE 'whole' END)`,
		f.Label, f.Connection, f.Advertiser, f.Number, f.Standing, today)
	for i := range found.Items {
		found.Items[i].Standing = found.Items[i].StandingOn(today)
	}
	return found, postgres.Fault(err, "thing.payments")
}

// today is the day in a label's zone.
func (s *Store) today(ctx context.Context, label labels.ID) (civil.Date, error) {
	var zone string
	if err := s.db.GetContext(ctx, &zone, `SELECT time_zone FROM labels WHERE id = $1`, label); err != nil {
		return civil.Date{}, postgres.Fault(err, "thing.label", "id", label)
	}
	in, err := time.LoadLocation(zone)
	if err != nil {
		return civil.Date{}, err
	}
	return civil.DateOf(s.clock.Now().In(in)), nil
}

// Balances returns what each account and each advertiser who pays directly owes a
// label, by name. Currencies are never added up.
func (s *Store) Balances(ctx context.Context, label labels.ID) ([]Balance, error) {
	today, err := s.today(ctx, label)
	if err != nil {
		return nil, err
	}
	found := []Balance{}
	// Corrections are in the sums; whether a sale is paid the network says, apart
	// from what came in.
	err = s.db.SelectContext(ctx, &found, `
		WITH came AS (
		  SELECT connection_id, advertiser_id, currency, sum(amount_minor)::bigint AS announced, coalesce(sum(paid_minor), 0)::bigint AS received,
		         count(*) FILTER (WHERE paid_minor IS NULL AND told_paid_on IS NULL AND due_on < $2) AS late,
		         count(*) FILTER (WHERE paid_minor < amount_minor) AS short
		    FROM payments WHERE label_id = $1 GROUP BY 1, 2, 3),
		earned AS (
		  SELECT connection_id, currency, sum(commission_minor)::bigint AS approved,
		         coalesce(sum(commission_minor) FILTER (WHERE paid), 0)::bigint AS told
		    FROM conversion_sums WHERE label_id = $1 AND status = 'approved' GROUP BY 1, 2)
		SELECT n.id AS connection_id, 0 AS advertiser_id, n.name, n.network, coalesce(e.currency, c.currency) AS currency,
		       coalesce(e.approved, 0) AS approved, coalesce(e.told, 0) AS told, coalesce(c.announced, 0) AS announced,
		       coalesce(c.received, 0) AS received, coalesce(c.late, 0) AS late, coalesce(c.short, 0) AS short
		  FROM earned e
		  FULL JOIN (SELECT * FROM came WHERE connection_id IS NOT NULL) c ON c.connection_id = e.connection_id AND c.currency = e.currency
		  JOIN network_connections n ON n.id = coalesce(e.connection_id, c.connection_id)
		 WHERE coalesce(e.approved, 0) <> 0 OR c.connection_id IS NOT NULL
		UNION ALL
		SELECT 0, a.id, a.name, '', c.currency, c.announced, 0, c.announced, c.received, c.late, c.short
		  FROM came c JOIN advertisers a ON a.id = c.advertiser_id
		 ORDER BY name, currency`, label, today)
	return found, postgres.Fault(err, "thing.payments")
}

// Ages returns how long approved commission waits for what the networks say of its
// payment, the oldest first.
func (s *Store) Ages(ctx context.Context, label labels.ID) ([]Age, error) {
	var rows []struct {
		Connection networks.ConnectionID  `db:"connection_id"`
		Account    string                 `db:"account"`
		Network    string                 `db:"network"`
		Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
		Name       string                 `db:"name"`
		Currency   string                 `db:"currency"`
		Month      time.Time              `db:"month"`
		Minor      int64                  `db:"minor"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT c.connection_id, n.name AS account, n.network, c.advertiser_id, coalesce(a.name, '') AS name, c.currency, c.month,
		       sum(c.commission_minor)::bigint AS minor
		  FROM conversion_sums c
		  JOIN network_connections n ON n.id = c.connection_id
		  LEFT JOIN advertisers a ON a.id = c.advertiser_id
		 WHERE c.label_id = $1 AND c.status = 'approved' AND NOT c.paid
		 GROUP BY 1, 2, 3, 4, 5, 6, 7
		HAVING sum(c.commission_minor) <> 0`, label); err != nil {
		return nil, postgres.Fault(err, "thing.payments")
	}
	found, at := []Age{}, map[Age]int{}
	for _, r := range rows {
		a := Age{
			Connection: r.Connection, Account: r.Account, Network: r.Network, Advertiser: r.Advertiser, Name: r.Name, Currency: r.Currency,
		}
		i, is := at[a]
		if !is {
			i = len(found)
			at[a], found = i, append(found, a)
		}
		found[i].take(r.Month, r.Minor, s.clock.Now())
	}
	slices.SortFunc(found, func(a, b Age) int {
		return cmp.Or(cmp.Compare(a.Oldest, b.Oldest), cmp.Compare(b.Sum(), a.Sum()), cmp.Compare(a.Line(), b.Line()))
	})
	return found, nil
}

// mostWanting bounds what is counted.
const mostWanting = 1_000

// Wanting counts the payments of a label that are late or of which less came in, no
// further than a person looks.
func (s *Store) Wanting(ctx context.Context, label labels.ID) (int, error) {
	today, err := s.today(ctx, label)
	if err != nil {
		return 0, err
	}
	var n int
	err = s.db.GetContext(ctx, &n, `
		SELECT count(*) FROM (
		  SELECT FROM payments
		   WHERE label_id = $1 AND (paid_minor < amount_minor OR paid_minor IS NULL AND told_paid_on IS NULL AND due_on < $2) LIMIT $3) w`,
		label, today, mostWanting)
	return n, postgres.Fault(err, "thing.payments")
}
