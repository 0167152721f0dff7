package lang

import (
	"sort"
	"strings"
)

// Joined is a text that was put together, which knows of each stretch where it was
// written.
type Joined struct {
	all  strings.Builder
	runs []run
}

// run is a stretch of a Joined.
type run struct {
	start    int // in the text
	part     string
	original string
	from     int // in the original
}

// joined returns a text of which all was written in one part.
func joined(part, original string) *Joined {
	t := &Joined{}
	t.Add(part, original, 0, len(original))
	return t
}

// Add adds what stands between two offsets of a part.
func (t *Joined) Add(part, original string, from, to int) {
	t.runs = append(t.runs, run{t.all.Len(), part, original, from})
	t.all.WriteString(original[from:to])
}

// Len returns how many bytes it has so far.
func (t *Joined) Len() int { return t.all.Len() }

// String returns the whole text.
func (t *Joined) String() string { return t.all.String() }

// position returns where the byte at an offset was written.
func (t *Joined) position(offset int) Position {
	i := max(sort.Search(len(t.runs), func(i int) bool { return t.runs[i].start > offset })-1, 0)
	r := t.runs[i]
	return PositionAt(r.part, r.original, r.from+offset-r.start)
}
