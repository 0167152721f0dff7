package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/networks/material"
	"keur/networks/programmes"
	"keur/segments"
)

// Foreseen is what a check found long before the slot.
type Foreseen struct {
	Check    string // advertisers, offers, sender, attachments, moment, vouchers, records or links
	Severity links.Severity
	Message  words.Message
	Listing  programmes.ListingID // the network's programme that it is about, where a person can say something of it
	Taken    *material.Finding    // what was taken from a network that it is about; nil: nothing
}

// Outlook is what would become of a mailing's newest revision at its next slot,
// as far as it can be known now.
type Outlook struct {
	Waterfall segments.Waterfall
	Slot      time.Time // now, if no slot is to come
	Found     []Foreseen
}

// Outlook counts whom the newest revision reaches and foresees what would hold
// it. A conflict if the mailing has no revision.
func (p *Preflight) Outlook(ctx context.Context, m *mailings.Mailing) (Outlook, error) {
	out := Outlook{Slot: p.clock.Now()}
	if m.RevisionID == nil {
		return out, fault.New(fault.Conflict, "scheduler.nothing_to_foresee")
	}
	content, err := p.mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return out, err
	}
	if out.Waterfall, err = p.reach.Forecast(ctx, m); err != nil {
		return out, err
	}
	label, err := p.labels.Get(ctx, m.LabelID)
	if err != nil {
		return out, err
	}
	next, ok, err := p.Next(ctx, m, &content, label.Location())
	if err != nil {
		return out, err
	}
	if ok {
		out.Slot = next.At
	}
	if out.Found, err = p.Foresee(ctx, m.LabelID, &content, out.Waterfall.Audience, out.Slot); err != nil {
		return out, err
	}
	if why, is := errors.AsType[*fault.Error](p.ended(m, &content)); is {
		out.Found = append(out.Found, Foreseen{Check: "moment", Severity: links.Blocks, Message: why.Message})
	}
	if pace := p.tooSlow(&label, &content, out.Waterfall.Audience, out.Slot); !pace.IsZero() {
		out.Found = append(out.Found, Foreseen{Check: "moment", Severity: links.Tells, Message: pace})
	}
	warm, err := p.warmsUp(ctx, &content, out.Waterfall.Audience, out.Slot)
	if err != nil {
		return out, err
	}
	if !warm.IsZero() {
		out.Found = append(out.Found, Foreseen{Check: "moment", Severity: links.Tells, Message: warm})
	}
	if large := heavy(&content, out.Waterfall.Audience); !large.IsZero() {
		out.Found = append(out.Found, Foreseen{Check: "attachments", Severity: links.Tells, Message: large})
	}
	east, err := p.eastPassed(ctx, m, &content, next)
	if !east.IsZero() {
		out.Found = append(out.Found, Foreseen{Check: "moment", Severity: links.Tells, Message: east})
	}
	return out, err
}

// eastPassed tells that a slot by the members' own clocks has passed for those in
// the east while it still waits for approval: they get it late, at once after that.
// No message otherwise, also where there is no slot.
func (p *Preflight) eastPassed(
	ctx context.Context, m *mailings.Mailing, content *mailings.Content, slot schedules.Slot,
) (words.Message, error) {
	waits := m.State == mailings.Draft || m.State == mailings.InReview || m.State == mailings.ChangesRequested
	if !waits || !content.Schedule.MemberLocal || slot.At.IsZero() {
		return words.Message{}, nil
	}
	zones, err := p.segments.TimeZones(ctx, m.LabelID)
	if err != nil || earliest(slot, zones).After(p.clock.Now()) {
		return words.Message{}, err
	}
	return words.Of("scheduler.east_passed", "slot", slot.Local), nil
}

// ended returns a fault for what waits for an approval while its only slot has
// passed.
func (p *Preflight) ended(m *mailings.Mailing, content *mailings.Content) error {
	switch m.State {
	case mailings.Draft, mailings.InReview, mailings.ChangesRequested:
		_, err := content.FirstSlot(p.clock.Now())
		return err
	}
	return nil
}

// tooSlow tells that at the mailing's own pace some of its mail lapses before its
// turn comes, or nothing.
func (p *Preflight) tooSlow(label *labels.Label, content *mailings.Content, members int, slot time.Time) words.Message {
	schedule := &content.Schedule
	if schedule.PerMinute == 0 || schedule.MemberLocal {
		return words.Message{}
	}
	hours, lapse := schedules.HoursOf(schedule, label), schedule.LapseAfter()
	last, ends := hours.LastMail(slot, label.Location(), members, schedule.PerMinute)
	if ends && !last.After(slot.Add(lapse)) {
		return words.Message{}
	}
	return words.Of("scheduler.pace_lapses", "pace", schedule.PerMinute, "hours", int(lapse.Hours()))
}

