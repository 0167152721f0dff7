package networks

import (
	"time"

	"keur/internal/fault"
	"keur/internal/words"
)

// Progress is how far a sweep of a connection is. What is asked at once has a
// goal: the moment at which it began. On the way there it is cut into windows,
// and each window into pages.
type Progress struct {
	Sweep   string        `db:"sweep" json:"sweep"`
	Covered *time.Time    `db:"covered_until" json:"covered_until,omitempty"`
	Due     time.Time     `db:"due_at" json:"due_at"`
	Ran     *time.Time    `db:"ran_at" json:"ran_at,omitempty"`
	Reports int64         `db:"reports" json:"reports"`
	Unread  int64         `db:"unread" json:"unread"`
	Ref     string        `db:"unread_ref" json:"unread_ref,omitempty"`
	Reason  words.Message `db:"unread_reason" json:"unread_reason,omitzero"`

	Failures int           `db:"failures" json:"failures"`
	Problem  words.Message `db:"problem" json:"problem,omitzero"`

	Turn   int64      `db:"turn" json:"-"`
	Goal   *time.Time `db:"goal" json:"-"`
	From   *time.Time `db:"window_from" json:"-"`
	Until  *time.Time `db:"window_until" json:"-"`
	Cursor string     `db:"cursor" json:"-"`
}

const (
	backoff      = time.Minute   // after the first failure; twice that after each further one
	maxBackoff   = 6 * time.Hour // but never more
	staleFailure = 3             // after so many the page is given up, and its window begins again
)

// ask returns the sweep's next question, which is the one that was not answered
// before, or the first of a new round.
func (p *Progress) ask(s Sweep, window time.Duration, now time.Time) Question {
	if p.Goal == nil {
		from := now.Add(-s.Reach)
		if p.Covered != nil {
			from = p.Covered.Add(-s.Overlap)
		}
		p.Goal, p.From, p.Reports, p.Unread, p.Ref, p.Reason = &now, &from, 0, 0, "", words.Message{}
		p.cut(window)
	}
	return Question{By: s.By, From: *p.From, Until: *p.Until, Cursor: p.Cursor, Asked: now}
}

// cut makes the window as long as the network takes, and no longer than the goal.
func (p *Progress) cut(window time.Duration) {
	until := p.From.Add(window)
	if until.After(*p.Goal) {
		until = *p.Goal
	}
	p.Until, p.Cursor = &until, ""
}

// answered moves on behind a page. share is from 0 to 1, by chance: it spreads
// what many connections ask.
func (p *Progress) answered(a Answer, s Sweep, window time.Duration, now time.Time, share float64) {
	p.Failures, p.Problem, p.Ran, p.Due = 0, words.Message{}, &now, now
	p.Reports += int64(len(a.Reports) + a.Others + len(a.Unread))
	p.Unread += int64(len(a.Unread))
	if n := len(a.Unread); n > 0 {
		p.Ref, p.Reason = a.Unread[n-1].Number(), words.OfError(a.Unread[n-1].Err)
	}
	switch {
	case a.Next != "":
		p.Cursor = a.Next
	case p.Until.Before(*p.Goal):
		p.From = p.Until
		p.cut(window)
	default:
		p.Covered, p.Due = p.Goal, now.Add(s.Every*9/10+time.Duration(share*float64(s.Every/5)))
		p.Goal, p.From, p.Until, p.Cursor = nil, nil, nil, ""
	}
}

// failed puts the sweep off: until the network takes calls again, which is no
// failure, or for twice as long as the time before.
func (p *Progress) failed(err error, now time.Time, share float64) {
	p.Ran = &now
	if wait, is := AsWait(err); is {
		p.Due = wait.Until
		return
	}
	p.Failures++
	pause := maxBackoff
	if p.Failures < 10 {
		pause = min(backoff<<(p.Failures-1), maxBackoff)
	}
	p.Due = now.Add(pause/2 + time.Duration(share*float64(pause)))
	p.Problem = words.Of("networks.failed")
	if fault.Of(err) != fault.Internal {
		p.Problem = words.OfError(err)
	}
	if p.Failures%staleFailure == 0 {
		p.Cursor = ""
	}
}

// Lag is how long ago what the sweep knows was so.
func (p Progress) Lag(now time.Time) time.Duration {
	if p.Covered == nil {
		return 0
	}
	return now.Sub(*p.Covered)
}
