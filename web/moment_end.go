package web

import (
	"time"

	"keur/internal/fault"
	"keur/mailings"
)

// momentEnd is when the last mail leaves, at the pace of the mailing and of its
// label's route.
type momentEnd struct {
	N     int       // members whom the audience matches, about
	Last  time.Time // zero: the pace has no limit, or it takes months
	Never bool      // takes over two months
	Lapse int       // hours after the slot in which tries end; 0: all is done by then
	Zone  *time.Location
}

// momentEnds tells when a mailing will have left. A part of its own, as it
// estimates the audience.
func (v *visit) momentEnds() error {
	view, content, slot, err := v.planned()
	told, is := asFault(err)
	switch {
	case is && (told.Kind == fault.Invalid || told.Kind == fault.Conflict),
		err == nil && (slot.IsZero() || content.Schedule.MemberLocal || len(content.Audience.Segments) == 0):
		return v.part("mailing_moment", "moment-ends", nil) // there is no telling yet
	case err != nil:
		return err
	}
	about, err := v.Audiences.Estimate(v.ctx(), view.Mailing.LabelID, asRule(content.Audience))
	if err != nil {
		return err
	}
	end := momentEnd{N: about.N, Zone: v.zone()}
	pace, err := v.pace(content.Schedule.PerMinute)
	if err != nil {
		return err
	}
	if pace > 0 {
		hours := mailings.HoursOf(&content.Schedule, v.Label)
		last, ok := hours.LastMail(slot, v.Label.Location(), about.N, pace)
		end.Last, end.Never = last, !ok
		if lapse := content.Schedule.LapseAfter(); !ok || last.After(slot.Add(lapse)) {
			end.Lapse = int(lapse.Hours())
		}
	}
	return v.part("mailing_moment", "moment-ends", &end)
}

// pace is how many mails leave per minute; 0 is as many as the server takes.
func (v *visit) pace(perMinute int) (int, error) {
	if v.Label.SMTPRouteID == nil {
		return perMinute, nil
	}
	route, err := v.Routes.Get(v.ctx(), *v.Label.SMTPRouteID)
	if err != nil || route.PerMinute == nil || perMinute > 0 && perMinute < *route.PerMinute {
		return perMinute, err
	}
	return *route.PerMinute, nil
}
