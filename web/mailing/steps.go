package mailing

import (
	"slices"
	"time"

	"keur/mailings"
)

// step is one of a mailing's, with how far it is.
type step struct {
	Key   string
	State stepState
}

// stepState says what a step asks of people.
type stepState string

const (
	stepDone stepState = "done"
	stepWork stepState = "work" // somebody must do something here
	stepWait stepState = "wait" // first what comes before
)

// stepKeys are the steps in the order in which they are taken.
func stepKeys() []string {
	return []string{"content", "audience", "moment", "check", "approval", "outcome"}
}

func isStep(key string) bool { return slices.Contains(stepKeys(), key) }

// stepsOf judges how far each step is.
func stepsOf(m *mailingView, now time.Time) []step {
	left := slices.ContainsFunc(m.Sends, func(send mailings.Send) bool { return send.StartedAt != nil })
	done := map[string]bool{
		"content":  !m.Blocked(),
		"audience": len(m.Work.Brief.Audience.Segments) > 0,
		"moment":   m.Work.Brief.Schedule.Ahead(m.Zone, now) || left || m.Mailing.State == mailings.Done,
		"check":    m.Mailing.RevisionID != nil && !m.Work.Changed(),
		"approval": m.Mailing.State == mailings.Approved || m.Mailing.State == mailings.Scheduled || m.Mailing.State == mailings.Done,
		"outcome":  left || m.Mailing.State == mailings.Done,
	}
	var steps []step
	reached := true // content, audience and moment can be filled in any order
	for i, key := range stepKeys() {
		step := step{Key: key, State: stepWait}
		switch {
		case done[key]:
			step.State = stepDone
		case key == "outcome": // comes by itself once mail goes out
		case i < 3, reached:
			step.State = stepWork
		}
		reached = reached && done[key]
		steps = append(steps, step)
	}
	return steps
}

// nextStep is the first that needs work, or else the last that is done.
func nextStep(steps []step) string {
	last := steps[0].Key
	for _, step := range steps {
		if step.State == stepWork {
			return step.Key
		}
		if step.State == stepDone {
			last = step.Key
		}
	}
	return last
}
