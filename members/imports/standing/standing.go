// Package standing knows what the files of other mailing tools say of whether their
// members may be mailed: by which headers and words they tell who subscribed, who
// left, whose mail came back, and what nobody can tell.
package standing

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"keur/internal/typed"
)

// Standing is what a file says of a member: whether they may be mailed, and if
// not, why.
type Standing string

// The standings.
const (
	Subscribed   Standing = "subscribed"   // may be mailed, if the proof is there
	Declined     Standing = "declined"     // said no when asked
	Unsubscribed Standing = "unsubscribed" // left; is suppressed
	Bounced      Standing = "bounced"      // mail came back for good; is suppressed
	Complained   Standing = "complained"   // called it spam; is suppressed
	Never        Standing = "never"        // never consented
	Pending      Standing = "pending"      // hasn't confirmed yet
	Silent       Standing = "silent"       // the word says nothing about it
)

// All returns all of them, in the order in which people look for them.
func All() []Standing {
	return []Standing{Subscribed, Unsubscribed, Bounced, Complained, Declined, Never, Pending, Silent}
}

// Set is some of them: a value may name several, and a row has several columns.
type Set uint8

// Of returns the set of one; of a text that is none, the empty one.
func Of(s Standing) Set {
	if i := slices.Index(All(), s); i >= 0 {
		return Set(1) << i
	}
	return 0
}

// byGravity are the standings, the gravest first.
var byGravity = []Standing{Complained, Unsubscribed, Declined, Bounced, Pending, Never, Subscribed, Silent}

// Gravest returns the standing of a set that rules over the others; of the empty
// one, "".
func (s Set) Gravest() Standing {
	for _, standing := range byGravity {
		if s&Of(standing) != 0 {
			return standing
		}
	}
	return ""
}

// Suppresses returns which of unsubscribed (1), bounced (2) and complained (4) are
// in the set, as bits.
func (s Set) Suppresses() int {
	bits := 0
	for i, reason := range []Standing{Unsubscribed, Bounced, Complained} {
		if s&Of(reason) != 0 {
			bits |= 1 << i
		}
	}
	return bits
}

// left are the standings that suppress.
var left = Of(Unsubscribed) | Of(Bounced) | Of(Complained)

// AnyWord stands in a person's choice for each word that isn't named.
const AnyWord = "*"

// Column says how the values of a column are read.
type Column struct {
	words  map[string]Standing // by the word, folded; beside the common ones
	chosen map[string]Standing // by the word as it stands in the file, as a person said
	known  map[string]Set
	// Filled is what each value means that isn't a word for no: a date, a reason.
	Filled Standing
	// Flag says that the column tells only who left: an empty cell says nothing.
	Flag bool
}

// Choose makes words mean what a person says.
func (c *Column) Choose(words map[string]Standing) { c.chosen = words }

// Tally counts the different words of a column.
type Tally struct {
	Words map[string]*int64
	Over  bool // there are more than could be a status
}

// MaxWords is how many different words a column of statuses has at most; with
// more it is a column of something else.
const MaxWords = 40

// Add counts one.
func (t *Tally) Add(word []byte) {
	if n := t.Words[string(word)]; n != nil { // nothing is allocated to look it up
		*n++
		return
	}
	switch {
	case len(word) == 0:
	case len(word) > 60 || len(t.Words) == MaxWords:
		t.Words, t.Over = nil, true
	case t.Words == nil:
		t.Words = map[string]*int64{}
		fallthrough
	default:
		one := int64(1)
		t.Words[string(word)] = &one
	}
}

// Standing returns what a value says; false if nobody knows.
func (c *Column) Standing(value string) (Set, bool) {
	if value == "" {
		return 0, true
	}
	if s, ok := c.known[value]; ok {
		return s, s != 0
	}
	s := c.look(value)
	if c.known == nil {
		c.known = map[string]Set{}
	}
	if len(c.known) < 2*MaxWords {
		c.known[value] = s
	}
	return s, s != 0
}

func (c *Column) look(value string) Set {
	if s, ok := c.chosen[value]; ok {
		return Of(s)
	}
	if s := c.lookWord(value); s != 0 {
		return s
	}
	if s, ok := c.chosen[AnyWord]; ok {
		return Of(s)
	}
	// A list of them, as JSON or with commas.
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(`[]",;|`, r) })
	if len(parts) == 1 && parts[0] == value {
		return 0
	}
	found := Set(0)
	for _, part := range parts {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		s := c.lookWord(part)
		if s == 0 {
			return 0
		}
		found |= s
	}
	if found == 0 {
		return Of(Silent) // [] and ""
	}
	return found
}

func (c *Column) lookWord(value string) Set {
	word := Fold(value)
	if whole, isWhole := strings.CutSuffix(value, ".0"); isWhole {
		word = Fold(whole) // as programs of figures write 1
	}
	if word == "" {
		word = strings.Trim(value, " \ufe0f") // a tick, which may ask to be drawn in colour
	}
	if strings.HasPrefix(value, "-") && len(value) > 1 {
		word = "-" + word
	}
	if s, ok := c.words[word]; ok {
		return Of(s)
	}
	if c.Filled != "" {
		if Fold(value) == "" || nothing[word] || strings.HasPrefix(value, "#") || typed.IsNoDate(value) { // #N/A, #REF!
			return Of(Silent)
		}
		return Of(c.Filled)
	}
	if s, ok := commonWords[word]; ok {
		return Of(s)
	}
	return 0
}

// Unknown returns which of the words nobody knows, with how many rows have each.
func (c *Column) Unknown(seen Tally) map[string]*int64 {
	found := map[string]*int64{}
	for word, n := range seen.Words {
		if _, ok := c.Standing(word); !ok {
			found[word] = n
		}
	}
	return found
}

// List names words with how often each stands in the file, the commonest
// first.
func List(found map[string]*int64) string {
	var b strings.Builder
	for i, w := range Sorted(found) {
		if i == 20 {
			return b.String() + ", …"
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + w + `" (` + strconv.FormatInt(*found[w], 10) + `)`)
	}
	return b.String()
}

// Sorted returns words, the commonest first.
func Sorted(found map[string]*int64) []string {
	list := slices.Sorted(maps.Keys(found))
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(*found[b], *found[a]) })
	return list
}
