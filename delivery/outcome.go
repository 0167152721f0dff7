package delivery

import (
	"math/rand/v2"
	"time"

	"keur/tracking/bounces"
)

// giveUp is how long after its slot a refused delivery is still tried, unless
// its send's deadline comes first.
const giveUp = 48 * time.Hour

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

// until is the moment after which a delivery of the send isn't tried any more.
func (r *run) until() time.Time {
	end := r.SlotAt.Add(giveUp)
	if r.Deadline != nil && r.Deadline.Before(end) {
		return *r.Deadline
	}
	return end
}

// outcome is what the ledger writes after a reply: by tracking's table of
// bounces, which hears the words before the code.
func (it *item) outcome(reply Reply, now time.Time) change {
	ch := change{item: it, code: reply.Code}
	switch reply.Outcome {
	case Accepted:
		ch.state = Sent
		return ch
	case NotSent:
		ch.state = Queued
		return ch
	case Lost:
		ch.state, ch.reason = InDoubt, "reply_lost"
		return ch
	}
	class, why := bounces.Classify(bounces.Reply{Code: reply.Code, Enhanced: reply.Enhanced, Text: reply.Text, AfterData: reply.Step == AtEnd})
	if reply.Step == AtMail {
		class = bounces.Ours // it is our sender that was refused
	}
	ch.class, ch.reason = class, string(class)
	if why != "" {
		ch.reason += ": " + why
	}
	switch {
	case reply.Outcome == Rejected && class == bounces.Ours:
		ch.state = Failed // nobody's address is to blame
	case reply.Outcome == Rejected && class != bounces.Transient:
		ch.state = Bounced
	default:
		ch.state = Delayed
		var more bool
		if ch.due, more = nextAttempt(it.attempt, now, it.batch.run.until()); !more {
			ch.state = Failed
		}
	}
	return ch
}
