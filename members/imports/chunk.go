package imports

// lanes is how many chunks are merged at once, each over a connection of its
// own. An address always goes to the same lane, so that two lanes never meet at
// a member. As chunks don't wait for the disk, two keep two cores busy, and a
// third only gets in their way: 98,500 rows/s against 82,000.
const lanes = 2

// chunkRows is how many rows are merged in one transaction. Larger ones are no
// faster, hold their locks for longer, take more memory and lose more work when
// an import is stopped.
const chunkRows = 10_000

// chunk is the rows of a lane that one transaction takes in.
type chunk struct {
	lane    int
	last    int64    // line that the lane stands at when the chunk is done
	rows    int      // in text
	text    []byte   // as COPY reads it
	keys    []string // of the addresses in text
	lines   []int64  // of the rows in text
	rejects []Reject // to keep; what is beyond the bound is only counted
	counts  Counts   // what the reader found out; the merge adds its own
}

// laneOf returns the lane of an address.
func laneOf(print uint64) int { return int(print >> 40 % lanes) }

// appendText appends value to a line as COPY reads it (PostgreSQL, COPY: text format).
func appendText(line []byte, value string) []byte {
	for i := range len(value) {
		switch c := value[i]; c {
		case '\\':
			line = append(line, '\\', '\\')
		case '\t':
			line = append(line, '\\', 't')
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		default:
			line = append(line, c)
		}
	}
	return line
}

// null is how COPY reads that there is no value.
const null = `\N`

// appendBool appends a value that may be unknown.
func appendBool(line []byte, value, known bool) []byte {
	switch {
	case !known:
		return append(line, null...)
	case value:
		return append(line, 't')
	}
	return append(line, 'f')
}
