package members

import (
	"slices"
	"time"

	"keur/internal/fault"
	"keur/labels"
)

// Reason is why a member must not be mailed, whatever the consent says.
type Reason string

// The reasons of suppressions.
const (
	HardBounce  Reason = "hard_bounce"
	SoftBounces Reason = "soft_bounces"
	Complaint   Reason = "complaint"
	Unsubscribe Reason = "unsubscribe"
	Manual      Reason = "manual"
)

// EveryLabel is the label of a suppression that holds under all of them.
const EveryLabel labels.ID = 0

// Suppression keeps a member from being mailed under a label, or under all.
type Suppression struct {
	Label  labels.ID `json:"label_id" db:"label_id"` // EveryLabel: all of them
	Reason Reason    `json:"reason" db:"reason"`
	Source string    `json:"source" db:"source"`
	Said   string    `json:"said,omitempty" db:"said"`        // a receiver's own words, of a bounce
	Tray   *int64    `json:"waits_in,omitempty" db:"tray_id"` // it waits for a person to decide; no mail meanwhile
	SendID *int64    `json:"send_id,omitempty" db:"send_id"`
	At     time.Time `json:"at" db:"at"`
	By     string    `json:"suppressed_by" db:"by"`
}

// Check returns a fault if r is no reason.
func (r Reason) Check() error {
	if !slices.Contains([]Reason{HardBounce, SoftBounces, Complaint, Unsubscribe, Manual}, r) {
		return fault.At("reason", "members.suppression_reason")
	}
	return nil
}
