package webhooks

import (
	"time"

	"keur/internal/states"
	"keur/internal/words"
)

// MessageID names a message within Keur; its Ref is what the receiver knows.
type MessageID int64

// MessageState is where a message stands.
type MessageState string

// The states of a message.
const (
	Waiting   MessageState = "waiting"   // for its next attempt
	Delivered MessageState = "delivered" // the endpoint took it
	Failed    MessageState = "failed"    // given up
)

// Transitions lists which state of a message may follow which: it waits again when
// somebody replays it.
func Transitions() states.Machine[MessageState] {
	return states.Machine[MessageState]{First: Waiting, Follows: map[MessageState][]MessageState{
		Waiting: {Delivered, Failed}, Delivered: {Waiting}, Failed: {Waiting},
	}}
}

// Message is what goes to an endpoint.
type Message struct {
	ID         MessageID    `db:"id" json:"id"`
	Ref        string       `db:"ref" json:"ref"`
	EndpointID EndpointID   `db:"endpoint_id" json:"endpoint_id"`
	Type       Type         `db:"type" json:"type"`
	HappenedAt time.Time    `db:"happened_at" json:"happened_at"`
	Events     int          `db:"events" json:"events"`
	State      MessageState `db:"state" json:"state"`
	Attempts   int          `db:"attempts" json:"attempts"`
	DueAt      time.Time    `db:"due_at" json:"due_at"`
	MadeAt     time.Time    `db:"made_at" json:"made_at"`
	EndedAt    *time.Time   `db:"ended_at" json:"ended_at,omitempty"`
	ReplayedBy string       `db:"replayed_by" json:"replayed_by,omitempty"`
	Status     *int         `db:"status" json:"status,omitempty"` // of the newest answer
}

// Attempt is one try to post a message, and what came back.
type Attempt struct {
	ID      int64         `db:"id" json:"id"`
	At      time.Time     `db:"at" json:"at"`
	TookMS  int           `db:"took_ms" json:"took_ms"`
	Status  *int          `db:"status" json:"status,omitempty"`
	Problem words.Message `db:"problem" json:"problem,omitzero"`
	Answer  string        `db:"answer" json:"answer,omitempty"`
}

// Code returns the status of the answer; 0: there was none.
func (a Attempt) Code() int {
	if a.Status == nil {
		return 0
	}
	return *a.Status
}

// How long the log is kept: of messages that tell of many events each for a week
// and a day, since they are large, and of all others for a month.
const (
	kept     = 30 * 24 * time.Hour
	keptMany = 8 * 24 * time.Hour
)
