package request

import (
	"slices"
	"strconv"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
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

// subject finds the name of what a request is about. What isn't there any more,
// or is another label's, keeps its number alone.
func (s *Screen) subject(x *desk.Exchange, about requests.Subject) (subject, error) {
	if about.Kind == "" {
		return subject{}, nil
	}
	subject := subject{Subject: about, Path: "/" + about.Kind + "s/" + about.Ref}
	number, err := strconv.ParseInt(about.Ref, 10, 64)
	if err != nil {
		return subject, nil //nolint:nilerr // an image, which is known by its hash
	}
	var name string
	var label labels.ID
	switch about.Kind {
	case requests.AboutCampaign:
		var c campaigns.Campaign
		c, err = s.Campaigns.Get(x.Context(), campaigns.ID(number))
		name, label = c.Name, c.LabelID
	case requests.AboutMailing:
		var m mailings.Mailing
		m, err = s.Mailings.Get(x.Context(), mailings.ID(number))
		name, label = m.Name, m.LabelID
	}
	if fault.Is(err, fault.NotFound) {
		return subject, nil
	}
	if slices.ContainsFunc(x.Sees, func(l labels.Label) bool { return l.ID == label }) {
		subject.Name = name
	}
	return subject, err
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
	about := requests.Subject{Kind: x.Query("about"), Ref: x.Query("ref")}
	subjects := []requests.Subject{about}
	if id, err := strconv.ParseInt(about.Ref, 10, 64); err == nil && about.Kind == requests.AboutCampaign {
		images, err := s.Creatives.List(
			x.Context(), campaigns.MaterialFilter{Campaign: campaigns.ID(id)}, paging.Ask{Limit: desk.ExportPage},
		)
		if err != nil {
			return err
		}
		for _, image := range images.Items {
			subjects = append(subjects, requests.Subject{Kind: requests.AboutCreative, Ref: image.Hash.String()})
		}
	}
	found, err := s.Requests.About(x.Context(), fewRequests+1, subjects...)
	if err != nil {
		return err
	}
	view := attachedView{Subject: subject{Subject: about}, More: len(found) > fewRequests}
	if view.Items, err = s.Tickets.Lines(x, found[:min(len(found), fewRequests)]); err != nil {
		return err
	}
	return x.Part("request/list", "attached", view)
}
