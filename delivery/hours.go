package delivery

import (
	"context"
	"time"

	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
)

// Hours tells when mail of sends may leave.
type Hours struct {
	Mailings *mailings.Store
	Labels   *labels.Store
}

// SendHours is when mail of one send may leave: within its mailing's window, outside its
// label's quiet hours and blackout dates.
type SendHours struct {
	schedules.Hours
	zone *time.Location // the mailing's
}

// Of returns the hours of a send of a revision under a label.
func (h Hours) Of(ctx context.Context, revision mailings.RevisionID, label labels.ID) (SendHours, error) {
	content, err := h.Mailings.Content(ctx, revision)
	if err != nil {
		return SendHours{}, err
	}
	under, err := h.Labels.Get(ctx, label)
	if err != nil {
		return SendHours{}, err
	}
	zone, err := content.Zone()
	return SendHours{schedules.HoursOf(&content.Schedule, &under), zone}, err
}

// Zone returns the time zone of a name; that of "", or of a name that means none, is the
// mailing's.
func (h *SendHours) Zone(name string) *time.Location {
	if zone, err := time.LoadLocation(name); name != "" && err == nil {
		return zone
	}
	return h.zone
}

// Opens returns the first moment from another on at which mail may leave by the clock of a
// time zone: that moment itself where there is none within two months.
func (h *SendHours) Opens(from time.Time, zone string) time.Time {
	if open, ok := h.Next(from, h.Zone(zone)); ok {
		return open
	}
	return from
}
