package tracking

import (
	"sync"
	"time"

	"keur/internal/states"
)

// TrayID identifies a tray.
type TrayID int64

// TrayState is how far a tray is.
type TrayState string

// The states of a tray.
const (
	TrayOpen      TrayState = "open"
	TrayConfirmed TrayState = "confirmed" // the addresses are gone
	TrayDismissed TrayState = "dismissed" // it was a mistake, of the provider's or ours
)

// TrayTransitions lists which state may follow which.
func TrayTransitions() states.Machine[TrayState] {
	return states.Machine[TrayState]{First: TrayOpen, Follows: map[TrayState][]TrayState{
		TrayOpen: {TrayConfirmed, TrayDismissed},
	}}
}

// Tray is a provider that suddenly refused many members for good. Those after
// the first wait in it for a person, and get no mail until then.
type Tray struct {
	ID       TrayID    `json:"id"`
	Provider string    `json:"provider"`
	State    TrayState `json:"state"`
	OpenedAt time.Time `json:"opened_at" db:"opened_at"`

	// What it was opened for: suppressions in the hour before, which took effect,
	// mails to the provider in that hour, and the share that is usual.
	Suppressed int     `json:"suppressed"`
	Delivered  int     `json:"delivered"`
	Usual      float64 `json:"usual"`

	Members   int        `json:"members"` // that wait, or of how many it was decided
	Said      string     `json:"said"`    // by the receiver, of the first that waits
	DecidedBy *string    `json:"decided_by,omitempty" db:"decided_by"`
	DecidedAt *time.Time `json:"decided_at,omitempty" db:"decided_at"`
}

// When many are suppressed at once.
const (
	surgeWindow  = time.Hour
	surgeAtLeast = 20   // suppressions in the window that need no person
	surgeTimes   = 5    // the usual share that is still no surge
	usualUnknown = 0.03 // the share that is taken for usual of who isn't known
	usualFrom    = 1000 // mails in the month before that make a provider known
	usualPeriod  = 30 * 24 * time.Hour
)

// mostExpected is how many suppressions within the window are no surge at a
// provider to which so many mails went in it.
func mostExpected(delivered int, usual float64) int {
	return max(surgeAtLeast, int(surgeTimes*usual*float64(delivered)))
}

// usualShare is the share of mails that led to a suppression before.
func usualShare(suppressed, delivered int) float64 {
	if delivered < usualFrom {
		return usualUnknown
	}
	return float64(suppressed) / float64(delivered)
}

// expectations are what is known of providers in this process, so that a bounce
// costs no look at a month of mail.
type expectations struct {
	mu     sync.Mutex
	shares map[string]float64 // by provider; of those that are known
	until  time.Time          // of the shares
	most   map[string]expected
}

// expected is how many suppressions are no surge, until then.
type expected struct {
	most  int
	until time.Time
}

// For how long they are taken for true. That of a month changes slowly, and in
// a minute of the hour a provider gets more mail rather than less.
const (
	sharesLife   = time.Hour
	expectedLife = time.Minute
)

// enough reports whether so many suppressions are known to be no surge.
func (e *expectations) enough(provider string, suppressed int, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.most[provider]
	return suppressed <= surgeAtLeast || suppressed <= known.most && now.Before(known.until)
}

// note keeps how many are no surge.
func (e *expectations) note(provider string, most int, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.most == nil || len(e.most) > mostProviders {
		e.most = map[string]expected{}
	}
	e.most[provider] = expected{most, now.Add(expectedLife)}
}

// mostProviders bounds of how many providers something is kept.
const mostProviders = 10_000

// share returns the usual share at a provider, and false where the shares are to
// be read anew.
func (e *expectations) share(provider string, now time.Time) (float64, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	share, known := e.shares[provider]
	if !known {
		share = usualUnknown
	}
	return share, now.Before(e.until)
}

func (e *expectations) keep(shares map[string]float64, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shares, e.until = shares, now.Add(sharesLife)
}
