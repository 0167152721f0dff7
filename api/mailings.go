package api

import (
	"context"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates/lint"
)

// MailingPath names a mailing.
type MailingPath struct {
	Mailing mailings.ID `path:"mailing"`
}

func (d *door) mailingOperations() {
	const tag = "Mailings"
	register(d, tag, read("/labels/{label}/mailings", "List a label's mailings", under(accounts.Viewer)), d.listMailings)
	register(d, tag, create("/labels/{label}/mailings", "Begin a mailing", under(accounts.Planner)), d.createMailing)
	register(d, tag, read("/mailings/{mailing}", "Read a mailing", ofMailing(accounts.Viewer)), d.getMailing)
	register(d, tag, edit("/mailings/{mailing}", "Rename a mailing", ofMailing(accounts.Planner)), d.renameMailing)
	register(d, tag, act("/mailings/{mailing}/cancel", "Give a mailing up", ofMailing(accounts.Planner)), d.cancelMailing)
	register(d, tag, read("/mailings/{mailing}/revisions", "List a mailing's revisions, the newest first", ofMailing(accounts.Viewer)), d.listRevisions)
	register(d, tag, create("/mailings/{mailing}/revisions", "Edit a mailing: each edit is a new revision, and any approval falls", ofMailing(accounts.Planner)), d.createRevision)
	register(d, tag, read("/mailings/{mailing}/waterfall", "Count whom the newest revision would reach, and why others not", ofMailing(accounts.Viewer)), d.mailingWaterfall)
	register(d, tag, read("/mailings/{mailing}/outlook", "Foresee what would hold the newest revision at its slot: advertisers, offers, the sender, vouchers, dead links", ofMailing(accounts.Viewer)), d.mailingOutlook)
}

func (d *door) listMailings(ctx context.Context, in *struct {
	LabelPath
	Paging
	Named
	State      []mailings.State       `query:"state" enum:"draft,in_review,changes_requested,approved,scheduled,done,cancelled" doc:"One or several, with commas between"`
	Kind       mailings.Kind          `query:"kind" enum:"solo,newsletter,house"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only those that place it"`
	Campaign   campaigns.ID           `query:"campaign" doc:"Only those that place it"`
	Maker      accounts.UserID        `query:"maker" doc:"Only those that this user began or edited"`
	Sort       string                 `query:"sort" enum:"newest,changed,moment,name"`
},
) (*answer[paging.Page[mailings.Mailing]], error) {
	return answered(d.Mailings.List(ctx, mailings.Filter{
		Labels: []labels.ID{in.Label}, Name: in.Name, States: in.State, Kind: in.Kind,
		Advertiser: in.Advertiser, Campaign: in.Campaign, Maker: in.Maker,
	}, in.sorted(in.Sort)))
}

func (d *door) createMailing(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Name string        `json:"name"`
		Kind mailings.Kind `json:"kind" enum:"solo,newsletter,house"`
	}
},
) (*answer[mailings.Mailing], error) {
	return answered(d.Mailings.Create(ctx, in.Label, in.Body.Name, in.Body.Kind))
}

func (d *door) getMailing(ctx context.Context, in *MailingPath) (*answer[mailings.Mailing], error) {
	return answered(d.Mailings.Get(ctx, in.Mailing))
}

func (d *door) renameMailing(ctx context.Context, in *struct {
	MailingPath
	Match
	Body struct {
		Name string `json:"name"`
	}
},
) (*answer[mailings.Mailing], error) {
	return answered(d.Mailings.Update(ctx, in.Mailing, func(m *mailings.Mailing) error {
		err := in.guard(*m)
		m.Name = in.Body.Name
		return err
	}))
}

func (d *door) cancelMailing(ctx context.Context, in *MailingPath) (*answer[mailings.Mailing], error) {
	return answered(d.Mailings.Update(ctx, in.Mailing, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) }))
}

func (d *door) listRevisions(ctx context.Context, in *struct {
	MailingPath
	Paging
},
) (*answer[paging.Page[mailings.Revision]], error) {
	return answered(d.Mailings.Revisions(ctx, in.Mailing, in.ask()))
}

// revised is a new revision with what lint says of it.
type revised struct {
	mailings.Revision
	Findings []lint.Finding `json:"findings" nullable:"false" doc:"Those that block keep it from being submitted, not from being saved"`
}

func (d *door) createRevision(ctx context.Context, in *struct {
	MailingPath
	Body struct {
		BasedOn mailings.RevisionID `json:"based_on" doc:"The revision that this edit was made on; 0 for the first"`
		mailings.Brief
	}
},
) (*answer[revised], error) {
	m, err := d.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	content, err := d.Composer.Compose(ctx, &m, in.Body.Brief)
	if err != nil {
		return nil, err
	}
	revision, findings, err := d.Mailings.Edit(ctx, in.Mailing, in.Body.BasedOn, content, caller(ctx).ID)
	return answered(revised{revision, findings}, err)
}

func (d *door) mailingWaterfall(ctx context.Context, in *MailingPath) (*answer[segments.Waterfall], error) {
	return answered(d.Reach.Forecast(ctx, in.Mailing))
}

// outlook is what would become of a mailing at its next slot.
type outlook struct {
	Audience int       `json:"audience" doc:"Members who would get it"`
	Slot     time.Time `json:"slot" doc:"Its next slot, or now if none is to come"`
	Found    []finding `json:"found" doc:"What would hold it; empty if nothing would"`
}

type finding struct {
	Check   string `json:"check" enum:"advertisers,offers,sender,vouchers,links"`
	Message string `json:"message"`
}

func (d *door) mailingOutlook(ctx context.Context, in *MailingPath) (*answer[outlook], error) {
	m, err := d.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	foreseen, err := d.Scheduler.Outlook(ctx, &m)
	out := outlook{Audience: foreseen.Waterfall.Audience, Slot: foreseen.Slot, Found: []finding{}}
	for _, f := range foreseen.Found {
		out.Found = append(out.Found, finding{f.Check, f.Fault.Error()})
	}
	return answered(out, err)
}
