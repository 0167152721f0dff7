package templates

import (
	"crypto/sha256"
	"fmt"
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
	mu    sync.Mutex
	kept  map[key]*kept[T]
	clock uint64 // grows with each use
}

type kept[T any] struct {
	what T
	used uint64
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
	found := c.kept[k]
	if found == nil {
		return what, false
	}
	c.clock++
	found.used = c.clock
	return found.what, true
}

// put keeps something, in place of what wasn't used for longest.
func (c *cache[T]) put(k key, what T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[key]*kept[T]{}
	}
	if c.kept[k] == nil && len(c.kept) >= maxKept {
		var oldest key
		least := c.clock + 1
		for k, other := range c.kept {
			if other.used < least {
				oldest, least = k, other.used
			}
		}
		delete(c.kept, oldest)
	}
	c.clock++
	c.kept[k] = &kept[T]{what: what, used: c.clock}
}
