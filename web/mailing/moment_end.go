package mailing

import (
	"time"

	"keur/internal/fault"
	"keur/mailings/schedules"
	"keur/web/desk"
)

// momentEnd is when the last mail leaves, at the pace of the mailing and of its
// label's route.
type momentEnd struct {
	N     int       // members who may get it, about: who match, and no more than its maximum
	Last  time.Time // zero: the pace has no limit, or it takes months
	Never bool      // takes over two months
	Lapse int       // hours after the slot in which tries end; 0: all is done by then
	Zone  *time.Location
}

// momentEnds tells when a mailing will have left. A part of its own, as it
// estimates the audience.
func (s *moment) momentEnds(x *desk.Exchange) error {
	view, content, slot, err := s.planned(x)
	problem, is := desk.AsFault(err)
	switch {
	case is && (problem.Kind == fault.Invalid || problem.Kind == fault.Conflict),
		err == nil && (slot.IsZero() || content.Schedule.MemberLocal || len(content.Audience.Segments) == 0):
		return x.Part("mailing/moment", "moment-ends", nil) // there is no telling yet
	case err != nil:
		return err
	}
	about, err := s.Audiences.Estimate(x.Context(), view.Mailing.LabelID, asRule(content.Audience))
	if err != nil {
		return err
	}
	if desk.Discreet(x, &about) != nil {
		return x.Part("mailing/moment", "moment-ends", nil) // when a few mails have left tells how few they are
	}
	end := momentEnd{N: about.N, Zone: x.Zone()}
	if most := content.Audience.Cap; most > 0 {
		end.N = min(end.N, most)
	}
	pace, err := s.pace(x, content.Schedule.PerMinute)
	if err != nil {
		return err
	}
	if pace > 0 {
		hours := schedules.HoursOf(&content.Schedule, x.Label)
		last, ok := hours.LastMail(slot, x.Label.Location(), end.N, pace)
		end.Last, end.Never = last, !ok
		if lapse := content.Schedule.LapseAfter(); !ok || last.After(slot.Add(lapse)) {
			end.Lapse = int(lapse.Hours())
		}
	}
	return x.Part("mailing/moment", "moment-ends", &end)
}

// pace is how many mails leave per minute; 0 is as many as the server takes.
func (s *moment) pace(x *desk.Exchange, perMinute int) (int, error) {
	if x.Label.SMTPRouteID == nil {
		return perMinute, nil
	}
	route, err := s.SMTPRoutes.Get(x.Context(), *x.Label.SMTPRouteID)
	if err != nil || route.PerMinute == nil || perMinute > 0 && perMinute < *route.PerMinute {
		return perMinute, err
	}
	return *route.PerMinute, nil
}
