package api

import (
	"context"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
)

// AdvertiserPath names an advertiser.
type AdvertiserPath struct {
	Advertiser campaigns.AdvertiserID `path:"advertiser"`
}

func (d *door) advertiserOperations() {
	const tag = "Advertisers"
	looks, plans := anywhere(accounts.Viewer), anywhere(accounts.Planner)
	register(d, tag, read("/advertisers", "List the advertisers", looks), d.listAdvertisers)
	register(d, tag, create("/advertisers", "Add an advertiser", plans), d.createAdvertiser)
	register(d, tag, read("/advertisers/{advertiser}", "Read an advertiser with its programmes and contacts", looks), d.getAdvertiser)
	register(d, tag, edit("/advertisers/{advertiser}", "Change an advertiser's name and category", plans), d.updateAdvertiser)
	register(d, tag, act("/advertisers/{advertiser}/stop", "Turn the stop switch on: nothing that places it is sent", plans), d.stopAdvertiser)
	register(d, tag, act("/advertisers/{advertiser}/resume", "Turn the stop switch off", plans), d.resumeAdvertiser)
	register(d, tag, create("/advertisers/{advertiser}/programmes", "Add a programme", plans), d.addProgramme)
	register(d, tag, read("/programmes/{programme}", "Read a programme", looks), d.getProgramme)
	register(d, tag, edit("/programmes/{programme}", "Change a programme", plans), d.updateProgramme)
	register(d, tag, read("/contacts", "List the contacts, of one advertiser or of all", looks), d.listContacts)
	register(d, tag, create("/advertisers/{advertiser}/contacts", "Add a contact", plans), d.addContact)
	register(d, tag, read("/contacts/{contact}", "Read a contact", looks), d.getContact)
	register(d, tag, edit("/contacts/{contact}", "Change a contact", plans), d.updateContact)
	register(d, tag, act("/contacts/{contact}/vouch", "Say that this is the address of someone who may approve; makers of a mailing need someone else's word", plans), d.vouch)
}

func (d *door) listAdvertisers(ctx context.Context, in *struct {
	Paging
	Named
	Category string `query:"category" maxLength:"40"`
	Stopped  bool   `query:"stopped" doc:"Only those whose stop switch is on"`
	Sort     string `query:"sort" enum:"oldest,newest,name"`
},
) (*answer[paging.Page[campaigns.Advertiser]], error) {
	f := campaigns.AdvertiserFilter{Name: in.Name, Category: in.Category, Stopped: in.Stopped}
	return answered(d.Advertisers.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) createAdvertiser(ctx context.Context, in *struct{ Body campaigns.Advertiser }) (*answer[campaigns.Advertiser], error) {
	return answered(d.Advertisers.Create(ctx, in.Body))
}

func (d *door) getAdvertiser(ctx context.Context, in *AdvertiserPath) (*answer[campaigns.Advertiser], error) {
	return answered(d.Advertisers.Get(ctx, in.Advertiser))
}

func (d *door) updateAdvertiser(ctx context.Context, in *struct {
	AdvertiserPath
	Match
	Body campaigns.Advertiser
},
) (*answer[campaigns.Advertiser], error) {
	return answered(d.Advertisers.Update(ctx, in.Advertiser, func(a *campaigns.Advertiser) error {
		if err := in.guard(*a); err != nil {
			return err
		}
		a.Name, a.Category = in.Body.Name, in.Body.Category
		return nil
	}))
}

func (d *door) stopAdvertiser(ctx context.Context, in *struct {
	AdvertiserPath
	Body struct {
		Reason string `json:"reason"`
	}
},
) (*answer[campaigns.Advertiser], error) {
	return answered(d.Advertisers.Stop(ctx, in.Advertiser, in.Body.Reason))
}

func (d *door) resumeAdvertiser(ctx context.Context, in *AdvertiserPath) (*answer[campaigns.Advertiser], error) {
	return answered(d.Advertisers.Resume(ctx, in.Advertiser))
}

func (d *door) addProgramme(ctx context.Context, in *struct {
	AdvertiserPath
	Body campaigns.Programme
},
) (*answer[campaigns.Programme], error) {
	in.Body.AdvertiserID = in.Advertiser
	return answered(d.Advertisers.AddProgramme(ctx, in.Body))
}

// ProgrammePath names a programme.
type ProgrammePath struct {
	Programme campaigns.ProgrammeID `path:"programme"`
}

func (d *door) getProgramme(ctx context.Context, in *ProgrammePath) (*answer[campaigns.Programme], error) {
	return answered(d.Advertisers.Programme(ctx, in.Programme))
}

func (d *door) updateProgramme(ctx context.Context, in *struct {
	ProgrammePath
	Match
	Body campaigns.Programme
},
) (*answer[campaigns.Programme], error) {
	return answered(d.Advertisers.UpdateProgramme(ctx, in.Programme, func(p *campaigns.Programme) error {
		err := in.guard(*p)
		*p = in.Body
		return err
	}))
}

func (d *door) listContacts(ctx context.Context, in *struct {
	Paging
	Name       string                 `query:"name" maxLength:"200" doc:"A part of the name or the address, in whatever case"`
	Advertiser campaigns.AdvertiserID `query:"advertiser"`
},
) (*answer[paging.Page[campaigns.Contact]], error) {
	return answered(d.Advertisers.Contacts(ctx, campaigns.ContactFilter{Advertiser: in.Advertiser, Name: in.Name}, in.ask()))
}

func (d *door) addContact(ctx context.Context, in *struct {
	AdvertiserPath
	Body campaigns.Contact
},
) (*answer[campaigns.Contact], error) {
	in.Body.AdvertiserID = in.Advertiser
	return answered(d.Advertisers.AddContact(ctx, in.Body))
}

// ContactPath names a contact.
type ContactPath struct {
	Contact campaigns.ContactID `path:"contact"`
}

func (d *door) getContact(ctx context.Context, in *ContactPath) (*answer[campaigns.Contact], error) {
	return answered(d.Advertisers.Contact(ctx, in.Contact))
}

func (d *door) vouch(ctx context.Context, in *ContactPath) (*answer[campaigns.Contact], error) {
	return answered(d.Advertisers.Vouch(ctx, in.Contact))
}

func (d *door) updateContact(ctx context.Context, in *struct {
	ContactPath
	Match
	Body campaigns.Contact
},
) (*answer[campaigns.Contact], error) {
	return answered(d.Advertisers.UpdateContact(ctx, in.Contact, func(c *campaigns.Contact) error {
		err := in.guard(*c)
		*c = in.Body
		return err
	}))
}
