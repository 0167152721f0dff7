package mailing

import (
	"slices"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
	"keur/web/desk"
)

// stepDeciders are those who could take a step, and for a client without any,
// which contacts wait for a second person.
type stepDeciders struct {
	approval.Deciders
	Proposed []campaigns.Change
	Plans    bool // so that the user may propose one
	Asked    bool // elsewhere on the page already
}

// Lacks reports whether the step is that of a client who has nobody to take it.
func (s stepDeciders) Lacks() bool {
	return s.Plans && s.AdvertiserID != nil && len(s.Can) == 0
}

// withProposed adds what was proposed of the contacts of clients who have none.
func (s *check) withProposed(x *desk.Exchange, steps []approval.Deciders) ([]stepDeciders, error) {
	all := make([]stepDeciders, len(steps))
	for i, step := range steps {
		all[i] = stepDeciders{Deciders: step, Plans: x.Can(accounts.Planner)}
		if !all[i].Lacks() {
			continue
		}
		all[i].Asked = x.Query("refused") == desk.Itoa(*step.AdvertiserID)
		waiting, err := s.Advertisers.Requests().Waiting(x.Context(), *step.AdvertiserID, paging.Ask{Limit: desk.ListPage})
		if err != nil {
			return nil, err
		}
		all[i].Proposed = waiting.Items
	}
	return all, nil
}

// refusedContact returns the client whose contact was refused in a form, so that it
// is asked for again with what was typed; nil where there is none.
func refusedContact(f desk.Form) *stepDeciders {
	id := campaigns.AdvertiserID(f.Number("advertiser"))
	if id == 0 {
		return nil
	}
	return &stepDeciders{Deciders: approval.Deciders{AdvertiserID: &id}}
}

// proposeContact proposes a contact of a client of the mailing, who may approve
// once a second person has confirmed it.
func (s *check) proposeContact(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	if m.RevisionID == nil {
		return desk.NotHere()
	}
	content, err := s.Mailings.Content(x.Context(), *m.RevisionID)
	if err != nil {
		return err
	}
	id := int64(f.Number("advertiser"))
	if !slices.Contains(content.Advertisers(), id) {
		return desk.NotHere()
	}
	c := campaigns.Contact{
		AdvertiserID: campaigns.AdvertiserID(id), MayApprove: true,
		Name: f.Field("name"), Email: f.Field("email"), Locale: f.Field("locale"),
	}
	if _, err := s.Advertisers.AddContact(x.Context(), c); err != nil {
		return s.checkRefused(x, f, err)
	}
	x.Flash(x.Say.T("check.contact_proposed", "name", c.Name))
	return x.GoTo(mailingPath(m.ID) + "/check")
}
