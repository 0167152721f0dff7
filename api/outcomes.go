package api

import (
	"context"
	"io"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/mailings"
	"keur/reports"
)

// Narrowing says of which sends of a label outcomes are wanted.
type Narrowing struct {
	LabelPath
	From       time.Time              `query:"from" doc:"Slots from here on"`
	To         time.Time              `query:"to" doc:"Slots before this"`
	Send       mailings.SendID        `query:"send"`
	Mailing    mailings.ID            `query:"mailing"`
	Campaign   campaigns.ID           `query:"campaign" doc:"Only mailings that carry it, and only clicks on it"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"The same"`
}

func (n Narrowing) filter() reports.Filter {
	return reports.Filter{
		Label: n.Label, From: n.From, To: n.To, Send: n.Send, Mailing: n.Mailing, Campaign: n.Campaign, Advertiser: n.Advertiser,
	}
}

// Grouped asks for outcomes, one line for each thing.
type Grouped struct {
	Narrowing
	By reports.GroupBy `query:"by" enum:"send,mailing,placement,campaign,advertiser,label,day,week,month" default:"mailing"`
}

// Apart asks for outcomes taken apart.
type Apart struct {
	Narrowing
	By reports.Dimension `query:"by" enum:"variant,link,hour,domain" default:"link"`
}

func (d *door) outcomeOperations() {
	const tag = "Outcomes"
	looks := under(accounts.Viewer)
	register(d, tag, read("/labels/{label}/outcomes", "Read what came of the sends, per mailing, campaign, advertiser or period", looks), d.outcomes)
	register(d, tag, read("/labels/{label}/outcomes.csv", "The same as CSV", looks), d.outcomesCSV)
	register(d, tag, read("/labels/{label}/breakdown", "Take outcomes apart: by subject, link, hour or receiver domain", looks), d.breakdown)
	register(d, tag, read("/labels/{label}/breakdown.csv", "The same as CSV", looks), d.breakdownCSV)
}

func (d *door) outcomes(ctx context.Context, in *Grouped) (*answer[page[reports.Outcome]], error) {
	return whole(d.Reports.Outcomes(ctx, in.By, in.filter()))
}

func (d *door) outcomesCSV(ctx context.Context, in *Grouped) (*stream, error) {
	found, err := d.Reports.Outcomes(ctx, in.By, in.filter())
	return streamOf("text/csv; charset=utf-8", "outcomes-by-"+string(in.By)+".csv", func(w io.Writer) error {
		return reports.WriteOutcomes(w, found)
	}), err
}

func (d *door) breakdown(ctx context.Context, in *Apart) (*answer[page[reports.Part]], error) {
	return whole(d.Reports.Breakdown(ctx, in.By, in.filter()))
}

func (d *door) breakdownCSV(ctx context.Context, in *Apart) (*stream, error) {
	found, err := d.Reports.Breakdown(ctx, in.By, in.filter())
	return streamOf("text/csv; charset=utf-8", "breakdown-by-"+string(in.By)+".csv", func(w io.Writer) error {
		return reports.WriteParts(w, found)
	}), err
}
