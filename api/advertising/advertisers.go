package advertising

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/paging"
	"keur/reports"
)

// AdvertiserPath names an advertiser.
type AdvertiserPath struct {
	Advertiser campaigns.AdvertiserID `path:"advertiser"`
}

func (s *advertiserResource) advertiserOperations() {
	const tag = "Advertisers"
	looks, plans := rest.Anywhere(accounts.Viewer), rest.OfAdvertiser(s.Advertisers, accounts.Planner)
	programme, contact := rest.OfProgramme(s.Advertisers, accounts.Planner), rest.OfContact(s.Advertisers, accounts.Planner)
	rest.Register(s.Kit, tag, rest.Read("/advertisers", "List the advertisers", looks), s.listAdvertisers)
	rest.Register(s.Kit, tag, rest.Create("/advertisers", "Add an advertiser", rest.Anywhere(accounts.Planner)), s.createAdvertiser)
	rest.Register(s.Kit, tag, rest.Read("/advertisers/{advertiser}", "Read an advertiser with its programmes and contacts", looks),
		s.getAdvertiser)
	rest.Register(s.Kit, tag, rest.Edit("/advertisers/{advertiser}", "Change an advertiser's name and category", plans), s.updateAdvertiser)
	rest.Register(s.Kit, tag, rest.Read("/advertisers/{advertiser}/stop", "See what and whom the stop switch hits, before turning it on",
		plans), s.stopHits)
	rest.Register(s.Kit, tag, rest.Act("/advertisers/{advertiser}/stop",
		"Turn the stop switch on: nothing that places it is sent; the answer says what that hits", plans), s.stopAdvertiser)
	rest.Register(s.Kit, tag, rest.Act("/advertisers/{advertiser}/resume", "Turn the stop switch off", plans).Needs(accounts.ScopeApprove),
		s.resumeAdvertiser)
	rest.Register(s.Kit, tag, rest.Create("/advertisers/{advertiser}/programmes", "Add a programme", plans), s.addProgramme)
	rest.Register(s.Kit, tag, rest.Read("/programmes/{programme}", "Read a programme", looks), s.getProgramme)
	rest.Register(s.Kit, tag, rest.Edit("/programmes/{programme}", "Change a programme", programme), s.updateProgramme)
	rest.Register(s.Kit, tag, rest.Read("/contacts",
		"List the contacts of advertisers that your labels run, or of one", looks), s.listContacts)
	rest.Register(s.Kit, tag, rest.Create("/advertisers/{advertiser}/contacts", "Add a contact", plans), s.addContact)
	decides := rest.OfAdvertiser(s.Advertisers, accounts.Planner, accounts.Approver)
	rest.Register(s.Kit, tag, rest.Read("/advertisers/{advertiser}/contact-changes",
		"List what was proposed about its contacts and waits for a second person", decides), s.listContactChanges)
	rest.Register(s.Kit, tag, rest.Act("/advertisers/{advertiser}/contact-changes/{change}/{verdict}",
		"Confirm or refuse what another proposed about its contacts, or withdraw what you proposed",
		decides).Needs(accounts.ScopeApprove), s.decideContactChange)
	rest.Register(s.Kit, tag, rest.Read("/contacts/{contact}", "Read a contact",
		rest.OfContact(s.Advertisers, accounts.Viewer)), s.getContact)
	rest.Register(s.Kit, tag, rest.Edit("/contacts/{contact}", "Change a contact", contact), s.updateContact)
	rest.Register(s.Kit, tag, rest.Act("/contacts/{contact}/vouch",
		"Say that this is the address of someone who may approve; makers of a mailing need someone else's word",
		contact).Needs(accounts.ScopeApprove), s.vouch)
}

func (s *advertiserResource) listAdvertisers(ctx context.Context, in *struct {
	rest.Paging
	rest.Named
	Category string `query:"category" maxLength:"40"`
	Stopped  bool   `query:"stopped" doc:"Only those whose stop switch is on"`
	Sort     string `query:"sort" enum:"oldest,newest,name"`
},
) (*rest.Answer[paging.Page[campaigns.Advertiser]], error) {
	f := campaigns.AdvertiserFilter{Name: in.Name, Category: in.Category, Stopped: in.Stopped}
	page, err := s.Advertisers.List(ctx, f, in.Sorted(in.Sort))
	if err != nil {
		return nil, err
	}
	found := make([]*campaigns.Advertiser, len(page.Items))
	for i := range page.Items {
		found[i] = &page.Items[i]
	}
	return rest.Answered(page, s.Advertisers.Conceal(ctx, rest.Seen(ctx), found...))
}

func (s *advertiserResource) createAdvertiser(
	ctx context.Context, in *struct{ Body campaigns.Advertiser },
) (*rest.Answer[campaigns.Advertiser], error) {
	return rest.Answered(s.Advertisers.Create(ctx, in.Body))
}

func (s *advertiserResource) getAdvertiser(ctx context.Context, in *AdvertiserPath) (*rest.Answer[campaigns.Advertiser], error) {
	a, err := s.Advertisers.Get(ctx, in.Advertiser)
	if err != nil {
		return nil, err
	}
	return rest.Answered(a, s.Advertisers.Conceal(ctx, rest.Seen(ctx), &a))
}

func (s *advertiserResource) updateAdvertiser(ctx context.Context, in *struct {
	AdvertiserPath
	rest.Match
	Body campaigns.Advertiser
},
) (*rest.Answer[campaigns.Advertiser], error) {
	return rest.Answered(s.Advertisers.Update(ctx, in.Advertiser, func(a *campaigns.Advertiser) error {
		if err := in.Guard(*a); err != nil {
			return err
		}
		a.Name, a.Category = in.Body.Name, in.Body.Category
		return nil
	}))
}

