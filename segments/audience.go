package segments

import (
	"slices"
	"time"

	"keur/labels"
)

// SegmentRef is a segment by value: its rule as it was when the revision was
// made, with references resolved. ID and Version say where it came from and
// are 0 for a rule that was never saved.
type SegmentRef struct {
	ID      ID     `json:"id"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Rule    Rule   `json:"rule"`
}

// Audience says whom a mailing is for. It stands by value in a revision, so
// that nothing about it can change after approval.
type Audience struct {
	Segments        []SegmentRef `json:"segments"`                   // a member in any of these is matched
	Exclude         []SegmentRef `json:"exclude,omitempty"`          // … unless in any of these
	ExcludeMailings []int64      `json:"exclude_mailings,omitempty"` // … or got, or is about to get, one of these
	OncePerMember   bool         `json:"once_per_member,omitempty"`  // a series: no member twice over all sends
	MailAgain       bool         `json:"mail_again,omitempty"`       // also who got it from a send that was called off under way
	Topic           string       `json:"topic,omitempty"`            // members who turned it off are left out
	HoldoutPercent  float64      `json:"holdout_percent,omitempty"`  // share that gets nothing, to measure against
	HoldoutSalt     string       `json:"holdout_salt,omitempty"`     // the same salt holds out the same members
	Cap             int          `json:"cap,omitempty"`              // at most so many members, taken at random
	Seed            string       `json:"seed,omitempty"`             // of that choice
}

// Scope is one audience at one moment, with all that decides who falls off.
type Scope struct {
	Label       labels.ID
	Audience    Audience
	MailingID   int64        // 0 for an audience without a mailing
	Once        bool         // the mailing goes out once, so that each send of it is of this occurrence
	Advertisers []int64      // placed in the mailing, for caps per advertiser
	Categories  []string     // of these advertisers, for caps per category
	At          time.Time    // the slot; zero is now
	Opens       time.Time    // from when its mail may leave, whose day caps and wishes count by; zero is At
	Caps        []labels.Cap // of the label, and those across labels
}

// Reason says at which step of the waterfall a member fell off.
type Reason string

// The reasons, in the order of the waterfall. Blackout and quiet hours are not
// among them: they move a mail, they don't withhold it.
const (
	Excluded        Reason = "excluded"         // in an excluded segment, or in the audience of an excluded mailing
	AlreadyReceived Reason = "already_received" // the mailing goes to a member once
	GotStopped      Reason = "got_stopped"      // got it from an earlier send of this occurrence
	NoConsent       Reason = "no_consent"
	Suppressed      Reason = "suppressed"
	Paused          Reason = "paused" // the member asked for no mail until a day that hasn't come
	TopicOff        Reason = "topic_off"
	Preference      Reason = "preference" // the member asked for fewer mails a week
	Frequency       Reason = "frequency"
	Holdout         Reason = "holdout"
	OverCap         Reason = "cap"
)

// Reasons returns all reasons in the order of the waterfall.
func Reasons() []Reason {
	return []Reason{Excluded, AlreadyReceived, GotStopped, NoConsent, Suppressed, Paused, TopicOff, Preference, Frequency, Holdout, OverCap}
}

// Waterfall says how many members were matched, how many fell off at each
// step, and how many are left. Matched is always the sum of the others.
type Waterfall struct {
	Matched  int    `json:"matched"`
	Steps    []Step `json:"steps"` // in order, also those where nobody fell off
	Audience int    `json:"audience"`
	Rounded  bool   `json:"rounded,omitempty"` // as told to who only looks: see Coarsen
}

// Plus adds another waterfall, step by step.
func (w *Waterfall) Plus(other Waterfall) {
	w.Matched += other.Matched
	w.Audience += other.Audience
	w.Rounded = w.Rounded || other.Rounded
	for _, step := range other.Steps {
		at := slices.IndexFunc(w.Steps, func(known Step) bool { return known.Reason == step.Reason })
		if at < 0 {
			w.Steps = append(w.Steps, step)
			continue
		}
		w.Steps[at].N += step.N
	}
}

// Step is the members who fell off for one reason.
type Step struct {
	Reason Reason `json:"reason"`
	N      int    `json:"n"`
}
