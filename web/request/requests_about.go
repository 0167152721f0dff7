package request

import (
	"slices"
	"strconv"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/requests"
	"keur/web/desk"
	"keur/web/desk/tickets"
)

// subject is what a request is about, as a page names it.
type subject struct {
	requests.Subject
	Name string // of a campaign or mailing that the user may see
	Path string // where it is seen
}

// subjectOf reads what the address says a request is about.
func subjectOf(x *desk.Exchange) requests.Subject {
	return requests.Subject{Kind: x.Query("about"), Ref: x.Query("ref")}
}

// ofSubject demands one of the roles for a label of what the address says a
// request is about: see desk.OneLabel.
func (s *Screen) ofSubject(roles ...accounts.Role) desk.Access {
	return desk.UnderThat(roles, func(x *desk.Exchange) (labels.ID, error) {
		about := subjectOf(x)
		if about.Kind == "" {
			return 0, nil
		}
		_, under, err := s.find(x, about)
		under = slices.DeleteFunc(under, func(id labels.ID) bool { return !slices.Contains(seen(x, about.Kind), id) })
		switch {
		case err != nil:
			return 0, err
		case len(under) == 0:
			return 0, desk.NotHere()
		}
		return desk.OneLabel(x, under...)
	})
}

// seen are the labels whose things of a kind the user may look at. Who only
// answers members looks at these.
func seen(x *desk.Exchange, kind string) []labels.ID {
	if kind == requests.AboutMember {
		return desk.Known(x)
	}
	return x.Seen()
}

// find returns the name of what a request is about, if it has one, and the
// labels that it is under: none, where it isn't there.
func (s *Screen) find(x *desk.Exchange, about requests.Subject) (name string, under []labels.ID, err error) {
	number, _ := strconv.ParseInt(about.Ref, 10, 64) // of an image, which is known by its hash, it is none
	switch about.Kind {
	case requests.AboutCampaign:
		var c campaigns.Campaign
		c, err = s.Campaigns.Get(x.Context(), campaigns.ID(number))
		name, under = c.Name, []labels.ID{c.LabelID}
	case requests.AboutMailing:
		var m mailings.Mailing
		m, err = s.Mailings.Get(x.Context(), mailings.ID(number))
		name, under = m.Name, []labels.ID{m.LabelID}
	case requests.AboutMember:
		var m members.Member
		m, err = s.Members.Get(x.Context(), members.ID(number))
		for _, membership := range m.Memberships {
			under = append(under, membership.Label)
		}
	case requests.AboutCreative:
		var hash campaigns.Hash
		if hash, err = campaigns.ParseHash(about.Ref); err == nil {
			under, _, err = s.Creatives.SeenBy(x.Context(), hash)
		}
	}
	if fault.Is(err, fault.NotFound) {
		return "", nil, nil
	}
	return name, under, err
}

// subject says what a request is about. What isn't there any more, or is
// another label's, keeps its number alone.
func (s *Screen) subject(x *desk.Exchange, about requests.Subject) (subject, error) {
	if about.Kind == "" {
		return subject{}, nil
	}
	found := subject{Subject: about, Path: "/" + about.Kind + "s/" + about.Ref}
	name, under, err := s.find(x, about)
	if slices.ContainsFunc(under, func(id labels.ID) bool { return slices.Contains(desk.Known(x), id) }) {
		found.Name = name
	}
	return found, err
}

// attachedView is what was asked about something, for its page.
type attachedView struct {
	Subject subject
	Items   []tickets.Line
	More    bool
}

// fewRequests is how many stand on the page of what they are about.
const fewRequests = 5

// attached lists the requests about something, the open ones first; those about
// a campaign's images belong to the campaign, too.
func (s *Screen) attached(x *desk.Exchange) error {
	about := subjectOf(x)
	subjects := []requests.Subject{about}
	if id, err := strconv.ParseInt(about.Ref, 10, 64); err == nil && about.Kind == requests.AboutCampaign {
		images, err := s.Creatives.List(
			x.Context(), campaigns.MaterialFilter{Campaign: campaigns.ID(id)}, paging.Ask{Limit: desk.LongPage},
		)
		if err != nil {
			return err
		}
		for _, image := range images.Items {
			subjects = append(subjects, requests.Subject{Kind: requests.AboutCreative, Ref: image.Hash.String()})
		}
	}
	found, err := s.Requests.About(x.Context(), desk.Known(x), fewRequests+1, subjects...)
	if err != nil {
		return err
	}
	view := attachedView{Subject: subject{Subject: about}, More: len(found) > fewRequests}
	if view.Items, err = s.Tickets.Lines(x, found[:min(len(found), fewRequests)]); err != nil {
		return err
	}
	return x.Part("request/list", "attached", view)
}
