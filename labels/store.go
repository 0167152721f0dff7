package labels

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Store keeps labels.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of labels in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const columns = `id, code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name,
	imprint_address, accent, coalesce(encode(logo, 'hex'), '') AS logo, smtp_route_id, own_domains, money_hidden, quiet_from,
	quiet_until, version, created_at`

// Get returns the label with its senders, seeds, blackout dates and caps.
func (s *Store) Get(ctx context.Context, id ID) (Label, error) {
	return s.one(ctx, s.db, `id = $1`, id, fmt.Sprintf("label %d", id))
}

// GetIn is Get within the caller's transaction.
func (s *Store) GetIn(ctx context.Context, tx *sqlx.Tx, id ID) (Label, error) {
	return s.one(ctx, tx, `id = $1`, id, fmt.Sprintf("label %d", id))
}

// ByCode returns the label with that code.
func (s *Store) ByCode(ctx context.Context, code string) (Label, error) {
	return s.one(ctx, s.db, `code = $1`, code, fmt.Sprintf("label %q", code))
}

// List returns all labels by code. There are tens, so they come at once.
func (s *Store) List(ctx context.Context) ([]Label, error) {
	return s.load(ctx, s.db, `true ORDER BY code`)
}

// WithoutRoute returns how many labels have no SMTP route, so that their mail
// goes to the local capture inbox.
func (s *Store) WithoutRoute(ctx context.Context) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT count(*) FROM labels WHERE smtp_route_id IS NULL`)
	return n, postgres.Fault(err, "thing.labels")
}

// Create adds a label, or proposes it where that takes another admin.
func (s *Store) Create(ctx context.Context, l Label) (Label, error) {
	if l.Accent == "" {
		l.Accent = "#1a5fb4"
	}
	if err := l.Validate(); err != nil {
		return Label{}, err
	}
	l.ID, l.Change = 0, nil
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		asked, err := proposeLabel(ctx, tx, l)
		if err != nil {
			return err
		}
		if asked.Waits() {
			l.Change = &asked
			return nil
		}
		l, err = s.insert(ctx, tx, l)
		return err
	})
	return l, err
}

func (s *Store) insert(ctx context.Context, tx *sqlx.Tx, l Label) (Label, error) {
	if err := tx.GetContext(ctx, &l.ID, `
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id,
		                    imprint_name, imprint_address, accent, smtp_route_id, quiet_from, quiet_until, own_domains,
		                    money_hidden, logo)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, decode(nullif($16, ''), 'hex'))
		RETURNING id`, l.fields()...); err != nil {
		return l, postgres.Fault(err, "thing.label_coded", "code", l.Code)
	}
	if err := s.saveParts(ctx, tx, l); err != nil {
		return l, err
	}
	return s.one(ctx, tx, `id = $1`, l.ID, "the new label")
}

// Update locks a label, lets change alter it, and saves it with its parts.
// Where its mail comes from waits for another admin, if there is one; all else
// holds at once. Nothing is written if change returns an error. Its code stays:
// URLs and reports bear it.
func (s *Store) Update(ctx context.Context, id ID, change func(*Label) error) (Label, error) {
	var l Label
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		old, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		l = old
		if err := change(&l); err != nil {
			return err
		}
		if l.Code != old.Code {
			return fault.At("code", "labels.code_stays", "code", old.Code)
		}
		l.ID = id
		if err := l.Validate(); err != nil {
			return err
		}
		asked, err := proposeOrigin(ctx, tx, old, l)
		if err != nil {
			return err
		}
		if asked != nil {
			l = l.from(old.origin())
		}
		l, err = s.save(ctx, tx, l)
		l.Change = asked
		return err
	})
	return l, err
}

func (s *Store) locked(ctx context.Context, tx *sqlx.Tx, id ID) (Label, error) {
	return s.one(ctx, tx, `id = $1 FOR UPDATE`, id, fmt.Sprintf("label %d", id))
}

func (s *Store) save(ctx context.Context, tx *sqlx.Tx, l Label) (Label, error) {
	if _, err := tx.ExecContext(ctx, `
		UPDATE labels
		   SET code = $1, name = $2, locale = $3, time_zone = $4, public_url = $5, bounce_domain = $6,
		       list_id = $7, imprint_name = $8, imprint_address = $9, accent = $10, smtp_route_id = $11,
		       quiet_from = $12, quiet_until = $13, own_domains = $14, money_hidden = $15,
		       logo = decode(nullif($16, ''), 'hex'), version = version + 1
		 WHERE id = $17`, append(l.fields(), l.ID)...); err != nil {
		return l, postgres.Fault(err, "thing.label_coded", "code", l.Code)
	}
	if err := s.saveParts(ctx, tx, l); err != nil {
		return l, err
	}
	return s.one(ctx, tx, `id = $1`, l.ID, fmt.Sprintf("label %d", l.ID))
}

// fields returns what a person edits, in the order of the statements above.
func (l Label) fields() []any {
	return []any{
		l.Code, l.Name, l.Locale, l.TimeZone, l.PublicURL, l.BounceDomain, l.ListID,
		l.ImprintName, l.ImprintAddress, l.Accent, l.SMTPRouteID, l.QuietFrom, l.QuietUntil, l.OwnDomains, l.MoneyHidden, l.Logo,
	}
}

func (s *Store) one(ctx context.Context, q sqlx.QueryerContext, where string, arg any, what string) (Label, error) {
	found, err := s.load(ctx, q, where, arg)
	if err != nil {
		return Label{}, err
	}
	if len(found) == 0 {
		return Label{}, fault.New(fault.NotFound, "database.missing", "what", what)
	}
	return found[0], nil
}

func (s *Store) load(ctx context.Context, q sqlx.QueryerContext, where string, args ...any) ([]Label, error) {
	found := []Label{}
	if err := sqlx.SelectContext(ctx, q, &found, `SELECT `+columns+` FROM labels WHERE `+where, args...); err != nil {
		return nil, postgres.Fault(err, "thing.labels")
	}
	return found, s.loadParts(ctx, q, found)
}

// SharedCaps returns the caps that hold across labels.
func (s *Store) SharedCaps(ctx context.Context) ([]Cap, error) {
	return sharedCaps(ctx, s.db)
}

// AllCaps returns the caps that hold for mail of the label: its own, and those
// across labels.
func (s *Store) AllCaps(ctx context.Context, id ID) ([]Cap, error) {
	l, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	shared, err := s.SharedCaps(ctx)
	return append(l.Caps, shared...), err
}

// UpdateSharedCaps locks the caps that hold across labels and replaces them by
// what change makes of them. Nothing is written if change returns an error.
func (s *Store) UpdateSharedCaps(ctx context.Context, change func(now []Cap) ([]Cap, error)) (caps []Cap, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// There may be no row to lock, so a name is.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.shared_caps'))`); err != nil {
			return postgres.Fault(err, "thing.caps")
		}
		if caps, err = sharedCaps(ctx, tx); err != nil {
			return err
		}
		if caps, err = change(caps); err != nil {
			return err
		}
		var wrong fault.List
		validateCaps(&wrong, caps, Scope.acrossLabels)
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := saveCaps(ctx, tx, nil, caps); err != nil {
			return err
		}
		caps, err = sharedCaps(ctx, tx)
		return err
	})
	return caps, err
}

