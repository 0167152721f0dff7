package web

import (
	"net/http"
	"strconv"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
)

// advertiserView is one advertiser: who to reach, how, and what runs.
type advertiserView struct {
	campaigns.Advertiser
	Form     form
	Which    string // the form that Form was typed into: advertiser, stop, contact-5, programme-2
	Plans    bool
	Networks []string
	Running  []running

	NewContact   campaigns.Contact // what the forms for one more begin with
	NewProgramme campaigns.Programme
}

// running is a campaign of the advertiser under a label that the user may see.
type running struct {
	campaigns.Campaign
	Label string
}

func (v *visit) advertiser() error { return v.showAdvertiser(http.StatusOK, "", form{}) }

func (v *visit) showAdvertiser(status int, which string, f form) error {
	id, err := v.id("advertiser")
	if err != nil {
		return err
	}
	a, err := v.Advertisers.Get(v.ctx(), campaigns.AdvertiserID(id))
	if err != nil {
		return err
	}
	view := advertiserView{
		Advertiser: a, Form: f, Which: which, Plans: v.User.CanSomewhere(accounts.Planner), Networks: campaigns.Networks(),
		NewContact: campaigns.Contact{Locale: v.User.Locale, MayApprove: true}, NewProgramme: campaigns.Programme{Live: true, EmailAllowed: true},
	}
	ids, all := v.User.Sees()
	if all {
		ids = nil
	}
	page, err := v.Campaigns.List(v.ctx(), campaigns.Filter{Labels: ids, Advertiser: a.ID}, paging.Ask{Limit: listPage, Sort: "newest"})
	if err != nil {
		return err
	}
	for _, c := range page.Items {
		for _, l := range v.Sees {
			if l.ID == c.LabelID {
				view.Running = append(view.Running, running{c, l.Name})
			}
		}
	}
	return v.answer(status, "advertiser", view)
}

// edited finishes a form of the page: back to it, or again with what is wrong.
func (v *visit) edited(which string, f form, id campaigns.AdvertiserID, err error) error {
	if err == nil {
		return v.to("/advertisers/" + itoa(id))
	}
	if err := f.take(err); err != nil {
		return err
	}
	v.AddParam("advertiser", itoa(id))
	return v.showAdvertiser(http.StatusUnprocessableEntity, which, f)
}

func (v *visit) changeAdvertiser() error {
	id, f, err := v.formFor("advertiser")
	if err != nil {
		return err
	}
	_, err = v.Advertisers.Update(v.ctx(), campaigns.AdvertiserID(id), func(a *campaigns.Advertiser) error {
		a.Name, a.Category = f.Field("name"), f.Field("category")
		return nil
	})
	return v.edited("advertiser", f, campaigns.AdvertiserID(id), err)
}

func (v *visit) stopAdvertiser() error {
	id, f, err := v.formFor("advertiser")
	if err != nil {
		return err
	}
	_, err = v.Advertisers.Stop(v.ctx(), campaigns.AdvertiserID(id), f.Field("reason"))
	return v.edited("stop", f, campaigns.AdvertiserID(id), err)
}

func (v *visit) resumeAdvertiser() error {
	id, f, err := v.formFor("advertiser")
	if err != nil {
		return err
	}
	_, err = v.Advertisers.Resume(v.ctx(), campaigns.AdvertiserID(id))
	return v.edited("stop", f, campaigns.AdvertiserID(id), err)
}

func readContact(f form, c *campaigns.Contact) {
	c.Name, c.Email, c.Locale, c.MayApprove = f.Field("name"), f.Field("email"), f.Field("locale"), f.Get("may_approve") != ""
}

func (v *visit) addContact() error {
	id, f, err := v.formFor("advertiser")
	if err != nil {
		return err
	}
	c := campaigns.Contact{AdvertiserID: campaigns.AdvertiserID(id)}
	readContact(f, &c)
	_, err = v.Advertisers.AddContact(v.ctx(), c)
	return v.edited("contact-new", f, c.AdvertiserID, err)
}

func (v *visit) changeContact() error {
	id, f, err := v.formFor("contact")
	if err != nil {
		return err
	}
	now, err := v.Advertisers.Contact(v.ctx(), campaigns.ContactID(id))
	if err != nil {
		return err
	}
	_, err = v.Advertisers.UpdateContact(v.ctx(), now.ID, func(c *campaigns.Contact) error {
		readContact(f, c)
		return nil
	})
	return v.edited("contact-"+itoa(now.ID), f, now.AdvertiserID, err)
}

func (v *visit) vouchForContact() error {
	id, f, err := v.formFor("contact")
	if err != nil {
		return err
	}
	c, err := v.Advertisers.Vouch(v.ctx(), campaigns.ContactID(id))
	if err != nil {
		return err
	}
	return v.edited("contact-"+itoa(c.ID), f, c.AdvertiserID, nil)
}

func readProgramme(f form, p *campaigns.Programme) {
	p.Network, p.Ref, p.SubIDParameter = f.Field("network"), f.Field("ref"), f.Field("subid_parameter")
	p.Live, p.EmailAllowed = f.Get("live") != "", f.Get("email_allowed") != ""
}

func (v *visit) addProgramme() error {
	id, f, err := v.formFor("advertiser")
	if err != nil {
		return err
	}
	p := campaigns.Programme{AdvertiserID: campaigns.AdvertiserID(id)}
	readProgramme(f, &p)
	_, err = v.Advertisers.AddProgramme(v.ctx(), p)
	return v.edited("programme-new", f, p.AdvertiserID, err)
}

func (v *visit) changeProgramme() error {
	id, f, err := v.formFor("programme")
	if err != nil {
		return err
	}
	now, err := v.Advertisers.Programme(v.ctx(), campaigns.ProgrammeID(id))
	if err != nil {
		return err
	}
	_, err = v.Advertisers.UpdateProgramme(v.ctx(), now.ID, func(p *campaigns.Programme) error {
		readProgramme(f, p)
		return nil
	})
	return v.edited("programme-"+itoa(now.ID), f, now.AdvertiserID, err)
}

// itoa writes an id.
func itoa[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }
