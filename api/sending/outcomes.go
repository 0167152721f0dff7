package sending

import (
	"context"
	"io"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
)

// Narrowing says of which sends outcomes are wanted.
type Narrowing struct {
	From       time.Time              `query:"from" doc:"Slots from here on"`
	Until      time.Time              `query:"until" doc:"Slots before this"`
	Send       mailings.SendID        `query:"send"`
	Mailing    mailings.ID            `query:"mailing"`
	Campaign   campaigns.ID           `query:"campaign" doc:"Only mailings that carry it, and only clicks on it"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"The same"`
}

func (n Narrowing) filter(of ...labels.ID) reports.Filter {
	return reports.Filter{
		Labels: of, From: n.From, Until: n.Until, Send: n.Send, Mailing: n.Mailing, Campaign: n.Campaign, Advertiser: n.Advertiser,
	}
}

// Grouped asks for outcomes, one line for each thing.
type Grouped struct {
	Narrowing
	By reports.GroupBy `query:"by" enum:"send,mailing,step,placement,campaign,advertiser,label,day,week,month" default:"mailing"`
}

// GroupedUnder asks for those of one label.
type GroupedUnder struct {
	rest.LabelPath
	Grouped
}

// ApartUnder asks for outcomes of a label taken apart.
type ApartUnder struct {
	rest.LabelPath
	Narrowing
	By reports.Dimension `query:"by" enum:"variant,link,hour,domain" default:"link"`
}

func (s *Resources) outcomeOperations() {
	const tag = "Outcomes"
	looks, somewhere := rest.Under(accounts.Viewer), rest.Anywhere(accounts.Viewer)
	rest.Register(s.Kit, tag, rest.Read("/outcomes", "Read what came of the sends of all labels that you may see", somewhere),
		s.allOutcomes)
	rest.Register(s.Kit, tag, rest.Read("/outcomes.csv", "The same as CSV", somewhere).As("text/csv"), s.allOutcomesCSV)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/outcomes",
		"Read what came of the sends, per mailing, campaign, advertiser or period", looks), s.outcomes)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/outcomes.csv", "The same as CSV", looks).As("text/csv"), s.outcomesCSV)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/breakdown", "Take outcomes apart: by subject, link, hour or receiver domain",
		looks), s.breakdown)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/breakdown.csv", "The same as CSV", looks).As("text/csv"), s.breakdownCSV)
}

func (s *Resources) allOutcomes(ctx context.Context, in *struct {
	Grouped
	rest.Paging
},
) (*rest.Answer[paging.Page[reports.Outcome]], error) {
	found, err := s.outcomesOf(ctx, in.By, in.filter(rest.Seen(ctx)...))
	return rest.Cut(in.Paging, found, err, reports.Outcome.Line)
}

func (s *Resources) allOutcomesCSV(ctx context.Context, in *Grouped) (*rest.Stream, error) {
	found, err := s.outcomesOf(ctx, in.By, in.filter(rest.Seen(ctx)...))
	return outcomesFile(in.By, found), err
}

func (s *Resources) outcomes(ctx context.Context, in *struct {
	GroupedUnder
	rest.Paging
},
) (*rest.Answer[paging.Page[reports.Outcome]], error) {
	found, err := s.outcomesOf(ctx, in.By, in.filter(in.Label))
	return rest.Cut(in.Paging, found, err, reports.Outcome.Line)
}

func (s *Resources) outcomesCSV(ctx context.Context, in *GroupedUnder) (*rest.Stream, error) {
	found, err := s.outcomesOf(ctx, in.By, in.filter(in.Label))
	return outcomesFile(in.By, found), err
}

// outcomesOf returns outcomes such as the caller may be told.
func (s *Resources) outcomesOf(ctx context.Context, by reports.GroupBy, f reports.Filter) ([]reports.Outcome, error) {
	u := rest.Caller(ctx)
	f.For = &u
	return s.Reports.Outcomes.By(ctx, by, f)
}

func outcomesFile(by reports.GroupBy, found []reports.Outcome) *rest.Stream {
	return rest.StreamOf("text/csv; charset=utf-8", "outcomes-by-"+string(by)+".csv", func(w io.Writer) error {
		return reports.WriteOutcomes(w, found)
	})
}

// apart returns a breakdown such as the caller may be told.
func (s *Resources) apart(ctx context.Context, in *ApartUnder) ([]reports.Part, error) {
	u, f := rest.Caller(ctx), in.filter(in.Label)
	f.For = &u
	return s.Reports.Outcomes.Breakdown(ctx, in.By, f)
}

func (s *Resources) breakdown(ctx context.Context, in *struct {
	ApartUnder
	rest.Paging
},
) (*rest.Answer[paging.Page[reports.Part]], error) {
	found, err := s.apart(ctx, &in.ApartUnder)
	return rest.Cut(in.Paging, found, err, reports.Part.Line)
}

func (s *Resources) breakdownCSV(ctx context.Context, in *ApartUnder) (*rest.Stream, error) {
	found, err := s.apart(ctx, in)
	return rest.StreamOf("text/csv; charset=utf-8", "breakdown-by-"+string(in.By)+".csv", func(w io.Writer) error {
		return reports.WriteParts(w, found)
	}), err
}
