package faces

import "keur/templates/lang"

// mostKinds bounds how many kinds of members are told apart; of further ones
// only those are kept who are shown something new.
const mostKinds = 4096

// Tally counts the members of an audience by what they are shown.
type Tally struct {
	space  *space
	kinds  []kind
	at     map[string]int
	seen   map[item]bool
	counts map[lang.Branch]int
}

// kind is members who are shown the same.
type kind struct {
	values  []string // of one of them
	members int
}

// NewTally returns an empty tally for mailings of the outline.
func NewTally(o *lang.Outline) *Tally {
	return &Tally{space: newSpace(o), at: map[string]int{}, seen: map[item]bool{}, counts: map[lang.Branch]int{}}
}

// Add counts n members with the values.
func (t *Tally) Add(values []string, n int) {
	key := ""
	reached := map[lang.Branch]bool{}
	var vectors [][]int
	for v := range t.space.variants {
		vector := t.space.outline.Vector(t.space.recipient(values), v)
		vectors, key = append(vectors, vector), key+keyOf(vector)
		for i, outcome := range vector {
			if outcome != lang.Unreached {
				reached[lang.Branch{Choice: i, Outcome: outcome}] = true
			}
		}
	}
	for b := range reached {
		t.counts[b] += n
	}
	if i, known := t.at[key]; known {
		t.kinds[i].members += n
		return
	}
	fresh := false
	for _, vector := range vectors {
		for _, it := range t.space.itemsOf(vector) {
			fresh = fresh || !t.seen[it]
			t.seen[it] = true
		}
	}
	if fresh || len(t.kinds) < mostKinds {
		t.at[key] = len(t.kinds)
		t.kinds = append(t.kinds, kind{append([]string(nil), values...), n})
	}
}

// Members returns how many members are shown the branch, of any variant.
func (t *Tally) Members(b lang.Branch) int { return t.counts[b] }
