package mailing

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/reports"
)

// SeriesPath names a series.
type SeriesPath struct {
	Series series.ID `path:"series"`
}

func (s *seriesResource) seriesOperations() {
	const tag = "Series"
	look, plan := s.of(accounts.Viewer), s.of(accounts.Planner)
	stops := s.of(accounts.Planner, accounts.Approver)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/series", "List a label's series", rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/series", "Begin a series", rest.Under(accounts.Planner)), s.create)
	rest.Register(s.Kit, tag, rest.Read("/series/{series}", "Read a series", look), s.get)
	rest.Register(s.Kit, tag, rest.Edit("/series/{series}", "Rename a series", plan), s.rename)
	rest.Register(s.Kit, tag, rest.Read("/series/{series}/steps",
		"List the steps of a series in the order in which members get them, with what came of each in the last 30 days", look), s.steps)
	rest.Register(s.Kit, tag, rest.Create("/series/{series}/steps", "Make a mailing a step of a series", plan), s.addStep)
	rest.Register(s.Kit, tag, rest.Remove("/series/{series}/steps/{mailing}", "Take a mailing out of a series; it stays a mailing", plan),
		s.removeStep)
	rest.Register(s.Kit, tag, rest.Act("/series/{series}/pause",
		"Stop all of a series; what would go out meanwhile is called off", stops), s.pause)
	rest.Register(s.Kit, tag, rest.Act("/series/{series}/resume", "Let a paused series go on", stops).Needs(accounts.ScopeApprove),
		s.resume)
	rest.Register(s.Kit, tag, rest.Act("/series/{series}/end", "End a series, and give its mailings up", plan), s.end)
}

// of demands one of the roles for the label of the series in the path.
func (s *seriesResource) of(roles ...accounts.Role) rest.Access {
	return rest.Of("series", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		found, err := s.Series.Get(ctx, series.ID(id))
		return found.LabelID, err
	})
}

func (s *seriesResource) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	rest.Named
	Sort string `query:"sort" enum:"name,newest"`
},
) (*rest.Answer[paging.Page[series.Series]], error) {
	return rest.Answered(s.Series.List(ctx, in.Label, in.Name, in.Sorted(in.Sort)))
}

func (s *seriesResource) create(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Name  string           `json:"name"`
		After series.Beginning `json:"after" enum:"joined,confirmed" doc:"What its days are counted from"`
	}
},
) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.Series.Create(ctx, series.Series{LabelID: in.Label, Name: in.Body.Name, After: in.Body.After}))
}

func (s *seriesResource) get(ctx context.Context, in *SeriesPath) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.Series.Get(ctx, in.Series))
}

func (s *seriesResource) rename(ctx context.Context, in *struct {
	SeriesPath
	rest.Match
	Body struct {
		Name string `json:"name"`
	}
},
) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.Series.Rename(ctx, in.Series, in.Body.Name, func(found series.Series) error { return in.Guard(found) }))
}

// SeriesStep is a step of a series with what came of it.
type SeriesStep struct {
	series.Step
	At      *schedules.Step    `json:"at,omitempty" doc:"Its day and hour; absent if its mailing doesn't go out by days since the series' beginning"`
	Outcome reports.SeriesLine `json:"outcome"`
}

func (s *seriesResource) steps(ctx context.Context, in *SeriesPath) (*rest.Answer[paging.Page[SeriesStep]], error) {
	of, err := s.Series.Get(ctx, in.Series)
	if err != nil {
		return nil, err
	}
	label, err := s.Labels.Get(ctx, of.LabelID)
	if err != nil {
		return nil, err
	}
	steps, err := s.Series.Steps(ctx, of)
	if err != nil {
		return nil, err
	}
	who := rest.Caller(ctx)
	lines, err := s.Reports.Outcomes.OfSeries(ctx, of, steps, s.Clock.Now(), label.Location(), &who)
	found := make([]SeriesStep, len(lines))
	for i := range lines {
		found[i] = SeriesStep{steps[i], steps[i].When(of.After), lines[i]}
	}
	return rest.Whole(found, err)
}

func (s *seriesResource) addStep(ctx context.Context, in *struct {
	SeriesPath
	Body struct {
		Mailing mailings.ID `json:"mailing_id"`
	}
},
) (*rest.Answer[series.Series], error) {
	if err := s.Series.Add(ctx, in.Series, in.Body.Mailing); err != nil {
		return nil, err
	}
	return rest.Answered(s.Series.Get(ctx, in.Series))
}

func (s *seriesResource) removeStep(ctx context.Context, in *struct {
	SeriesPath
	rest.MailingPath
},
) (*rest.Nothing, error) {
	return rest.Done(s.Series.Leave(ctx, in.Series, in.Mailing))
}

func (s *seriesResource) pause(ctx context.Context, in *SeriesPath) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.SeriesControl.Pause(ctx, in.Series, rest.Caller(ctx).ID))
}

func (s *seriesResource) resume(ctx context.Context, in *struct {
	SeriesPath
	Body struct {
		PausedAt time.Time `json:"paused_at" doc:"Of the series, as it was read: the pause that is over"`
	}
},
) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.SeriesControl.Resume(ctx, in.Series, in.Body.PausedAt, rest.Caller(ctx).ID))
}

func (s *seriesResource) end(ctx context.Context, in *SeriesPath) (*rest.Answer[series.Series], error) {
	return rest.Answered(s.SeriesControl.End(ctx, in.Series))
}
