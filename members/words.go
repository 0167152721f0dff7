package members

import (
	"context"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/labels"
)

// ValueWord is what people call a value of one of a label's attributes, in each
// language of the desk. Where a language has no word, the value itself is said.
type ValueWord struct {
	Value string `db:"value" json:"value"`
	NL    string `db:"nl" json:"nl,omitempty"`
	DE    string `db:"de" json:"de,omitempty"`
	EN    string `db:"en" json:"en,omitempty"`
}

// In returns the word in a language, or "".
func (w ValueWord) In(locale string) string {
	switch locale {
	case "nl":
		return w.NL
	case "de":
		return w.DE
	case "en":
		return w.EN
	}
	return ""
}

// ValueWords are a label's words, by attribute and value.
type ValueWords map[string]map[string]ValueWord

// Of returns what people call a value of an attribute in a language, or "".
func (w ValueWords) Of(attribute, value, locale string) string { return w[attribute][value].In(locale) }

// Holding returns the values of an attribute whose word in a language holds a text,
// in whatever case.
func (w ValueWords) Holding(attribute, text, locale string) []string {
	var found []string
	for value, word := range w[attribute] {
		if said := word.In(locale); said != "" && strings.Contains(strings.ToLower(said), strings.ToLower(text)) {
			found = append(found, value)
		}
	}
	return found
}

// locales are the languages in which values have words.
var locales = []string{"nl", "de", "en"}

const (
	mostWords = 500 // of one attribute
	mostWord  = 120 // characters
)

// checkWords returns everything that is wrong with the words of an attribute.
func checkWords(all []ValueWord) error {
	var wrong fault.List
	if len(all) > mostWords {
		wrong.Add("words", "members.words_at_most", "most", mostWords)
	}
	seen, said := map[string]bool{}, map[string]string{} // values by what they are called, in a language
	for _, w := range all {
		for _, locale := range locales {
			said[locale+" "+strings.ToLower(w.Value)] = w.Value
		}
	}
	for i, w := range all {
		at := func(field string) string { return "words[" + strconv.Itoa(i) + "]." + field }
		switch {
		case strings.TrimSpace(w.Value) == "" || CheckText(w.Value) != nil || !form.Line(w.Value, maxText):
			wrong.Add(at("value"), "members.word_value")
		case seen[w.Value]:
			wrong.Add(at("value"), "members.word_twice", "value", w.Value)
		}
		seen[w.Value] = true
		for _, locale := range locales {
			word := w.In(locale)
			key := locale + " " + strings.ToLower(word)
			switch other, taken := said[key]; {
			case word == "":
			case !form.Line(word, mostWord):
				wrong.Add(at(locale), "members.word_form", "most", mostWord)
			case taken && other != w.Value: // nobody could tell the two apart
				wrong.Add(at(locale), "members.word_taken", "word", word, "value", other)
			}
			if word != "" {
				said[key] = w.Value
			}
		}
	}
	return wrong.Err()
}

// ValueWords returns what people call the values of the label's attributes.
func (s *Attributes) ValueWords(ctx context.Context, label labels.ID) (ValueWords, error) {
	return ValueWordsOf(ctx, s.members.db, label)
}

// ValueWordsOf is ValueWords for who reads within a transaction.
func ValueWordsOf(ctx context.Context, q sqlx.QueryerContext, label labels.ID) (ValueWords, error) {
	var rows []struct {
		Attribute string `db:"attribute"`
		ValueWord
	}
	if err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT attribute, value, nl, de, en FROM attribute_words WHERE label_id = $1`, label); err != nil {
		return nil, postgres.Fault(err, "thing.attributes_of_label", "label", label)
	}
	words := ValueWords{}
	for _, r := range rows {
		if words[r.Attribute] == nil {
			words[r.Attribute] = map[string]ValueWord{}
		}
		words[r.Attribute][r.Value] = r.ValueWord
	}
	return words, nil
}

// Words returns the words of one attribute by its values, or a NotFound fault if
// the label has no such attribute.
func (s *Attributes) Words(ctx context.Context, label labels.ID, name string) ([]ValueWord, error) {
	if _, err := s.worded(ctx, s.members.db, label, name); err != nil {
		return nil, err
	}
	found := []ValueWord{}
	err := s.members.db.SelectContext(ctx, &found, `
		SELECT value, nl, de, en FROM attribute_words WHERE label_id = $1 AND attribute = $2 ORDER BY value`, label, name)
	return found, postgres.Fault(err, "thing.attribute", "name", name)
}

// worded returns the attribute, of which the values may have words: a text or a set.
func (s *Attributes) worded(ctx context.Context, q sqlx.QueryerContext, label labels.ID, name string) (Attribute, error) {
	known, err := attributesOf(ctx, q, label)
	if err != nil {
		return Attribute{}, err
	}
	for _, a := range known {
		switch {
		case a.Name != name:
		case a.Type != Text && a.Type != Set:
			return a, fault.New(fault.Conflict, "members.no_words", "type", a.Type)
		default:
			return a, nil
		}
	}
	return Attribute{}, fault.New(fault.NotFound, "members.attribute_undeclared")
}

// SetWords says what people call the values of an attribute; a value that isn't
// among them, or has a word in no language, has none any more. Returns a NotFound
// fault if the label has no such attribute, and a conflict unless it is a text or
// a set.
func (s *Attributes) SetWords(ctx context.Context, label labels.ID, name string, all []ValueWord) error {
	if err := checkWords(all); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		if _, err := lockAttributes(ctx, tx, label); err != nil {
			return err
		}
		if _, err := s.worded(ctx, tx, label, name); err != nil {
			return err
		}
		stay := []string{}
		for _, w := range all {
			if w.NL+w.DE+w.EN == "" {
				continue
			}
			stay = append(stay, w.Value)
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO attribute_words AS w (label_id, attribute, value, nl, de, en) VALUES ($1, $2, $3, $4, $5, $6)
				    ON CONFLICT (label_id, attribute, value) DO UPDATE SET nl = excluded.nl, de = excluded.de, en = excluded.en
				 WHERE (w.nl, w.de, w.en) IS DISTINCT FROM (excluded.nl, excluded.de, excluded.en)`,
				label, name, w.Value, w.NL, w.DE, w.EN); err != nil {
				return postgres.Fault(err, "thing.attribute", "name", name)
			}
		}
		_, err := tx.ExecContext(ctx, `
			DELETE FROM attribute_words WHERE label_id = $1 AND attribute = $2 AND value <> ALL ($3)`, label, name, pq.Array(stay))
		return postgres.Fault(err, "thing.attribute", "name", name)
	})
}
