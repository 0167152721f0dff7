package campaign

import (
	"net/http"
	"slices"

	"keur/accounts"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/paging"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/earned"
)

// advertiserView is one advertiser: who to reach, how, and what runs.
type advertiserView struct {
	campaigns.Advertiser
	Form     desk.Form
	Which    string // the form that Form was typed into: advertiser, stop, contact-5, programme-2
	Plans    bool   // for a label that runs it
	Waiting  []proposed
	Networks []string
	Running  []running
	Under    []labels.Label   // that run it, of those that the user may see
	Hits     reports.StopHits // what a stop would hold
	Refusal  string           // why the user can't lift it; "" if they can
	Earned   *earned.View     // per campaign, under the labels where it is told; nil: under none

	Plannable  []labels.Label // under which the user may begin a campaign
	Categories []string       // that advertisers have

	NewContact   campaigns.Contact // what the forms for one more begin with
	NewProgramme campaigns.Programme
}

// proposed is what waits for a second person to say of a contact.
type proposed struct {
	campaigns.Change
	Own bool // proposed by the user
}

// running is a campaign of the advertiser under a label that the user may see.
type running struct {
	campaigns.Campaign
	Label string
}

func (s *advertisers) advertiser(x *desk.Exchange) error {
	return s.showAdvertiser(x, http.StatusOK, "", desk.Form{})
}

func (s *advertisers) showAdvertiser(x *desk.Exchange, status int, which string, f desk.Form) error {
	id, err := x.ID("advertiser")
	if err != nil {
		return err
	}
	a, err := s.Advertisers.Get(x.Context(), campaigns.AdvertiserID(id))
	if err != nil {
		return err
	}
	sharing, err := s.Advertisers.RunBy(x.Context(), a.ID)
	if err == nil {
		err = s.Advertisers.Conceal(x.Context(), x.Seen(), &a)
	}
	if err != nil {
		return err
	}
	plans := accounts.Access{Roles: []accounts.Role{accounts.Planner}}
	view := advertiserView{
		Advertiser: a, Form: f, Which: which, Plans: plans.CheckAny(x.User, sharing) == nil, Networks: campaigns.Networks(),
		NewContact:   campaigns.Contact{Locale: x.User.Locale, MayApprove: true},
		NewProgramme: campaigns.Programme{Live: true, EmailAllowed: true}, Under: under(x, sharing),
	}
	decides := accounts.Access{Roles: []accounts.Role{accounts.Planner, accounts.Approver}}
	if decides.CheckAny(x.User, sharing) == nil {
		waiting, err := s.Advertisers.Requests().Waiting(x.Context(), a.ID, paging.Ask{Limit: desk.ListPage})
		if err != nil {
			return err
		}
		for _, r := range waiting.Items {
			view.Waiting = append(view.Waiting, proposed{r, r.ProposedBy == x.User.ID.Actor()})
		}
	}
	ids, all := x.User.Sees()
	if all {
		ids = nil
	}
	page, err := s.Campaigns.List(
		x.Context(), campaigns.Filter{Labels: ids, Advertiser: a.ID}, paging.Ask{Limit: desk.ListPage, Sort: "newest"},
	)
	if err != nil {
		return err
	}
	for _, c := range page.Items {
		for _, l := range x.Sees {
			if l.ID == c.LabelID {
				view.Running = append(view.Running, running{c, l.Name})
			}
		}
	}
	if view.Earned, err = s.earnedOf(x, a.ID, sharing); err != nil {
		return err
	}
	if err := s.addDoings(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "campaign/advertiser", view)
}

// addDoings adds what can be done with an advertiser, and what a stop would do.
func (s *advertisers) addDoings(x *desk.Exchange, view *advertiserView) (err error) {
	view.Plannable = slices.DeleteFunc(slices.Clone(x.Sees), func(l labels.Label) bool { return !x.User.Can(l.ID, accounts.Planner) })
	if view.Categories, err = s.Advertisers.Categories(x.Context()); err != nil {
		return err
	}
	return s.addStop(x, view)
}

// addStop says what a stop would hold, and of one that stands, why the user can't
// lift it.
func (s *advertisers) addStop(x *desk.Exchange, view *advertiserView) (err error) {
	err = s.Advertisers.RefusesResume(x.Context(), view.Advertiser, x.User.ID)
	if refused, ok := desk.AsFault(err); ok {
		view.Refusal = x.Say.Sentence(refused.Message)
	} else if err != nil {
		return err
	}
	view.Hits, err = s.Reports.Calendar.StopHits(x.Context(), view.ID, x.Now())
	return err
}

// under returns those of some labels that the user may see.
func under(x *desk.Exchange, ids []labels.ID) (found []labels.Label) {
	for _, l := range x.Sees {
		if slices.Contains(ids, l.ID) {
			found = append(found, l)
		}
	}
	return found
}

