package past

import (
	"context"
	"fmt"
	"time"

	"keur/demo"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
)

// seriesWeeks is since how many weeks members get the series.
const seriesWeeks = 3

// seriesHour is when its steps go out, on the label's clock.
const seriesHour = 10

// welcome is a series whose steps are made and approved like other mailings.
type welcome struct {
	*months
	in *demo.Market
}

// plan plans the market's series, if it has one: each day its steps go out to those
// whose day it is.
func (w welcome) plan() {
	of := &w.in.Series
	if of.Name == "" {
		return
	}
	first := w.past(w.in, min(w.weeks, seriesWeeks), time.Monday, seriesHour)
	w.agenda.at(first.Add(written), "begin "+of.Name, w.begin)
	for _, s := range of.Steps {
		w.step(s, first)
	}
	for slot := first; slot.Before(w.now.Add(-2 * time.Hour)); slot = slot.AddDate(0, 0, 1) {
		for _, moment := range []time.Duration{-time.Minute, 0} {
			w.agenda.at(slot.Add(moment), "send "+of.Name, w.fire)
		}
	}
}

func (w welcome) begin(ctx context.Context) error {
	var made series.Series
	body := map[string]any{"name": w.in.Series.Name, "after": series.Joined}
	err := w.Create(ctx, w.in.Maker, fmt.Sprintf("/labels/%d/series", w.in.Label.ID), body, &made)
	w.in.Series.ID = made.ID
	return err
}

// step plans how a step is written and approved, before the first slot.
func (w welcome) step(s demo.SeriesStep, first time.Time) {
	m := w.once(w.in, mailings.House, s.Name, s.Subject, first, w.in.Segments[0].Name, 0)
	m.Brief.Schedule = schedules.Schedule{
		Kind: schedules.Series, From: schedules.LocalOf(first.Add(-time.Hour).In(w.in.Zone)),
		Step: &schedules.Step{After: string(series.Joined), Days: s.Days, Time: fmt.Sprintf("%02d:00", seriesHour)},
	}
	m.Brief.Audience.OncePerMember = true
	m.Brief.Preheader, m.appeal = s.Preheader, 1.4
	if o := w.in.Offer(s.Offer); o != nil {
		m.Kind, m.Offers = mailings.Solo, []*demo.Offer{o}
	}
	m.approval()
	m.at(written, "take into the series", func(ctx context.Context) error {
		return w.Create(ctx, m.Maker, fmt.Sprintf("/series/%d/steps", w.in.Series.ID), map[string]any{"mailing_id": m.ID}, nil)
	})
}
