package api

import (
	"context"
	"io"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
)

// Narrowing says of which sends outcomes are wanted.
type Narrowing struct {
	From       time.Time              `query:"from" doc:"Slots from here on"`
	To         time.Time              `query:"to" doc:"Slots before this"`
	Send       mailings.SendID        `query:"send"`
	Mailing    mailings.ID            `query:"mailing"`
	Campaign   campaigns.ID           `query:"campaign" doc:"Only mailings that carry it, and only clicks on it"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"The same"`
}

func (n Narrowing) filter(of ...labels.ID) reports.Filter {
	return reports.Filter{
		Labels: of, From: n.From, To: n.To, Send: n.Send, Mailing: n.Mailing, Campaign: n.Campaign, Advertiser: n.Advertiser,
	}
}

// Grouped asks for outcomes, one line for each thing.
type Grouped struct {
	Narrowing
	By reports.GroupBy `query:"by" enum:"send,mailing,placement,campaign,advertiser,label,day,week,month" default:"mailing"`
}

// GroupedUnder asks for those of one label.
type GroupedUnder struct {
	LabelPath
	Grouped
}

// ApartUnder asks for outcomes of a label taken apart.
type ApartUnder struct {
	LabelPath
	Narrowing
	By reports.Dimension `query:"by" enum:"variant,link,hour,domain" default:"link"`
}

func (d *door) outcomeOperations() {
	const tag = "Outcomes"
	looks, somewhere := under(accounts.Viewer), anywhere(accounts.Viewer)
	register(d, tag, read("/outcomes", "Read what came of the sends of all labels that you may see", somewhere), d.allOutcomes)
	register(d, tag, read("/outcomes.csv", "The same as CSV", somewhere), d.allOutcomesCSV)
	register(d, tag, read("/labels/{label}/outcomes", "Read what came of the sends, per mailing, campaign, advertiser or period", looks), d.outcomes)
	register(d, tag, read("/labels/{label}/outcomes.csv", "The same as CSV", looks), d.outcomesCSV)
	register(d, tag, read("/labels/{label}/breakdown", "Take outcomes apart: by subject, link, hour or receiver domain", looks), d.breakdown)
	register(d, tag, read("/labels/{label}/breakdown.csv", "The same as CSV", looks), d.breakdownCSV)
}

func (d *door) allOutcomes(ctx context.Context, in *struct {
	Grouped
	Paging
},
) (*answer[paging.Page[reports.Outcome]], error) {
	found, err := d.Reports.Outcomes(ctx, in.By, in.filter(seen(ctx)...))
	return cut(in.Paging, found, err, reports.Outcome.Line)
}

func (d *door) allOutcomesCSV(ctx context.Context, in *Grouped) (*stream, error) {
	found, err := d.Reports.Outcomes(ctx, in.By, in.filter(seen(ctx)...))
	return outcomesFile(in.By, found), err
}

func (d *door) outcomes(ctx context.Context, in *struct {
	GroupedUnder
	Paging
},
) (*answer[paging.Page[reports.Outcome]], error) {
	found, err := d.Reports.Outcomes(ctx, in.By, in.filter(in.Label))
	return cut(in.Paging, found, err, reports.Outcome.Line)
}

func (d *door) outcomesCSV(ctx context.Context, in *GroupedUnder) (*stream, error) {
	found, err := d.Reports.Outcomes(ctx, in.By, in.filter(in.Label))
	return outcomesFile(in.By, found), err
}

func outcomesFile(by reports.GroupBy, found []reports.Outcome) *stream {
	return streamOf("text/csv; charset=utf-8", "outcomes-by-"+string(by)+".csv", func(w io.Writer) error {
		return reports.WriteOutcomes(w, found)
	})
}

func (d *door) breakdown(ctx context.Context, in *struct {
	ApartUnder
	Paging
},
) (*answer[paging.Page[reports.Part]], error) {
	found, err := d.Reports.Breakdown(ctx, in.By, in.filter(in.Label))
	return cut(in.Paging, found, err, reports.Part.Line)
}

func (d *door) breakdownCSV(ctx context.Context, in *ApartUnder) (*stream, error) {
	found, err := d.Reports.Breakdown(ctx, in.By, in.filter(in.Label))
	return streamOf("text/csv; charset=utf-8", "breakdown-by-"+string(in.By)+".csv", func(w io.Writer) error {
		return reports.WriteParts(w, found)
	}), err
}
