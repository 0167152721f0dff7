package mailing

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates/lint"
)

func (s *mailingResource) mailingOperations() {
	const tag = "Mailings"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/mailings", "List a label's mailings", rest.Under(accounts.Viewer)), s.listMailings)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/mailings", "Begin a mailing", rest.Under(accounts.Planner)), s.createMailing)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}", "Read a mailing", rest.OfMailing(s.Mailings, accounts.Viewer)), s.getMailing)
	rest.Register(s.Kit, tag, rest.Edit("/mailings/{mailing}", "Rename a mailing", rest.OfMailing(s.Mailings, accounts.Planner)),
		s.renameMailing)
	rest.Register(s.Kit, tag, rest.Act("/mailings/{mailing}/cancel", "Give a mailing up", rest.OfMailing(s.Mailings, accounts.Planner)),
		s.cancelMailing)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/revisions", "List a mailing's revisions, the newest first",
		rest.OfMailing(s.Mailings, accounts.Viewer)), s.listRevisions)
	rest.Register(s.Kit, tag, rest.Create("/mailings/{mailing}/revisions",
		"Edit a mailing: each edit is a new revision, and any approval falls", rest.OfMailing(s.Mailings, accounts.Planner)),
		s.createRevision)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/waterfall",
		"Count whom the newest revision would reach, and why others not", rest.OfMailing(s.Mailings, accounts.Viewer)), s.mailingWaterfall)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/outlook",
		"Foresee what would hold the newest revision at its slot: advertisers, offers, the sender, vouchers, dead links",
		rest.OfMailing(s.Mailings, accounts.Viewer)), s.mailingOutlook)
}

func (s *mailingResource) listMailings(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	rest.Named
	State      []mailings.State       `query:"state" enum:"draft,in_review,changes_requested,approved,scheduled,done,cancelled" doc:"One or several, with commas between"`
	Kind       mailings.Kind          `query:"kind" enum:"solo,newsletter,house"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only those that place it"`
	Campaign   campaigns.ID           `query:"campaign" doc:"Only those that place it"`
	MadeBy     actors.User            `query:"made_by" doc:"Only those that this user began or edited"`
	Sort       string                 `query:"sort" enum:"newest,changed,moment,name"`
},
) (*rest.Answer[paging.Page[mailings.Mailing]], error) {
	return rest.Answered(s.Mailings.List(ctx, mailings.Filter{
		Labels: []labels.ID{in.Label}, Name: in.Name, States: in.State, Kind: in.Kind,
		Advertiser: in.Advertiser, Campaign: in.Campaign, Maker: accounts.UserID(in.MadeBy),
	}, in.Sorted(in.Sort)))
}

func (s *mailingResource) createMailing(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Name string        `json:"name"`
		Kind mailings.Kind `json:"kind" enum:"solo,newsletter,house"`
	}
},
) (*rest.Answer[mailings.Mailing], error) {
	return rest.Answered(s.Mailings.Create(ctx, in.Label, in.Body.Name, in.Body.Kind))
}

func (s *mailingResource) getMailing(ctx context.Context, in *rest.MailingPath) (*rest.Answer[mailings.Mailing], error) {
	return rest.Answered(s.Mailings.Get(ctx, in.Mailing))
}

func (s *mailingResource) renameMailing(ctx context.Context, in *struct {
	rest.MailingPath
	rest.Match
	Body struct {
		Name string `json:"name"`
	}
},
) (*rest.Answer[mailings.Mailing], error) {
	return rest.Answered(s.Mailings.Update(ctx, in.Mailing, func(m *mailings.Mailing) error {
		if err := in.Guard(*m); err != nil {
			return err
		}
		return m.Rename(in.Body.Name)
	}))
}

func (s *mailingResource) cancelMailing(ctx context.Context, in *rest.MailingPath) (*rest.Answer[mailings.Mailing], error) {
	return rest.Answered(s.Mailings.Update(ctx, in.Mailing, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) }))
}

func (s *mailingResource) listRevisions(ctx context.Context, in *struct {
	rest.MailingPath
	rest.Paging
},
) (*rest.Answer[paging.Page[mailings.Revision]], error) {
	return rest.Answered(s.Mailings.Revisions(ctx, in.Mailing, in.Ask()))
}

// Revised is a new revision with what lint says of it.
type Revised struct {
	mailings.Revision
	Findings []lint.Finding `json:"findings" nullable:"false" doc:"Those that block keep it from being submitted, not from being saved"`
}

func (s *mailingResource) createRevision(ctx context.Context, in *struct {
	rest.MailingPath
	Body struct {
		BasedOn mailings.RevisionID `json:"based_on" doc:"The revision that this edit was made on; 0 for the first"`
		mailings.Brief
	}
},
) (*rest.Answer[Revised], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	content, err := s.Composer.Compose(ctx, &m, in.Body.Brief)
	if err != nil {
		return nil, rest.WithinAudience(err)
	}
	revision, findings, err := s.Mailings.Edit(ctx, in.Mailing, in.Body.BasedOn, content, rest.Caller(ctx).ID)
	return rest.Answered(Revised{revision, findings}, rest.WithinAudience(err))
}

func (s *mailingResource) mailingWaterfall(ctx context.Context, in *rest.MailingPath) (*rest.Answer[segments.Waterfall], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	found, err := s.Reach.Forecast(ctx, &m)
	return rest.AnsweredFigure(ctx, m.LabelID, found, err)
}

// Outlook is what would become of a mailing at its next slot.
type Outlook struct {
	Audience int       `json:"audience" doc:"Members who would get it"`
	Slot     time.Time `json:"slot" doc:"Its next slot, or now if none is to come"`
	Found    []finding `json:"found" doc:"What would hold it; empty if nothing would"`
}

type finding struct {
	Check    string         `json:"check" enum:"advertisers,offers,sender,moment,vouchers,links"`
	Severity links.Severity `json:"severity" enum:"blocks,asks,tells" doc:"tells: it could not be checked, and holds nothing"`
	Message  string         `json:"message"`
}

func (s *mailingResource) mailingOutlook(ctx context.Context, in *rest.MailingPath) (*rest.Answer[Outlook], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	foreseen, err := s.Preflight.Outlook(ctx, &m)
	out := Outlook{Audience: foreseen.Waterfall.Audience, Slot: foreseen.Slot, Found: []finding{}}
	for _, f := range foreseen.Found {
		out.Found = append(out.Found, finding{f.Check, f.Severity, f.Message.String()})
	}
	return rest.AnsweredFigure(ctx, m.LabelID, out, err)
}

// Discreet rounds the audience, or refuses to tell it.
func (o *Outlook) Discreet() error { return segments.Discreet(&o.Audience) }