func (s *advertiserResource) stopHits(ctx context.Context, in *AdvertiserPath) (*rest.Answer[reports.StopHits], error) {
	if _, err := s.Advertisers.Get(ctx, in.Advertiser); err != nil {
		return nil, err
	}
	return rest.Answered(s.Reports.Calendar.StopHits(ctx, in.Advertiser, s.Kit.Clock.Now()))
}

// Stopped is an advertiser whose stop switch was turned on just now.
type Stopped struct {
	campaigns.Advertiser
	Hits reports.StopHits `json:"hits"`
}

func (s *advertiserResource) stopAdvertiser(ctx context.Context, in *struct {
	AdvertiserPath
	Body struct {
		Reason string `json:"reason"`
	}
},
) (*rest.Answer[Stopped], error) {
	stopped, err := s.Advertisers.Stop(ctx, in.Advertiser, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	hits, err := s.Reports.Calendar.StopHits(ctx, in.Advertiser, s.Kit.Clock.Now())
	return rest.Answered(Stopped{stopped, hits}, err)
}

func (s *advertiserResource) resumeAdvertiser(ctx context.Context, in *struct {
	AdvertiserPath
	Body struct {
		StoppedAt time.Time `json:"stopped_at" doc:"Of the advertiser, as it was read: the stop that is over"`
	}
},
) (*rest.Answer[campaigns.Advertiser], error) {
	return rest.Answered(s.Advertisers.Resume(ctx, in.Advertiser, in.Body.StoppedAt, rest.Caller(ctx).ID))
}

func (s *advertiserResource) addProgramme(ctx context.Context, in *struct {
	AdvertiserPath
	Body campaigns.Programme
},
) (*rest.Answer[campaigns.Programme], error) {
	in.Body.AdvertiserID = in.Advertiser
	return rest.Answered(s.Advertisers.AddProgramme(ctx, in.Body))
}

// ProgrammePath names a programme.
type ProgrammePath struct {
	Programme campaigns.ProgrammeID `path:"programme"`
}

func (s *advertiserResource) getProgramme(ctx context.Context, in *ProgrammePath) (*rest.Answer[campaigns.Programme], error) {
	return rest.Answered(s.Advertisers.Programme(ctx, in.Programme))
}

func (s *advertiserResource) updateProgramme(ctx context.Context, in *struct {
	ProgrammePath
	rest.Match
	Body campaigns.Programme
},
) (*rest.Answer[campaigns.Programme], error) {
	return rest.Answered(s.Advertisers.UpdateProgramme(ctx, in.Programme, func(p *campaigns.Programme) error {
		err := in.Guard(*p)
		*p = in.Body
		return err
	}))
}

func (s *advertiserResource) listContacts(ctx context.Context, in *struct {
	rest.Paging
	Name       string                 `query:"name" maxLength:"200" doc:"A part of the name or the address, in whatever case"`
	Advertiser campaigns.AdvertiserID `query:"advertiser"`
},
) (*rest.Answer[paging.Page[campaigns.Contact]], error) {
	f := campaigns.ContactFilter{Advertiser: in.Advertiser, Name: in.Name, Sees: rest.Seen(ctx)}
	return rest.Answered(s.Advertisers.Contacts(ctx, f, in.Ask()))
}

func (s *advertiserResource) addContact(ctx context.Context, in *struct {
	AdvertiserPath
	Body campaigns.Contact
},
) (*rest.Answer[campaigns.Contact], error) {
	in.Body.AdvertiserID = in.Advertiser
	return rest.Answered(s.Advertisers.AddContact(ctx, in.Body))
}

func (s *advertiserResource) listContactChanges(ctx context.Context, in *struct {
	AdvertiserPath
	rest.Paging
},
) (*rest.Answer[paging.Page[campaigns.Change]], error) {
	return rest.Answered(s.Advertisers.Requests().Waiting(ctx, in.Advertiser, in.Ask()))
}

func (s *advertiserResource) decideContactChange(ctx context.Context, in *struct {
	AdvertiserPath
	Change  changes.ID `path:"change"`
	Verdict string     `path:"verdict" enum:"confirm,refuse,withdraw"`
},
) (*rest.Answer[campaigns.Change], error) {
	state := map[string]changes.State{"confirm": changes.Confirmed, "refuse": changes.Refused, "withdraw": changes.Withdrawn}[in.Verdict]
	return rest.Answered(s.Advertisers.Requests().Decide(ctx, in.Advertiser, in.Change, state))
}

// ContactPath names a contact.
type ContactPath struct {
	Contact campaigns.ContactID `path:"contact"`
}

func (s *advertiserResource) getContact(ctx context.Context, in *ContactPath) (*rest.Answer[campaigns.Contact], error) {
	return rest.Answered(s.Advertisers.Contact(ctx, in.Contact))
}

func (s *advertiserResource) vouch(ctx context.Context, in *struct {
	ContactPath
	Body struct {
		Email string `json:"email" doc:"Of the contact, as it was read: the address that is vouched for"`
	}
},
) (*rest.Answer[campaigns.Contact], error) {
	return rest.Answered(s.Advertisers.Vouch(ctx, in.Contact, in.Body.Email))
}

func (s *advertiserResource) updateContact(ctx context.Context, in *struct {
	ContactPath
	rest.Match
	Body campaigns.Contact
},
) (*rest.Answer[campaigns.Contact], error) {
	return rest.Answered(s.Advertisers.UpdateContact(ctx, in.Contact, func(c *campaigns.Contact) error {
		err := in.Guard(*c)
		*c = in.Body
		return err
	}))
}
