// Package repeats finds what comes more than once in a file of any length.
package repeats

// Repeats are values that may come more than once.
type Repeats struct {
	// seen is a set of bits, one per value by its fingerprint. A value whose bit is
	// set already may have been before; only of those the line is kept. So ten
	// million rows take 16 MB and not a gigabyte.
	seen []uint64
	last map[uint64]int64 // fingerprint → last line, of values that may come again
}

// seenWords bounds the set: 2^27 bits.
const seenWords = 1 << 21

// New returns the repeats of a file that nothing was read of.
func New() Repeats {
	return Repeats{seen: make([]uint64, seenWords), last: map[uint64]int64{}}
}

// Add notes that the value stands in a line.
func (r *Repeats) Add(value string, line int64) {
	print := Fingerprint(value)
	word, bit := print>>6%seenWords, uint64(1)<<(print&63)
	if r.seen[word]&bit != 0 {
		r.last[print] = line
	}
	r.seen[word] |= bit
}

// ComesAgain reports whether the value has another row after line.
func (r *Repeats) ComesAgain(value string, line int64) bool { return r.last[Fingerprint(value)] > line }

// Fingerprint hashes a value: FNV-1a, because a resumed import must come to
// the same number, and with a last stir, so that all of its bits are good.
func Fingerprint(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}
