package accounts

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Theme is how the desk looks.
type Theme string

// The themes.
const (
	Light  Theme = "light"
	Dark   Theme = "dark"
	System Theme = "system" // as the user's machine
)

// Preferences are how a user likes the desk.
type Preferences struct {
	Locale    string     `db:"locale" json:"locale" enum:"nl,de,en"`
	Theme     Theme      `db:"theme" json:"theme" enum:"light,dark,system"`
	LastLabel *labels.ID `db:"last_label_id" json:"last_label_id,omitempty" doc:"Where the user was last"`
}

// Validate returns everything that is wrong with the preferences.
func (p Preferences) Validate() error {
	var wrong fault.List
	if !knownLocale(p.Locale) {
		wrong.Add("locale", "input.locale")
	}
	if p.Theme != Light && p.Theme != Dark && p.Theme != System {
		wrong.Add("theme", "accounts.theme")
	}
	return wrong.Err()
}

// Preferences returns how the user likes the desk; who never said gets the
// user's language and the machine's theme.
func (s *Store) Preferences(ctx context.Context, id UserID) (Preferences, error) {
	var p Preferences
	err := s.db.GetContext(ctx, &p, `
		SELECT u.locale, coalesce(p.theme, 'system') AS theme, p.last_label_id
		  FROM users u LEFT JOIN user_preferences p ON p.user_id = u.id WHERE u.id = $1`, id)
	return p, postgres.Fault(err, "thing.user", "id", id)
}

// SetPreferences keeps how the user likes the desk, and writes to them in the
// language from then on.
func (s *Store) SetPreferences(ctx context.Context, id UserID, p Preferences) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// The trail gets no line for a language that stays.
		if _, err := tx.ExecContext(ctx, `UPDATE users SET locale = $2 WHERE id = $1 AND locale <> $2`, id, p.Locale); err != nil {
			return postgres.Fault(err, "thing.user", "id", id)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO user_preferences (user_id, theme, last_label_id) VALUES ($1, $2, $3)
			ON CONFLICT (user_id) DO UPDATE SET theme = excluded.theme, last_label_id = excluded.last_label_id`, id, p.Theme, p.LastLabel)
		return postgres.Fault(err, "thing.preferences_of_user", "user", id)
	})
}

func knownLocale(locale string) bool { return locale == "nl" || locale == "de" || locale == "en" }
