package members

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Topic is something that members of a label can choose not to be mailed about.
type Topic struct {
	Key  string `json:"key" db:"key"`
	Name string `json:"name" db:"name"` // as members read it
}

// Topics returns those of label, by name.
func (s *Store) Topics(ctx context.Context, label labels.ID) ([]Topic, error) {
	list := []Topic{}
	err := s.db.SelectContext(ctx, &list, `
		SELECT key, name FROM topics WHERE label_id = $1 ORDER BY name, key`, label)
	return list, postgres.Fault(err, "thing.topics_of_label", "label", label)
}

// AddTopic gives label a topic. Returns a conflict if it has the key already.
func (s *Store) AddTopic(ctx context.Context, label labels.ID, t Topic) error {
	if !IsName(t.Key) {
		return fault.At("key", "members.key_form")
	}
	if t.Name == "" {
		return fault.At("name", "members.topic_name")
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO topics (label_id, key, name) VALUES ($1, $2, $3)`, label, t.Key, t.Name)
		return postgres.Fault(err, "thing.topic", "key", t.Key)
	})
}

// Preferences is what a member wishes of a label: less mail, and not of everything.
type Preferences struct {
	Label     labels.ID      `json:"label_id" db:"label_id"`
	OffTopics pq.StringArray `json:"off_topics" db:"off_topics"` // keys of topics
	PerWeek   *int           `json:"per_week" db:"per_week"`     // at most so many mails; nil: no wish
	// The first day on which mail comes again, by the label's clock; nil: no pause. A
	// day that has come is a pause that is over.
	PausedUntil *civil.Date `json:"paused_until,omitempty" db:"paused_until"`
	UpdatedAt   time.Time   `json:"updated_at" db:"updated_at"`
}

// Paused reports whether no mail comes on the day, by the label's clock.
func (p Preferences) Paused(today civil.Date) bool {
	return p.PausedUntil != nil && p.PausedUntil.Compare(today) > 0
}

// Check returns a fault if the label can't grant these wishes.
func (p Preferences) Check(topics []Topic) error {
	var wrong fault.List
	known := map[string]bool{}
	for _, t := range topics {
		known[t.Key] = true
	}
	for i, key := range p.OffTopics {
		if !known[key] {
			wrong.Add(fmt.Sprintf("off_topics[%d]", i), "members.topic_unknown")
		}
	}
	if p.PerWeek != nil && (*p.PerWeek < 1 || *p.PerWeek > 7) {
		wrong.Add("per_week", "members.frequency_range")
	}
	return wrong.Err()
}

// Preferences returns the member's wishes of label; none, if nothing was wished.
func (s *Store) Preferences(ctx context.Context, label labels.ID, id ID) (Preferences, error) {
	list, err := s.preferences(ctx, id)
	for _, p := range list {
		if p.Label == label {
			return p, err
		}
	}
	return Preferences{Label: label, OffTopics: pq.StringArray{}}, err
}

func (s *Store) preferences(ctx context.Context, id ID) ([]Preferences, error) {
	list := []Preferences{}
	err := s.db.SelectContext(ctx, &list, `
		SELECT label_id, off_topics, per_week, paused_until, updated_at FROM preferences WHERE member_id = $1 ORDER BY label_id`, id)
	return list, postgres.Fault(err, "thing.preferences_of_member", "member", id)
}

// SetPreferences replaces the member's wishes of a label, but for a pause, which
// Pause and Resume set.
func (s *Store) SetPreferences(ctx context.Context, id ID, p Preferences) error {
	topics, err := s.Topics(ctx, p.Label)
	if err != nil {
		return err
	}
	if err := p.Check(topics); err != nil {
		return err
	}
	// From the membership, so that a stale link leaves no row of nobody.
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
		INSERT INTO preferences (member_id, label_id, off_topics, per_week, updated_at)
		SELECT member_id, label_id, $3, $4, $5 FROM memberships WHERE label_id = $1 AND member_id = $2 FOR KEY SHARE
		ON CONFLICT (member_id, label_id)
		DO UPDATE SET off_topics = excluded.off_topics, per_week = excluded.per_week, updated_at = excluded.updated_at`,
			p.Label, id, pq.StringArray(append([]string{}, p.OffTopics...)), p.PerWeek, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.preferences_of_member", "member", id)
		}
		if n, _ := done.RowsAffected(); n == 0 {
			return fault.New(fault.NotFound, "members.not_a_member", "id", id)
		}
		return note(ctx, tx, "preferences.set", id, p.Label)
	})
}
