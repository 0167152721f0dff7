package delivery

import (
	"math/rand/v2"
	"time"

	"keur/tracking/bounces"
)

// Change is what one item of a round asks of the ledger: the intent to send, or
// the outcome of having sent.
type Change struct {
	Item      *Item
	State     State
	messageID string // of an intent
	code      int
	reason    string
	class     bounces.Class // of a refusal
	said      string        // by the server that refused
	due       time.Time     // of a deferral
}

// IsIntent reports whether the change is an intent.
func (c *Change) IsIntent() bool { return c.State == Sending }

// Intent is what the ledger writes before a mail is sent.
func (it *Item) Intent(messageID string) Change {
	return Change{Item: it, State: Sending, messageID: messageID}
}

// waits is how long to wait after each attempt that a server refused for now;
// the last one holds for all that follow.
var waits = [...]time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// nextAttempt returns when a delivery is tried again after its attempt of that
// number, and false when that would be after until. Half of the first wait is
// left to chance, so that what was refused together doesn't come back together.
func nextAttempt(attempt int, now, until time.Time) (time.Time, bool) {
	wait := waits[min(max(attempt, 1), len(waits))-1]
	if wait == waits[0] {
		wait = wait/2 + rand.N(wait)
	}
	at := now.Add(wait)
	return at, at.Before(until)
}

// Outcome is what the ledger writes after a reply: by tracking's rules of
// bounces, which ask at which step it was given and look at the words before the code.
func (it *Item) Outcome(reply Reply, now time.Time) Change {
	ch := Change{Item: it, code: reply.Code}
	switch reply.Outcome {
	case OutcomeAccepted:
		ch.State = Sent
		return ch
	case OutcomeNotSent: // it never left; another connection may have it at once
		ch.State, ch.reason, ch.due = Deferred, "not_sent", now
		return ch
	case OutcomeLost:
		ch.State, ch.reason = InDoubt, "reply_lost"
		return ch
	case OutcomeWithheld: // our own words, which the rules for servers' words would misread
		ch.State, ch.class, ch.reason = Failed, bounces.Ours, string(bounces.Ours)+": "+string(reply.Withheld)
		return ch
	}
	class, why := bounces.Classify(bounces.Reply{Code: reply.Code, Enhanced: reply.Enhanced, Text: reply.Text,
		Step: bounces.Step(reply.Step)})
	ch.class, ch.reason, ch.said = class, string(class), reply.Text
	if why != "" {
		ch.reason += ": " + why
	}
	switch {
	case reply.Outcome == OutcomeRejected && class == bounces.Ours:
		ch.State = Failed // nobody's address is to blame
	case reply.Outcome == OutcomeRejected && class != bounces.Transient:
		ch.State = Bounced
	default:
		ch.State = Deferred
		var more bool
		if ch.due, more = nextAttempt(it.attempt, now, it.batch.Send.until(it.attempt)); !more {
			ch.State = Failed
			if class == bounces.Quota {
				ch.State = Bounced // a full mailbox is the member's, however politely it was told
			}
		}
	}
	return ch
}
