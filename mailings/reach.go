package mailings

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/labels"
	"keur/mailings/schedules"
	"keur/segments"
)

// Reach counts whom mailings reach, and why others not.
type Reach struct {
	mailings *Store
	labels   *labels.Store
	segments *segments.Engine
}

// NewReach returns a reach over the stores.
func NewReach(mailings *Store, labels *labels.Store, segments *segments.Engine) *Reach {
	return &Reach{mailings, labels, segments}
}

// Scope returns whom content is for at a slot: its audience, and the caps that
// hold for mail of its label. A step of a series is for those who reached its
// day.
func (r *Reach) Scope(ctx context.Context, m *Mailing, content *Content, slot time.Time) (segments.Scope, error) {
	audience := content.Audience
	if content.Schedule.Kind == schedules.Series && content.Schedule.Step != nil {
		audience = reaching(content.Schedule.Step, audience)
	}
	label, err := r.labels.Get(ctx, m.LabelID)
	if err != nil {
		return segments.Scope{}, err
	}
	caps, err := r.labels.AllCaps(ctx, m.LabelID)
	scope := segments.Scope{
		Label: m.LabelID, Audience: audience, MailingID: int64(m.ID), Once: content.Schedule.Kind == schedules.Once,
		Advertisers: content.Advertisers(), Categories: content.Categories(), At: slot, Caps: caps,
	}
	if hours := schedules.HoursOf(&content.Schedule, &label); !slot.IsZero() {
		scope.Opens, _ = hours.Next(slot, label.Location()) // never: the slot's own day will do
	}
	return scope, err
}

// reaching narrows an audience to those who reached the step's day, each once. On the
// day of joining itself the step's time may be over: they get it the day after.
func reaching(s *schedules.Step, audience segments.Audience) segments.Audience {
	last := max(s.Days, 1)
	reached := segments.Rule{Membership: &segments.Membership{
		Field: s.After, Op: segments.DaysAgoBetween, Value: []any{float64(s.Days), float64(last)},
	}}
	narrowed := make([]segments.SegmentRef, len(audience.Segments))
	for i, ref := range audience.Segments {
		ref.Rule = segments.Rule{All: []segments.Rule{reached, ref.Rule}}
		narrowed[i] = ref
	}
	audience.Segments, audience.OncePerMember = narrowed, true
	return audience
}

// Waterfall counts whom content would reach at a slot, and why others not. A
// zero slot is now.
func (r *Reach) Waterfall(ctx context.Context, m *Mailing, content *Content, slot time.Time) (segments.Waterfall, error) {
	scope, err := r.Scope(ctx, m, content, slot)
	if err != nil {
		return segments.Waterfall{}, err
	}
	return r.segments.Waterfall(ctx, scope)
}

// Members returns who content would reach at a slot.
func (r *Reach) Members(ctx context.Context, m *Mailing, content *Content, slot time.Time) (segments.Members, error) {
	scope, err := r.Scope(ctx, m, content, slot)
	if err != nil {
		return segments.Members{}, err
	}
	return r.segments.Members(ctx, scope)
}

// Count counts an audience that no mailing has yet.
func (r *Reach) Count(ctx context.Context, label labels.ID, audience segments.Audience, at time.Time) (segments.Waterfall, error) {
	return r.Waterfall(ctx, &Mailing{LabelID: label}, &Content{Audience: audience}, at)
}

// Forecast counts whom the newest revision of a mailing would reach at its
// first slot, or now if that has passed, and why others not.
func (r *Reach) Forecast(ctx context.Context, m *Mailing) (segments.Waterfall, error) {
	if m.RevisionID == nil {
		return segments.Waterfall{}, fault.New(fault.Conflict, "mailings.no_content")
	}
	content, err := r.mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return segments.Waterfall{}, err
	}
	slot, err := content.FirstSlot(r.mailings.clock.Now())
	if err != nil {
		slot = time.Time{}
	}
	return r.Waterfall(ctx, m, &content, slot)
}

// Kinds tells the members that content would reach at a slot apart by columns;
// see segments.Engine.
func (r *Reach) Kinds(
	ctx context.Context, m *Mailing, content *Content, slot time.Time, columns []string, each func(values []string, members int),
) error {
	scope, err := r.Scope(ctx, m, content, slot)
	if err != nil {
		return err
	}
	return r.segments.Kinds(ctx, scope, columns, each)
}