// earnedOf reads what came of an advertiser under the labels that run it.
func (s *advertisers) earnedOf(x *desk.Exchange, id campaigns.AdvertiserID, sharing []labels.ID) (*earned.View, error) {
	var all *earned.View
	for _, l := range x.Sees {
		if !slices.Contains(sharing, l.ID) {
			continue
		}
		one, err := s.Earned.Under(x, l, reports.EarnedByCampaign, reports.EarningsFilter{Advertiser: id})
		if err != nil {
			return nil, err
		}
		switch {
		case all == nil:
			all = one
		case one != nil:
			all.Lines = append(all.Lines, one.Lines...)
			all.Sum = reports.SumOf(all.Lines)
		}
	}
	return all, nil
}

// edited finishes a form of the page: back to it, or again with what is wrong.
func (s *advertisers) edited(x *desk.Exchange, which string, f desk.Form, id campaigns.AdvertiserID, err error) error {
	if err == nil {
		return x.GoTo("/advertisers/" + desk.Itoa(id))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	desk.AddParam(x, "advertiser", desk.Itoa(id))
	return s.showAdvertiser(x, http.StatusUnprocessableEntity, which, f)
}

func (s *advertisers) changeAdvertiser(x *desk.Exchange) error {
	found, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.Update(x.Context(), found.ID, func(a *campaigns.Advertiser) error {
		a.Name, a.Category = f.Field("name"), f.Field("category")
		return nil
	})
	return s.edited(x, "advertiser", f, found.ID, err)
}

func (s *advertisers) stopAdvertiser(x *desk.Exchange) error {
	a, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.Stop(x.Context(), a.ID, f.Field("reason"))
	return s.edited(x, "stop", f, a.ID, err)
}

func (s *advertisers) resumeAdvertiser(x *desk.Exchange) error {
	a, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.Resume(x.Context(), a.ID, f.Instant("seen"), x.User.ID)
	return s.edited(x, "stop", f, a.ID, err)
}

func readContact(f desk.Form, c *campaigns.Contact) {
	c.Name, c.Email, c.Locale, c.MayApprove = f.Field("name"), f.Field("email"), f.Field("locale"), f.Get("may_approve") != ""
}

func (s *advertisers) addContact(x *desk.Exchange) error {
	a, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	c := campaigns.Contact{AdvertiserID: a.ID}
	readContact(f, &c)
	_, err = s.Advertisers.AddContact(x.Context(), c)
	return s.edited(x, "contact-new", f, c.AdvertiserID, err)
}

func (s *advertisers) changeContact(x *desk.Exchange) error {
	now, f, err := desk.FoundWithForm[campaigns.Contact](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.UpdateContact(x.Context(), now.ID, func(c *campaigns.Contact) error {
		readContact(f, c)
		return nil
	})
	return s.edited(x, "contact-"+desk.Itoa(now.ID), f, now.AdvertiserID, err)
}

// decideContact confirms or refuses what another proposed of a contact, or
// withdraws what the user did.
func (s *advertisers) decideContact(x *desk.Exchange) error {
	a, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	id, err := x.ID("change")
	if err != nil {
		return err
	}
	state := changes.State(f.Get("verdict"))
	if !slices.Contains([]changes.State{changes.Confirmed, changes.Refused, changes.Withdrawn}, state) {
		return desk.NotHere()
	}
	_, err = s.Advertisers.Requests().Decide(x.Context(), a.ID, changes.ID(id), state)
	return s.edited(x, "waiting", f, a.ID, err)
}

func (s *advertisers) vouchForContact(x *desk.Exchange) error {
	now, f, err := desk.FoundWithForm[campaigns.Contact](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.Vouch(x.Context(), now.ID, f.Field("seen"))
	return s.edited(x, "contact-"+desk.Itoa(now.ID), f, now.AdvertiserID, err)
}

func readProgramme(f desk.Form, p *campaigns.Programme) {
	p.Network, p.Ref, p.SubIDParameter = f.Field("network"), f.Field("ref"), f.Field("subid_parameter")
	p.Live, p.EmailAllowed = f.Get("live") != "", f.Get("email_allowed") != ""
}

func (s *advertisers) addProgramme(x *desk.Exchange) error {
	a, f, err := desk.FoundWithForm[campaigns.Advertiser](x)
	if err != nil {
		return err
	}
	p := campaigns.Programme{AdvertiserID: a.ID}
	readProgramme(f, &p)
	_, err = s.Advertisers.AddProgramme(x.Context(), p)
	return s.edited(x, "programme-new", f, p.AdvertiserID, err)
}

func (s *advertisers) changeProgramme(x *desk.Exchange) error {
	now, f, err := desk.FoundWithForm[campaigns.Programme](x)
	if err != nil {
		return err
	}
	_, err = s.Advertisers.UpdateProgramme(x.Context(), now.ID, func(p *campaigns.Programme) error {
		readProgramme(f, p)
		return nil
	})
	return s.edited(x, "programme-"+desk.Itoa(now.ID), f, now.AdvertiserID, err)
}
