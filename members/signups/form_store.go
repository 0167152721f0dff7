package signups

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// Forms keeps the labels' forms.
type Forms struct {
	db      *sqlx.DB
	clock   clock.Clock
	members *members.Store
}

// NewForms returns the store of forms in db.
func NewForms(db *sqlx.DB, clk clock.Clock, people *members.Store) *Forms {
	return &Forms{db: db, clock: clk, members: people}
}

const selectForm = `
		SELECT f.label_id, f.open, t.mail, t.tracking, f.text_version, f.topics, f.attributes, f.version
		  FROM signup_forms f JOIN signup_texts t ON t.label_id = f.label_id AND t.version = f.text_version
		 WHERE f.label_id = $1`

// Form returns the label's form; one that is closed and empty, if it never had one.
func (s *Forms) Form(ctx context.Context, label labels.ID) (Form, error) {
	f := Form{Label: label}
	err := postgres.Fault(s.db.GetContext(ctx, &f, selectForm, label), "thing.signup_form")
	if fault.Is(err, fault.NotFound) {
		return Form{Label: label}, nil
	}
	return f, err
}

// Texts returns what people agreed to by the label's form, the newest first.
func (s *Forms) Texts(ctx context.Context, label labels.ID) ([]Text, error) {
	list := []Text{}
	err := s.db.SelectContext(ctx, &list, `
		SELECT version, mail, tracking, at, by FROM signup_texts WHERE label_id = $1 ORDER BY version DESC`, label)
	return list, postgres.Fault(err, "thing.signup_form")
}

// Update locks the label's form, lets change edit it, and saves it. Other words are
// the next version of its text. Returns what Check does, and a conflict unless the
// form still has the version that was seen.
func (s *Forms) Update(ctx context.Context, label labels.ID, seen int, change func(*Form) error) (f Form, err error) {
	topics, err := s.members.Topics(ctx, label)
	if err != nil {
		return f, err
	}
	attributes, err := s.members.Attributes(ctx, label)
	if err != nil {
		return f, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var locked int // also where there is no form yet
		if err := tx.GetContext(ctx, &locked, `SELECT 1 FROM labels WHERE id = $1 FOR NO KEY UPDATE`, label); err != nil {
			return postgres.Fault(err, "thing.label", "id", label)
		}
		f = Form{Label: label}
		err := postgres.Fault(tx.GetContext(ctx, &f, selectForm, label), "thing.signup_form")
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if f.Version != seen {
			return fault.New(fault.Conflict, "members.signup_conflict")
		}
		before := f
		if err := change(&f); err != nil {
			return err
		}
		if err := f.Check(topics, attributes); err != nil {
			return err
		}
		return s.save(ctx, tx, &f, f.Mail != before.Mail || f.Tracking != before.Tracking)
	})
	return f, err
}

func (s *Forms) save(ctx context.Context, tx *sqlx.Tx, f *Form, reworded bool) error {
	if reworded {
		f.Text++
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO signup_texts (label_id, version, mail, tracking, at) VALUES ($1, $2, $3, $4, $5)`,
			f.Label, f.Text, f.Mail, f.Tracking, s.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.signup_form")
		}
	}
	f.Version++
	_, err := tx.ExecContext(ctx, `
		INSERT INTO signup_forms (label_id, open, text_version, topics, attributes, version) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (label_id) DO UPDATE
		SET (open, text_version, topics, attributes, version)
		  = (excluded.open, excluded.text_version, excluded.topics, excluded.attributes, excluded.version)`,
		f.Label, f.Open, f.Text, pq.StringArray(append([]string{}, f.Topics...)), pq.StringArray(append([]string{}, f.Attributes...)),
		f.Version)
	return postgres.Fault(err, "thing.signup_form")
}
