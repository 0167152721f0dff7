package day

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"keur/demo"
	"keur/mailings"
	"keur/segments"
)

// waitForSends waits for the slot, and until both mailings are out.
func (d *day) waitForSends(ctx context.Context) (string, error) {
	total := 0
	d.Say("%-12s for the slot, %s on the labels' clocks", "waiting", d.mailings[0].Brief.Schedule.At)
	for _, m := range d.mailings {
		var out *mailings.Send
		if err := demo.Until(ctx, "the end of the send of "+m.Name, func() (bool, error) {
			found, err := m.Send(ctx)
			if err != nil || found == nil {
				return false, err
			}
			if out = found; slices.Contains([]mailings.SendState{mailings.Held, mailings.Missed, mailings.SendCancelled}, out.State) {
				return false, fmt.Errorf("the send of %s is %s: %s", m.Name, out.State, out.HeldReason)
			}
			return out.State == mailings.Finished, nil
		}); err != nil {
			return "", err
		}
		var w segments.Waterfall
		if err := json.Unmarshal(*out.Waterfall, &w); err != nil {
			return "", err
		}
		d.Note("%s: %s", m.Name, line(w))
		total += w.Audience
	}
	d.sent = time.Now()
	// An earlier demo that was stopped may have left some to send.
	d.letters = d.Letters.Collect(d.slot)
	if len(d.letters) != total {
		return "", fmt.Errorf("%d mails arrived of %d members", len(d.letters), total)
	}
	first, last := d.letters[0].Came, d.letters[0].Came
	for _, l := range d.letters {
		if l.Came.Before(first) {
			first = l.Came
		}
		if l.Came.After(last) {
			last = l.Came
		}
	}
	return fmt.Sprintf("%s mails over SMTP; the first %.1f s after its slot, all within %.1f s",
		demo.Grouped(total), first.Sub(d.slot).Seconds(), last.Sub(first).Seconds()), nil
}

// line says a waterfall in a line.
func line(w segments.Waterfall) string {
	text := fmt.Sprintf("%s matched", demo.Grouped(w.Matched))
	for _, step := range w.Steps {
		if step.N > 0 {
			text += fmt.Sprintf(" − %s %s", demo.Grouped(step.N), strings.ReplaceAll(string(step.Reason), "_", " "))
		}
	}
	return text + fmt.Sprintf(" = %s members", demo.Grouped(w.Audience))
}
