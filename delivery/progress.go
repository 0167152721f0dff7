package delivery

import (
	"keur/internal/words"
	"keur/segments"
)

// Progress is how far a send has come: the number of deliveries by state.
type Progress map[State]int

// Left returns how many may still leave. A send is finished when none is, and
// no doubt either; or at its deadline.
func (p Progress) Left() int { return p[Queued] + p[Sending] + p[Deferred] }

// Coarse returns the progress with each number rounded down, for who only looks;
// see segments.Coarsen.
func (p Progress) Coarse() Progress {
	coarse := make(Progress, len(p))
	for state, n := range p {
		segments.Coarsen(&n)
		coarse[state] = n
	}
	return coarse
}

// Health is what a send is judged by while it runs.
type Health struct {
	Handled     int `json:"handled"`      // mails that were answered for good
	HardBounces int `json:"hard_bounces"` // addresses that don't exist
	Blocked     int `json:"blocked"`      // refusals of us, not of the member
	Complaints  int `json:"complaints"`
}

// A send that crosses one of these thresholds stops until a person looked at it.
// The one of complaints is in Gmail's and Yahoo's requirements of senders, who
// ask for less than 0.3%.
const (
	judgedFrom    = 500
	hardPercent   = 5.0
	complaintsPer = 0.3
	blockPercent  = 10.0
)

// Alarm returns why the send should be held, or no message.
func (h Health) Alarm() words.Message {
	if h.Handled < judgedFrom {
		return words.Message{}
	}
	why := func(key string, n int) words.Message {
		return words.Of(key, "share", float64(n)/float64(h.Handled), "mails", h.Handled)
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(h.Handled) }
	switch {
	case percent(h.HardBounces) >= hardPercent:
		return why("hold.bounces", h.HardBounces)
	case percent(h.Complaints) >= complaintsPer:
		return why("hold.complaints", h.Complaints)
	case percent(h.Blocked) >= blockPercent:
		return why("hold.refusals", h.Blocked)
	}
	return words.Message{}
}
