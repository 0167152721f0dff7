package templates

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"keur/internal/mjml"
	"keur/templates/lint"
)

// maxKept bounds how many programs, and how many conversions, are at hand: of a
// few hundred kilobytes at most each, and fewer mailings are looked at in one day.
const maxKept = 64

// key tells what is kept apart, by a digest over all that it is made of.
type key [sha256.Size]byte

// cache keeps what was made last, so that a page that shows a mailing can be
// asked for again and again at little cost. It is safe for many goroutines.
type cache[T any] struct {
	mu   sync.Mutex
	kept []kept[T] // what was used last comes last
}

type kept[T any] struct {
	key  key
	what T
}

// compiled is one input's program with its findings; both are only read.
type compiled struct {
	program  *Program
	findings []lint.Finding
}

// converted is what MJML made of a source. Most of what planners change in a
// mailing stands outside of it, and converting is what takes longest.
type converted struct {
	markup string
	faults []mjml.Fault
}

// keyOf is a digest over everything that a program is made of. The notation
// quotes strings and sorts maps, so that equal inputs alone have equal keys.
func keyOf(in *Input) (k key) {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%#v", *in) // a hash never fails
	hash.Sum(k[:0])
	return k
}

func (c *cache[T]) get(k key) (what T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(other kept[T]) bool { return other.key == k })
	if i < 0 {
		return what, false
	}
	found := c.kept[i]
	c.kept = append(slices.Delete(c.kept, i, i+1), found)
	return found.what, true
}

// put keeps something, in place of what wasn't used for longest.
func (c *cache[T]) put(k key, what T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, kept[T]{k, what})
	if len(c.kept) > maxKept {
		c.kept = slices.Delete(c.kept, 0, 1)
	}
}
