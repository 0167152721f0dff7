// Package changes holds what decides who may approve until two people agree on
// it: one proposes a change, another confirms it, and only then, in the same
// transaction, the room that it is about writes it. The tables take such rows
// from nobody else.
package changes

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/states"
	"keur/internal/words"
)

// ID names a change request.
type ID int64

// State is where a change request stands.
type State string

// The states of a change request.
const (
	Proposed  State = "proposed"
	Confirmed State = "confirmed" // and applied
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Expired   State = "expired" // nobody decided in time
)

// life is how long a proposal may wait for its second person.
const life = 14 * 24 * time.Hour

// Transitions lists which state of a request may follow which: it is decided once.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Proposed, Follows: map[State][]State{
		Proposed: {Confirmed, Refused, Withdrawn, Expired},
	}}
}

// Row is a row that a change writes, as the guard of its table names it: all
// columns that decide something, the table and what is done.
type Row map[string]any

// Insert is a row that is added to table.
func Insert(table string, columns Row) Row { return named(table, "insert", columns) }

// Update is a row of table that becomes what columns say, its id among them.
func Update(table string, columns Row) Row { return named(table, "update", columns) }

// Delete is a row of table that goes.
func Delete(table string, columns Row) Row { return named(table, "delete", columns) }

func named(table, do string, columns Row) Row {
	columns["table"], columns["do"] = table, do
	return columns
}

// Bytes writes bytes as the guards see them.
func Bytes(b []byte) any {
	if b == nil {
		return nil
	}
	return fmt.Sprintf(`\x%x`, b)
}

// Proposal is what somebody wants changed. All of it follows from the payload,
// and is derived from it again for whoever reads or decides it.
type Proposal struct {
	Kind    string        // users.change
	Subject string        // users:12
	What    words.Message // what changes, for who decides
	Payload any           // what the room applies, as JSON
	Rows    []Row         // what it writes then
}

// Request is a proposal and what became of it.
type Request struct {
	ID         ID              `db:"id" json:"id"`
	Kind       string          `db:"kind" json:"kind"`
	Subject    string          `db:"subject" json:"subject"`
	What       words.Message   `db:"-" json:"what" doc:"What it changes, derived from what would be applied"`
	Payload    json.RawMessage `db:"payload" json:"-"`
	State      State           `db:"state" json:"state" enum:"proposed,confirmed,refused,withdrawn,expired"`
	ProposedBy string          `db:"proposed_by" json:"proposed_by" doc:"user:12, or the command line"`
	ProposedAt time.Time       `db:"proposed_at" json:"proposed_at"`
	ExpiresAt  time.Time       `db:"expires_at" json:"expires_at"`
	DecidedBy  *string         `db:"decided_by" json:"decided_by,omitempty"`
	DecidedAt  *time.Time      `db:"decided_at" json:"decided_at,omitempty"`
	Alone      bool            `db:"alone" json:"alone,omitempty" doc:"Confirmed by who proposed it, while there was one admin"`
	SeenBy     *string         `db:"seen_by" json:"seen_by,omitempty" doc:"The second admin, who looked at what was done alone"`
	SeenAt     *time.Time      `db:"seen_at" json:"seen_at,omitempty"`
}

// Waits reports whether somebody has yet to decide.
func (r *Request) Waits() bool { return r.State == Proposed }

// Confirmer is how somebody confirms a change.
type Confirmer struct {
	By      string // user:12, or the command line
	Alone   bool   // one person may do it: there is no other yet
	Program bool   // by an API token, which proves nobody's presence
}

// Confirm lets the change be applied. It takes another person than who
// proposed it, unless there is no other yet; then it takes that person, and no
// program of theirs.
func (r *Request) Confirm(c Confirmer, now time.Time) error {
	own := r.own(c.By)
	switch {
	case r.State != Proposed:
		return r.already()
	case own && !c.Alone:
		return fault.New(fault.Forbidden, "changes.other_decides")
	case own && c.Program:
		return fault.New(fault.Forbidden, "changes.own_by_token")
	case !now.Before(r.ExpiresAt):
		return fault.New(fault.Conflict, "changes.too_old")
	}
	r.decide(Confirmed, c.By, now)
	r.Alone = own
	return nil
}

// Refuse leaves things as they are. It takes another than who proposed.
func (r *Request) Refuse(by string, now time.Time) error {
	switch {
	case r.State != Proposed:
		return r.already()
	case r.own(by):
		return fault.New(fault.Forbidden, "changes.other_decides")
	}
	r.decide(Refused, by, now)
	return nil
}

// Withdraw takes back what one proposed oneself.
func (r *Request) Withdraw(by string, now time.Time) error {
	switch {
	case r.State != Proposed:
		return r.already()
	case !r.own(by):
		return fault.New(fault.Forbidden, "changes.own_withdraws")
	}
	r.decide(Withdrawn, by, now)
	return nil
}

// See notes that another looked at what was done alone. It takes that person's eyes,
// and no program of theirs.
func (r *Request) See(by Confirmer, now time.Time) error {
	switch {
	case !r.Alone || r.SeenBy != nil || r.own(by.By):
		return fault.New(fault.Conflict, "changes.other_looks")
	case by.Program:
		return fault.New(fault.Forbidden, "changes.look_yourself")
	}
	r.SeenBy, r.SeenAt = &by.By, &now
	return nil
}

// own reports whether by is who proposed it. Whoever sits at the machine's
// command line is one person, by whatever name.
func (r *Request) own(by string) bool {
	return by == r.ProposedBy || strings.HasPrefix(by, "console") && strings.HasPrefix(r.ProposedBy, "console")
}

func (r *Request) decide(state State, by string, now time.Time) {
	r.State, r.DecidedBy, r.DecidedAt = state, &by, &now
}

func (r *Request) already() error {
	return fault.New(fault.Conflict, "changes.already", "state", r.State)
}
