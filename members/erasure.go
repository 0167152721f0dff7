package members

import (
	"time"
	"unicode/utf8"

	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/states"
	"keur/labels"
)

// ErasureState is where an erasure that was asked for stands.
type ErasureState string

// The states of an erasure.
const (
	ErasureWaiting   ErasureState = "waiting"
	ErasureApproved  ErasureState = "approved" // and done
	ErasureRefused   ErasureState = "refused"
	ErasureWithdrawn ErasureState = "withdrawn"
)

// ErasureTransitions lists which state of an erasure may follow which: it is
// decided once.
func ErasureTransitions() states.Machine[ErasureState] {
	return states.Machine[ErasureState]{First: ErasureWaiting, Follows: map[ErasureState][]ErasureState{
		ErasureWaiting: {ErasureApproved, ErasureRefused, ErasureWithdrawn},
	}}
}

// maxErasureReason bounds a reason, in characters.
const maxErasureReason = 500

// Erasure is what somebody asked for and another decides, as it can't be undone.
type Erasure struct {
	ID          int64        `json:"id" db:"id"`
	Member      ID           `json:"member_id" db:"member_id"`
	Label       labels.ID    `json:"label_id" db:"label_id"`
	Reason      string       `json:"reason" db:"reason"`
	State       ErasureState `json:"state" db:"state"`
	RequestedBy actors.User  `json:"requested_by" db:"requested_by"`
	RequestedAt time.Time    `json:"requested_at" db:"requested_at"`
	ApprovedBy  *actors.User `json:"approved_by,omitempty" db:"approved_by"`
	RefusedBy   *actors.User `json:"refused_by,omitempty" db:"refused_by"`
	DecidedAt   *time.Time   `json:"decided_at,omitempty" db:"decided_at"`
}

// Check returns a fault if the erasure can't be asked for.
func (e Erasure) Check() error {
	switch reason := form.Tidy(e.Reason); {
	case reason == "":
		return fault.At("reason", "members.erasure_reason")
	case utf8.RuneCountInString(reason) > maxErasureReason:
		return fault.At("reason", "input.use_at_most_characters", "most", maxErasureReason)
	}
	return nil
}

// Approve lets the member be erased. It takes another than who asked for it.
func (e *Erasure) Approve(by actors.User, now time.Time) error {
	if err := e.decide(by); err != nil {
		return err
	}
	e.State, e.ApprovedBy, e.DecidedAt = ErasureApproved, &by, &now
	return nil
}

// Refuse leaves the member as they are. It takes another than who asked.
func (e *Erasure) Refuse(by actors.User, now time.Time) error {
	if err := e.decide(by); err != nil {
		return err
	}
	e.State, e.RefusedBy, e.DecidedAt = ErasureRefused, &by, &now
	return nil
}

// Withdraw takes back what one asked for oneself.
func (e *Erasure) Withdraw(by actors.User, now time.Time) error {
	switch {
	case e.State != ErasureWaiting:
		return fault.New(fault.Conflict, "members.erasure_already", "state", e.State)
	case by != e.RequestedBy:
		return fault.New(fault.Forbidden, "members.asker_withdraws")
	}
	e.State, e.DecidedAt = ErasureWithdrawn, &now
	return nil
}

func (e *Erasure) decide(by actors.User) error {
	switch {
	case e.State != ErasureWaiting:
		return fault.New(fault.Conflict, "members.erasure_already", "state", e.State)
	case by == e.RequestedBy:
		return fault.New(fault.Forbidden, "members.erasure_other_decides")
	}
	return nil
}
