package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// send is an occurrence of a mailing as the API shows it.
type send struct {
	ID        int64      `json:"id"`
	State     string     `json:"state"`
	Why       string     `json:"held_reason"`
	SlotAt    time.Time  `json:"slot_at"`
	Started   *time.Time `json:"started_at"`
	Finished  *time.Time `json:"finished_at"`
	Audience  int        `json:"audience"`
	Waterfall waterfall  `json:"waterfall"`
}

type waterfall struct {
	Matched int `json:"matched"`
	Steps   []struct {
		Reason string `json:"reason"`
		N      int    `json:"n"`
	} `json:"steps"`
	Audience int `json:"audience"`
}

// sendOf returns the newest send of a mailing; nil when there is none.
func (s *stage) sendOf(ctx context.Context, m *mailing) (*send, error) {
	var found page[send]
	if err := m.maker.get(ctx, fmt.Sprintf("/mailings/%d/sends", m.ID), &found); err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return &found.Items[0], nil
}

// patience is how long after its slot a send may take.
const patience = 2 * time.Minute

// waitForSends waits for the slot, and until both mailings are out.
func (s *stage) waitForSends(ctx context.Context) (string, error) {
	var first, last time.Time
	total := 0
	s.say("%-12s for the slot, %s on the labels' clocks", "waiting", s.mailings[0].brief["schedule"].(map[string]any)["at"])
	for _, m := range s.mailings {
		var out *send
		if err := until(ctx, patience, "the end of the send of "+m.Name, func() (bool, error) {
			found, err := s.sendOf(ctx, m)
			if err != nil || found == nil {
				return false, err
			}
			if out = found; out.State == "held" || out.State == "missed" || out.State == "cancelled" {
				return false, fmt.Errorf("the send of %s is %s: %s", m.Name, out.State, out.Why)
			}
			return out.State == "finished", nil
		}); err != nil {
			return "", err
		}
		total += out.Audience
		s.note("%s: %s", m.Name, out.Waterfall)
	}
	s.sent = time.Now()
	s.moods = moodsOf(s.known, s.post.toMembers(s.slot), s.trial.ID)
	if len(s.moods) != total {
		return "", fmt.Errorf("%d mails arrived of %d members", len(s.moods), total)
	}
	for _, l := range s.moods {
		if first.IsZero() || l.came.Before(first) {
			first = l.came
		}
		if l.came.After(last) {
			last = l.came
		}
	}
	return fmt.Sprintf("%s mails over SMTP; the first %.1f s after its slot, all within %.1f s", grouped(int64(total)), first.Sub(s.slot).Seconds(), last.Sub(first).Seconds()), nil
}

// String says the waterfall in a line.
func (w waterfall) String() string {
	text := fmt.Sprintf("%s matched", grouped(int64(w.Matched)))
	for _, step := range w.Steps {
		if step.N > 0 {
			text += fmt.Sprintf(" − %s %s", grouped(int64(step.N)), strings.ReplaceAll(step.Reason, "_", " "))
		}
	}
	return text + fmt.Sprintf(" = %s members", grouped(int64(w.Audience)))
}
