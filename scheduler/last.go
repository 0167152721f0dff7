package scheduler

import (
	"time"

	"keur/labels"
	"keur/mailings"
)

// LastMail returns when the last of n mails leaves that go out from a slot on,
// so many per minute, while the schedule's window and the label's quiet hours
// and blackout dates let them; ok is false when that takes over two months.
func LastMail(s *mailings.Schedule, label *labels.Label, slot time.Time, n, perMinute int) (at time.Time, ok bool) {
	h, zone := openHours(s, label), label.Location()
	left := time.Duration(n) * time.Minute / time.Duration(perMinute)
	for at = slot; at.Before(slot.AddDate(0, 0, searchDays)); {
		open, ok := h.next(at, zone)
		if !ok {
			return time.Time{}, false
		}
		shut, closes := h.shut(open, zone)
		if !closes || !open.Add(left).After(shut) {
			return open.Add(left), true
		}
		left -= shut.Sub(open)
		at = shut
	}
	return time.Time{}, false
}
