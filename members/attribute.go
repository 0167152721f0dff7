package members

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"keur/internal/fault"
)

// Type is the type of an attribute. Its first letter names its slots.
type Type string

// The types of attributes.
const (
	Text   Type = "text"
	Number Type = "number"
	Date   Type = "date"
	Bool   Type = "bool"
	Set    Type = "set" // some words, in no order
)

// slots says how many columns memberships has for each type, and how many of
// them, the first, are in its indexes.
var slots = map[Type]struct{ all, indexed int }{
	Text:   {20, 4},
	Number: {12, 1},
	Date:   {8, 1},
	Bool:   {12, 0},
	Set:    {6, 0},
}

// Attribute is something that a label knows of its members.
type Attribute struct {
	Name string `json:"name" db:"name"`
	Type Type   `json:"type" db:"type"`
	Slot string `json:"-" db:"slot"` // its column in memberships
}

// wellKnown are the attributes that every room knows by these names.
var wellKnown = map[string]Type{
	"first_name": Text, "last_name": Text, "gender": Text, "birth_date": Date,
	"city": Text, "postal_code": Text, "country": Text, "language": Text,
}

// WellKnown returns the type of an attribute that every room knows by this name,
// or "".
func WellKnown(name string) Type { return wellKnown[name] }

// Check returns a fault if the attribute can't be declared.
func (a Attribute) Check() error {
	var wrong fault.List
	if !IsName(a.Name) {
		wrong.Add("name", "members.key_form")
	}
	if _, ok := slots[a.Type]; !ok {
		wrong.Add("type", "members.attribute_type")
	}
	if known, ok := wellKnown[a.Name]; ok && known != a.Type {
		wrong.Add("type", "members.attribute_always", "attribute", a.Name, "type", known)
	}
	return wrong.Err()
}

// IsName reports whether s can name an attribute or a topic.
func IsName(s string) bool {
	if s == "" || len(s) > 40 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// FreeSlot returns the slot for a new attribute beside those that are taken:
// an indexed one first, except for names of people, which nobody selects by
// and which would make every import pay for an index.
func (a Attribute) FreeSlot(taken []Attribute) (string, error) {
	used := map[string]bool{}
	for _, t := range taken {
		used[t.Slot] = true
	}
	n := slots[a.Type]
	first := 0
	if a.Name == "first_name" || a.Name == "last_name" {
		first = n.indexed
	}
	for i := range n.all {
		slot := string(a.Type[0]) + strconv.Itoa((first+i)%n.all+1)
		if !used[slot] {
			return slot, nil
		}
	}
	return "", fault.New(fault.Conflict, "members.attributes_full", "most", n.all, "type", a.Type)
}

// maxWords bounds the words of a set.
const maxWords = 100

// WordSet returns the words sorted, each once, so that equal sets are equal in
// the base too. No words at all is no value: nil.
func WordSet(words []string) (any, error) {
	var set []string
	for _, word := range words {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		if err := CheckText(word); err != nil {
			return nil, err
		}
		set = append(set, word)
	}
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) > maxWords {
		return nil, wrong("members.set_too_many", "most", maxWords)
	}
	if len(set) == 0 {
		return nil, nil
	}
	return pq.StringArray(set), nil
}

// maxText bounds a text value, in characters: an attribute is a fact and not a
// story, and an index entry must fit on its page.
const maxText = 500

// column returns value, as decoded from JSON, as the attribute's column takes it.
func (a Attribute) column(value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	switch v := value.(type) {
	case string:
		switch a.Type {
		case Text:
			return textColumn(v)
		case Date:
			return dateColumn(v)
		}
	case float64:
		if a.Type == Number && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, nil
		}
	case int:
		if a.Type == Number {
			return float64(v), nil
		}
	case bool:
		if a.Type == Bool {
			return v, nil
		}
	case []string:
		if a.Type == Set {
			return WordSet(v)
		}
	case []any:
		return a.column(asStrings(v))
	}
	return nil, wrong("members.value_expected", "kind", a.describe())
}

// describe says how a value of the attribute looks.
func (a Attribute) describe() string {
	switch a.Type {
	case Date:
		return "date such as 2026-11-21"
	case Bool:
		return "true or false"
	case Set:
		return "list of words"
	}
	return string(a.Type)
}

// asStrings returns the strings in v, or v itself if it holds anything else.
func asStrings(v []any) any {
	out := make([]string, len(v))
	for i := range v {
		s, ok := v[i].(string)
		if !ok {
			return nil
		}
		out[i] = s
	}
	return out
}

// CheckText returns a fault if v can't be the value of a text.
func CheckText(v string) error {
	switch {
	case !utf8.ValidString(v) || strings.ContainsRune(v, 0):
		return wrong("members.text_not_utf8")
	case len(v) > maxText && utf8.RuneCountInString(v) > maxText:
		return wrong("members.text_long", "most", maxText)
	}
	return nil
}

func textColumn(v string) (any, error) {
	if v == "" {
		return nil, nil
	}
	if err := CheckText(v); err != nil {
		return nil, err
	}
	return v, nil
}

func dateColumn(v string) (any, error) {
	day, err := time.Parse(time.DateOnly, v)
	if err != nil || day.Year() < 1 {
		return nil, wrong("members.date_expected")
	}
	return day.Format(time.DateOnly), nil
}
