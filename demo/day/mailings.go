package day

import (
	"context"
	"fmt"
	"time"

	"keur/demo"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// How long before their slot the mailings are written: what approving takes.
// On a machine that is busy that is so many times what the campaigns took.
const (
	shortestLead = 20 * time.Second
	leadOverPlan = 15
)

// writeMailings makes a solo, a newsletter, and a house mailing to everyone in
// two days on which the rules are tried.
func (d *day) writeMailings(ctx context.Context) (string, error) {
	d.slot = time.Now().Add(max(shortestLead, leadOverPlan*d.planning)).Truncate(time.Second)
	for _, m := range d.Markets {
		for _, b := range m.Mailings {
			made, err := d.write(ctx, m, b)
			if err != nil {
				return "", err
			}
			if b.Kind == mailings.House {
				d.trial = made
			} else {
				d.mailings = append(d.mailings, made)
			}
		}
	}
	return fmt.Sprintf("%q and %q, for %s", d.mailings[0].Name, d.mailings[1].Name, d.mailings[0].Brief.Schedule.At), nil
}

// write makes a mailing of a brief.
func (d *day) write(ctx context.Context, m *demo.Market, b demo.Brief) (*demo.Mailing, error) {
	made := &demo.Mailing{Publisher: d.Publisher, In: m, Maker: m.Maker, Offers: m.Today}
	slot := d.slot
	audience := segments.Audience{Segments: m.Segment(b.Segment)}
	if b.Exclude != "" {
		audience.Exclude = m.Segment(b.Exclude)
	}
	if b.Holdout != "" { // one in twenty gets nothing, to compare with
		audience.HoldoutPercent, audience.HoldoutSalt = 5, b.Holdout
	}
	if b.Kind == mailings.House {
		made.Offers, slot = nil, d.Began.AddDate(0, 0, 2).Truncate(time.Hour)
		audience = segments.Audience{Segments: []segments.SegmentRef{{Name: "Iedereen", Rule: segments.Everyone()}}}
	}
	made.Name, made.Kind = b.Name, b.Kind
	made.Brief = mailings.Brief{
		Subjects: b.Subjects, Preheader: b.Preheader, Audience: audience,
		Schedule: schedules.Schedule{Kind: schedules.Once, At: schedules.LocalOf(slot.In(m.Zone))},
	}
	if err := made.Begin(ctx); err != nil {
		return nil, err
	}
	return made, made.Revise(ctx)
}

// approveMailings brings the two mailings through maker, clients and colleague.
// The third one, for trials, stops before its colleague.
func (d *day) approveMailings(ctx context.Context) (string, error) {
	// Who signs off needn't be who wrote: the trial has one of each.
	if err := d.trial.Submit(ctx, d.Editor); err != nil {
		return "", err
	}
	for _, m := range d.mailings {
		if err := m.Submit(ctx, m.Maker); err != nil {
			return "", err
		}
	}
	clients, audience := 0, 0
	for _, m := range d.mailings {
		if err := m.Clients(ctx); err != nil {
			return "", err
		}
		clients += len(m.Offers)
		if err := m.Decide(ctx, d.Colleague, ""); err != nil {
			return "", err
		}
		audience += m.Round.Audience
	}
	return fmt.Sprintf("2 makers, %d clients by the link in their mail, 1 colleague; for %s members", clients, demo.Grouped(audience)), nil
}
