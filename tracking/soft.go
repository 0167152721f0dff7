package tracking

import "time"

// A mailbox that takes no mail of five sends over fourteen days is given up.
const (
	softSends  = 5
	softPeriod = 14 * 24 * time.Hour
)

// softGrace is how long a bounce may follow: a send younger than this isn't
// yet known to be delivered.
const softGrace = 3 * 24 * time.Hour

// exhausted reports whether soft bounces of different sends, oldest first, are
// reason enough to stop writing.
func exhausted(bounces []time.Time) bool {
	n := len(bounces)
	return n >= softSends && bounces[n-1].Sub(bounces[0]) >= softPeriod
}
