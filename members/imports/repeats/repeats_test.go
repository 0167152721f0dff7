package repeats

import (
	"strconv"
	"testing"
)

// TestRepeats: of values that come more than once, only their last line is the
// last, also where other values share their bit of the set.
func TestRepeats(t *testing.T) {
	t.Parallel()
	const values, lines = 300_000, 400_000
	r := New()
	for line := range int64(lines) {
		r.Add(strconv.FormatInt(line%values, 10), line)
	}
	for line := range int64(lines) {
		if got, want := r.ComesAgain(strconv.FormatInt(line%values, 10), line), line < lines-values; got != want {
			t.Fatalf("line %d comes again: %v", line, got)
		}
	}
}
