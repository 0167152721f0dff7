package reports

import (
	"context"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/segments"
)

// SeriesLine is what came of a step of a series.
type SeriesLine struct {
	Outcome
	Waiting int64 `json:"waiting" doc:"Got the step before, didn't unsubscribe by it, and come to this one on a day that is ahead"`
}

// SeriesDays is of how many days up to now a series tells what came of its steps.
const SeriesDays = 30

// OfSeries returns what came of the steps of a series, in the order that they are
// given in, in the last SeriesDays, and how many members are on the
// way to each. It reads the sums that are kept by send, however many members these
// have: of so many days, and of as many as lie between two of the steps. Who joined
// after the hour of a step on day 0 counts to the day for one day longer. who is
// told: see disclosure.
func (s *OutcomeStore) OfSeries(
	ctx context.Context, of series.Series, steps []series.Step, now time.Time, zone *time.Location, who *accounts.User,
) ([]SeriesLine, error) {
	lines := make([]SeriesLine, len(steps))
	at := map[mailings.ID]int{}
	ids := make([]mailings.ID, len(steps))
	days := make([]*schedules.Step, len(steps))
	back := SeriesDays
	for i, step := range steps {
		at[step.Mailing], ids[i], days[i] = i, step.Mailing, step.When(of.After)
		lines[i].Waterfall.Steps = []segments.Step{}
		if i > 0 {
			back = max(back, gap(days[i-1], days[i])+1)
		}
	}
	found, err := s.facts(ctx, "", Filter{mailings: ids, From: now.AddDate(0, 0, -back)})
	if err != nil {
		return nil, err
	}
	wall := now.In(zone)
	whole := make([]int, len(steps))
	for _, send := range found.sends {
		one, err := found.outcome(send, scopeOf(Filter{}))
		if err != nil {
			return nil, err
		}
		i, members := at[send.Mailing], one.Audience
		one = disclosureTo(who, send.Label).outcome(one)
		if day := wall.AddDate(0, 0, -SeriesDays); !send.Slot.Before(civil.Wall(day)) {
			lines[i].plus(one)
			whole[i] += members
		}
		if i+1 < len(steps) && comes(send.Slot, days[i], days[i+1], civil.Wall(wall)) {
			lines[i+1].Waiting += max(0, one.Delivered-one.Unsubscribes)
		}
	}
	for i := range lines {
		lines[i].CTR, lines[i].CTOR = lines[i].Counts.CTR(), lines[i].Counts.CTOR()
		lines[i].Few = whole[i] > 0 && lines[i].Audience == 0
	}
	return lines, nil
}

// gap is how many days a step comes after the one before it; 0 if either has none.
func gap(before, step *schedules.Step) int {
	if before == nil || step == nil {
		return 0
	}
	return max(0, step.Days-before.Days)
}

// comes reports whether those who got the step before in a slot are still to come
// to a step, by the wall clock.
func comes(slot time.Time, before, step *schedules.Step, now time.Time) bool {
	if before == nil || step == nil {
		return false
	}
	due, err := time.Parse("2006-01-02 15:04", slot.AddDate(0, 0, gap(before, step)).Format("2006-01-02")+" "+step.Time)
	return err == nil && due.After(now)
}
