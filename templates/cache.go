package templates

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
)

// maxCompiled bounds how many programs are kept: of a few hundred kilobytes at
// most each, and fewer mailings are looked at in one day.
const maxCompiled = 64

// cache keeps what was compiled last, so that a page that shows a mailing can
// be asked for again and again at little cost. It is safe for many goroutines.
type cache struct {
	mu    sync.Mutex
	kept  map[[sha256.Size]byte]*compiled
	clock uint64 // grows with each use
}

// compiled is one input's program with its findings; both are only read.
type compiled struct {
	program  *Program
	findings []Finding
	used     uint64
}

// keyOf is a digest over everything that a program is made of. The notation
// quotes strings and sorts maps, so that equal inputs alone have equal keys.
func keyOf(in *Input) (key [sha256.Size]byte) {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%#v", *in) // a hash never fails
	hash.Sum(key[:0])
	return key
}

func (c *cache) get(key [sha256.Size]byte) (*Program, []Finding, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.kept[key]
	if found == nil {
		return nil, nil, false
	}
	c.clock++
	found.used = c.clock
	return found.program, slices.Clone(found.findings), true
}

// put keeps a program, in place of the one that wasn't used for longest.
func (c *cache) put(key [sha256.Size]byte, p *Program, findings []Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[[sha256.Size]byte]*compiled{}
	}
	if c.kept[key] == nil && len(c.kept) >= maxCompiled {
		var oldest [sha256.Size]byte
		least := c.clock + 1
		for k, other := range c.kept {
			if other.used < least {
				oldest, least = k, other.used
			}
		}
		delete(c.kept, oldest)
	}
	c.clock++
	c.kept[key] = &compiled{program: p, findings: slices.Clone(findings), used: c.clock}
}
