// Package dictionary keeps the words of a label's own that are spelled right
// though no dictionary has them: brands, products, words of the trade.
package dictionary

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Bounds of a label's list.
const (
	maxWords  = 5000
	maxLength = 60 // letters
)

// Word is one of a label's own.
type Word struct {
	Word    string    `db:"word"`
	AddedBy string    `db:"added_by"` // an actor, as on the audit trail: user:7
	AddedAt time.Time `db:"added_at"`
}

var wordShape = regexp.MustCompile(`^\p{L}[\p{L}\p{M}\p{N}'’.&-]*$`)

// Validate returns an Invalid fault if a text is no word.
func Validate(word string) error {
	if len([]rune(word)) > maxLength || !wordShape.MatchString(word) {
		return fault.At("word", "labels.word_form", "most", maxLength)
	}
	return nil
}

// Known are words that are taken for right.
type Known map[string]bool

// Add takes in a word.
func (k Known) Add(word string) {
	word = plain(word)
	k[word] = true
	k[capitals(word)] = true
}

// Has reports whether a word is right, by the capitals that it was taken in with
// as hunspell goes by them: what is written small may begin with a capital, and
// everything may be in capitals.
func (k Known) Has(word string) bool {
	word = plain(word)
	if k[word] {
		return true
	}
	first := []rune(word)
	if len(first) == 0 || !unicode.IsUpper(first[0]) {
		return false
	}
	first[0] = unicode.ToLower(first[0])
	return k[string(first)]
}

// capitals is a word in capitals; ß has none that people use.
func capitals(word string) string { return strings.ReplaceAll(strings.ToUpper(word), "ß", "SS") }

func plain(word string) string { return strings.ReplaceAll(word, "’", "'") }

// Store keeps them.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of labels' words in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// List returns a label's words by the alphabet. There are few, so they come at once.
func (s *Store) List(ctx context.Context, label labels.ID) ([]Word, error) {
	all := []Word{}
	err := s.db.SelectContext(ctx, &all, `
		SELECT word, added_by, added_at FROM label_words WHERE label_id = $1 ORDER BY lower(word), word`, label)
	return all, postgres.Fault(err, "thing.label_words", "label", label)
}

// Add takes in a word, which may be there. Returns a Conflict if the list is full.
func (s *Store) Add(ctx context.Context, label labels.ID, word string) error {
	if err := Validate(word); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// The label's row is the lock: of two at once, the second sees what the first added.
		if _, err := tx.ExecContext(ctx, `SELECT FROM labels WHERE id = $1 FOR NO KEY UPDATE`, label); err != nil {
			return postgres.Fault(err, "thing.label_words", "label", label)
		}
		var there int
		if err := tx.GetContext(ctx, &there, `SELECT count(*) FROM label_words WHERE label_id = $1 AND word <> $2`, label, word); err != nil {
			return postgres.Fault(err, "thing.label_words", "label", label)
		}
		if there >= maxWords {
			return fault.New(fault.Conflict, "labels.words_full", "most", maxWords)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO label_words (label_id, word) VALUES ($1, $2) ON CONFLICT DO NOTHING`, label, word)
		return postgres.Fault(err, "thing.label_words", "label", label)
	})
}

// Remove takes a word out, which may be gone.
func (s *Store) Remove(ctx context.Context, label labels.ID, word string) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM label_words WHERE label_id = $1 AND word = $2`, label, word)
		return postgres.Fault(err, "thing.label_words", "label", label)
	})
}
