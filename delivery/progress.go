package delivery

import "fmt"

// Progress is how far a send has come: the number of deliveries by state.
type Progress map[State]int

// Left returns how many may still leave. A send is finished when none is, and
// no doubt either; or at its deadline.
func (p Progress) Left() int { return p[Queued] + p[Sending] + p[Deferred] }

// Health is what a send is judged by while it runs.
type Health struct {
	Handled     int `json:"handled"`      // mails that were answered for good
	HardBounces int `json:"hard_bounces"` // addresses that don't exist
	Blocked     int `json:"blocked"`      // refusals of us, not of the member
	Complaints  int `json:"complaints"`
}

// The thresholds of RECEIVERS.md: a send that crosses one stops until a person
// looked at it.
const (
	judgedFrom    = 500
	hardPercent   = 5.0
	complaintsPer = 0.3
	blockPercent  = 10.0
)

// Alarm returns why the send should be held, as a sentence, or "".
func (h Health) Alarm() string {
	if h.Handled < judgedFrom {
		return ""
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(h.Handled) }
	switch {
	case percent(h.HardBounces) >= hardPercent:
		return fmt.Sprintf("bounces: %.1f%% of %d mails went to addresses that don't exist", percent(h.HardBounces), h.Handled)
	case percent(h.Complaints) >= complaintsPer:
		return fmt.Sprintf("complaints: %.2f%% of %d mails were complained about", percent(h.Complaints), h.Handled)
	case percent(h.Blocked) >= blockPercent:
		return fmt.Sprintf("bounces: receivers refuse us for %.1f%% of %d mails", percent(h.Blocked), h.Handled)
	}
	return ""
}