// Next returns the mailing's next slot that nobody called off: of what is
// approved, a send that was cancelled takes its slot along.
func (p *Preflight) Next(
	ctx context.Context, m *mailings.Mailing, content *mailings.Content, zone *time.Location,
) (schedules.Slot, bool, error) {
	next, ok := content.Schedule.Next(zone, p.clock.Now())
	if !ok || m.State != mailings.Approved && m.State != mailings.Scheduled {
		return next, ok, nil
	}
	off, err := p.sends.CalledOff(ctx, m, next.At)
	for ok && slices.Contains(off, next.Local) {
		next, ok = content.Schedule.Next(zone, next.At)
	}
	return next, ok, err
}

// Foresee runs the checks of a preflight that can be run while a mailing is
// being made, so that nothing holds it at its slot that could have been known.
// Vouchers are checked when an audience is given.
func (p *Preflight) Foresee(
	ctx context.Context, label labels.ID, content *mailings.Content, audience int, slot time.Time,
) ([]Foreseen, error) {
	as := mailings.Send{LabelID: label, SlotAt: slot}
	checks := []struct {
		name string
		run  func() error
	}{
		{"advertisers", func() error { return p.checkAdvertisers(ctx, &as, content) }},
		{"offers", func() error { return p.checkOffers(ctx, &as, content) }},
		{"sender", func() error { return p.checkSender(ctx, &as, content) }},
		{"attachments", func() error { return p.checkFiles(ctx, label, content) }},
		{"vouchers", func() error { return p.checkStock(ctx, content, audience, slot) }},
	}
	var found []Foreseen
	for _, check := range checks {
		err := check.run()
		if err == nil {
			continue
		}
		why, ok := errors.AsType[*fault.Error](err)
		if !ok || why.Kind == fault.Internal || why.Kind == fault.Unavailable {
			return found, err
		}
		found = append(found, Foreseen{Check: check.name, Severity: links.Blocks, Message: why.Message})
	}
	listed, err := p.approval.Permitted.Findings(ctx, label, content, slot)
	if err != nil {
		return found, err
	}
	for _, f := range listed {
		found = append(found, Foreseen{Check: "advertisers", Severity: f.Severity, Message: f.Message, Listing: f.Listing})
	}
	taken, err := p.approval.Permitted.Taken(ctx, content, slot)
	if err != nil {
		return found, err
	}
	for _, f := range taken {
		found = append(found, Foreseen{Check: "offers", Severity: f.Severity, Message: f.Message, Taken: &f})
	}
	moment, err := p.foreseeSlots(ctx, label, content)
	if found = append(found, moment...); err != nil {
		return found, err
	}
	records, err := p.foreseeRecords(ctx, label, content)
	if found = append(found, records...); err != nil {
		return found, err
	}
	checked, err := p.followLinks(ctx, label, content)
	if why, is := errors.AsType[*fault.Error](err); is && why.Kind != fault.Internal && why.Kind != fault.Unavailable {
		return append(found, Foreseen{Check: "links", Severity: links.Blocks, Message: why.Message}), nil
	}
	for _, c := range checked {
		if f := mailings.Finding(c.URL, c.Found); f.Severity != links.Sound {
			found = append(found, Foreseen{Check: "links", Severity: f.Severity, Message: f.Message})
		}
	}
	return found, err
}

// most slots that are named one by one as reaching nobody
const mostUnreached = 12

// foreseeSlots finds the slots, up to the end of an approval, that reach nobody.
// They block if none reaches anybody, or if they are more than was confirmed.
func (p *Preflight) foreseeSlots(ctx context.Context, label labels.ID, content *mailings.Content) (found []Foreseen, err error) {
	slots, unreached, err := p.approval.Unreached(ctx, label, content)
	if why, is := errors.AsType[*fault.Error](err); is && why.Kind != fault.Internal && why.Kind != fault.Unavailable {
		return []Foreseen{{Check: "moment", Severity: links.Blocks, Message: why.Message}}, nil
	}
	if err != nil {
		return nil, err
	}
	severity := links.Tells
	if len(unreached) == len(slots) {
		severity = links.Blocks
	} else if why, is := errors.AsType[*fault.Error](content.Schedule.ConfirmUnreached(slots, unreached)); is {
		found = append(found, Foreseen{Check: "moment", Severity: links.Blocks, Message: why.Details[0].Message})
	}
	for i, u := range unreached {
		if i == mostUnreached {
			return append(found, Foreseen{
				Check: "moment", Severity: severity, Message: words.Of("mailings.more_unreached", "n", len(unreached)-i),
			}), nil
		}
		found = append(found, Foreseen{Check: "moment", Severity: severity, Message: u.Why})
	}
	return found, nil
}

// checkStock: each pool of codes covers the audience.
func (p *Preflight) checkStock(ctx context.Context, content *mailings.Content, audience int, slot time.Time) error {
	day, err := content.Day(slot)
	if err != nil {
		return err
	}
	for _, id := range content.VoucherPools() {
		pool, err := p.vouchers.Get(ctx, campaigns.PoolID(id))
		if err != nil {
			return err
		}
		if err := pool.Covers(audience, day); err != nil {
			return err
		}
	}
	return nil
}
