package day

import (
	"context"
	"fmt"
	"strings"

	"keur/api/mailing"
	"keur/demo"
	"keur/internal/paging"
	"keur/mailings/series"
	"keur/reports"
)

// newcomers are the members who get the series.
type newcomers struct{ *day }

// steps reads the first label's series, and what came of its steps. Without
// one, as in a past of no weeks, there are none.
func (d newcomers) steps(ctx context.Context) (of series.Series, steps []mailing.SeriesStep, err error) {
	in := d.Markets[0]
	var known paging.Page[series.Series]
	if err := d.Get(ctx, in.Maker, fmt.Sprintf("/labels/%d/series", in.Label.ID), &known); err != nil || len(known.Items) == 0 {
		return of, nil, err
	}
	var found paging.Page[mailing.SeriesStep]
	err = d.Get(ctx, in.Maker, fmt.Sprintf("/series/%d/steps", known.Items[0].ID), &found)
	return known.Items[0], found.Items, err
}

// follow tells of the series that new members get. Each step must have had
// members.
func (d newcomers) follow(ctx context.Context) (string, error) {
	of, steps, err := d.steps(ctx)
	if err != nil || len(steps) == 0 {
		return "none", err
	}
	var days []string
	waiting := int64(0)
	for _, s := range steps {
		if s.Outcome.Delivered == 0 {
			return "", fmt.Errorf("nobody got %s", s.Name)
		}
		days = append(days, fmt.Sprint(s.At.Days))
		waiting += s.Outcome.Waiting
	}
	return fmt.Sprintf("%q on day %s after joining: %s members entered, %s are on the way to a next step",
		of.Name, strings.Join(days, ", "), demo.Grouped(steps[0].Outcome.Audience), demo.Grouped(waiting)), nil
}

// show prints what came of the series, step by step.
func (d newcomers) show(ctx context.Context) error {
	of, steps, err := d.steps(ctx)
	if err != nil || len(steps) == 0 {
		return err
	}
	in := d.Markets[0]
	t := &table{header: []string{"steps of " + of.Name, "entered", "sent", "opened", "clicked", "commission, €", "left", "on the way"}}
	for _, s := range steps {
		var brought paging.Page[reports.Earning]
		path := fmt.Sprintf("/labels/%d/earnings?mailing=%d&by=mailing", in.Label.ID, s.Mailing)
		if err := d.Get(ctx, in.Maker, path, &brought); err != nil {
			return err
		}
		commission := int64(0)
		for _, e := range brought.Items {
			commission += e.Gross
		}
		o := s.Outcome
		t.add(s.Name, demo.Grouped(o.Audience), demo.Grouped(o.Sent), demo.Grouped(o.OpensUnique), demo.Grouped(o.ClicksUnique),
			euros(commission), demo.Grouped(o.Unsubscribes), demo.Grouped(o.Waiting))
	}
	d.Say("%s", t)
	return nil
}
