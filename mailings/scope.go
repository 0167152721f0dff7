package mailings

import (
	"time"

	"keur/labels"
	"keur/segments"
)

// Scope returns whom the content is for at the slot at, with the caps that
// hold then. A step of a series is for those who reached its day.
func (c *Content) Scope(m *Mailing, at time.Time, caps []labels.Cap) segments.Scope {
	audience := c.Audience
	if c.Schedule.Kind == Series && c.Schedule.Step != nil {
		audience = c.Schedule.Step.of(audience)
	}
	return segments.Scope{
		Label: m.LabelID, Audience: audience, MailingID: int64(m.ID),
		Advertisers: c.Advertisers(), Categories: c.Categories(), At: at, Caps: caps,
	}
}

// of narrows an audience to those who reached the step's day, each once.
func (s *Step) of(audience segments.Audience) segments.Audience {
	reached := segments.Rule{Membership: &segments.Membership{
		Field: s.After, Op: segments.DaysAgoBetween, Value: []any{float64(s.Days), float64(s.Days)},
	}}
	narrowed := make([]segments.SegmentRef, len(audience.Segments))
	for i, ref := range audience.Segments {
		ref.Rule = segments.Rule{All: []segments.Rule{reached, ref.Rule}}
		narrowed[i] = ref
	}
	audience.Segments, audience.OncePerMember = narrowed, true
	return audience
}