func sharedCaps(ctx context.Context, q sqlx.QueryerContext) ([]Cap, error) {
	caps := []Cap{}
	err := sqlx.SelectContext(ctx, q, &caps, `
		SELECT scope, days, at_most FROM frequency_caps WHERE label_id IS NULL ORDER BY days`)
	return caps, postgres.Fault(err, "thing.caps")
}

// saveCaps replaces the caps of a label, or with nil those across labels.
func saveCaps(ctx context.Context, tx *sqlx.Tx, label *ID, caps []Cap) error {
	scopes, days, atMost := make([]string, len(caps)), make([]int, len(caps)), make([]int, len(caps))
	for i, c := range caps {
		scopes[i], days[i], atMost[i] = string(c.Scope), c.Days, c.AtMost
	}
	// Rows that stay as they are stay untouched, so that the audit trail shows only what changed.
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM frequency_caps
		 WHERE label_id IS NOT DISTINCT FROM $1
		   AND (scope, days) NOT IN (SELECT unnest($2::text[]), unnest($3::int[]))`,
		label, pq.Array(scopes), pq.Array(days)); err != nil {
		return postgres.Fault(err, "thing.caps")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO frequency_caps (label_id, scope, days, at_most)
		SELECT $1, unnest($2::text[]), unnest($3::int[]), unnest($4::int[])
		ON CONFLICT (label_id, scope, days) DO UPDATE SET at_most = excluded.at_most`,
		label, pq.Array(scopes), pq.Array(days), pq.Array(atMost))
	return postgres.Fault(err, "thing.caps")
}
