package smtp

import (
	"errors"
	"net"
	"regexp"
	"sync/atomic"
	"time"

	"keur/delivery"
)

// overlap is what a route is known to make of an envelope that leaves with the
// end of the message before it. A connection that breaks at one says nothing
// about a route that has taken others.
type overlap struct {
	taken   atomic.Bool
	refused atomic.Bool // then one transaction follows the other
}

// overlapTimeout is how long we wait for the answers to the first envelope of a
// connection that left with the end of another message: a server that throws
// away what comes before its answer never gives them.
const overlapTimeout = 30 * time.Second

// resume reads the answers to the envelope that left with the end of the
// message before. A server that doesn't bear that is remembered, and nothing is
// held against the message: its content hasn't left.
func (c *conn) resume(group []command) (reply delivery.Reply, ready bool) {
	c.begun = envelope{}
	first := c.overlaps == 0
	if first {
		c.deadline(min(overlapTimeout, c.settings.CommandTimeout))
	} else {
		c.deadline(c.settings.CommandTimeout)
	}
	answers, err := c.answers(group)
	if first && outOfStep(answers, err) {
		return c.separate(delivery.AtMail)
	}
	if first {
		c.overlap.taken.Store(true)
	}
	c.overlaps++
	return c.judge(group, answers, err)
}

// outOfStep reports whether the answers to an overlapping envelope look like
// those of a server that doesn't bear it: there are none, or MAIL is called a
// bad sequence (503) or a synchronisation error (554, as Exim says to who
// speaks before being asked). It is not its fault if we have hung up.
func outOfStep(answers []answer, err error) bool {
	if err != nil {
		return !errors.Is(err, net.ErrClosed)
	}
	return answers[0].code == 503 || answers[0].code == 554
}

var aboutOverlap = regexp.MustCompile(`(?i)pipelin|synchroni[sz]ation`)

// blamesOverlap reports whether a message was refused for the envelope that
// came with its end, and not for itself.
func (c *conn) blamesOverlap(a answer) bool {
	return !c.begun.empty() && c.overlaps == 0 && a.refused() && aboutOverlap.MatchString(a.text)
}

// separate has this transaction be tried over a new connection, and all of the
// route follow each other from now on unless it is known to take overlaps.
func (c *conn) separate(at delivery.Step) (reply delivery.Reply, ready bool) {
	if !c.overlap.taken.Load() {
		c.overlap.refused.Store(true)
	}
	c.broken = true
	return notSent(at, errOutOfStep), false
}
