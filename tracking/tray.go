package tracking

import (
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

// surge reports whether so many suppressions within the window are too many of
// the mails that went to the provider in it.
func surge(suppressed, delivered int, usual float64) bool {
	return suppressed > surgeAtLeast && float64(suppressed) > surgeTimes*usual*float64(delivered)
}

// usualShare is the share of mails that led to a suppression before.
func usualShare(suppressed, delivered int) float64 {
	if delivered < usualFrom {
		return usualUnknown
	}
	return float64(suppressed) / float64(delivered)
}
