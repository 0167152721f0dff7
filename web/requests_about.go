package web

import (
	"slices"
	"strconv"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/requests"
)

// subject is what a request is about, as a page names it.
type subject struct {
	requests.Subject
	Name string // of a campaign or mailing that the user may see
	Path string // where it is seen
}

// subject finds the name of what a request is about. What isn't there any more,
// or is another label's, keeps its number alone.
func (v *visit) subject(about requests.Subject) (subject, error) {
	if about.Kind == "" {
		return subject{}, nil
	}
	s := subject{Subject: about, Path: "/" + about.Kind + "s/" + about.Ref}
	number, err := strconv.ParseInt(about.Ref, 10, 64)
	if err != nil {
		return s, nil //nolint:nilerr // an image, which is known by its hash
	}
	var name string
	var label labels.ID
	switch about.Kind {
	case requests.AboutCampaign:
		var c campaigns.Campaign
		c, err = v.Campaigns.Get(v.ctx(), campaigns.ID(number))
		name, label = c.Name, c.LabelID
	case requests.AboutMailing:
		var m mailings.Mailing
		m, err = v.Mailings.Get(v.ctx(), mailings.ID(number))
		name, label = m.Name, m.LabelID
	}
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if slices.ContainsFunc(v.Sees, func(l labels.Label) bool { return l.ID == label }) {
		s.Name = name
	}
	return s, err
}

// attachedView is what was asked about something, for its page.
type attachedView struct {
	Subject subject
	Items   []requestLine
	More    bool
}

// fewRequests is how many stand on the page of what they are about.
const fewRequests = 5

// attached lists the requests about something, the open ones first; those about
// a campaign's images belong to the campaign, too.
func (v *visit) attached() error {
	about := requests.Subject{Kind: v.Query("about"), Ref: v.Query("ref")}
	subjects := []requests.Subject{about}
	if id, err := strconv.ParseInt(about.Ref, 10, 64); err == nil && about.Kind == requests.AboutCampaign {
		images, err := v.Creatives.List(v.ctx(), campaigns.MaterialFilter{Campaign: campaigns.ID(id)}, paging.Ask{Limit: exportPage})
		if err != nil {
			return err
		}
		for _, image := range images.Items {
			subjects = append(subjects, requests.Subject{Kind: requests.AboutCreative, Ref: image.Hash.String()})
		}
	}
	found, err := v.Requests.About(v.ctx(), fewRequests+1, subjects...)
	if err != nil {
		return err
	}
	view := attachedView{Subject: subject{Subject: about}, More: len(found) > fewRequests}
	if view.Items, err = v.requestLines(found[:min(len(found), fewRequests)]); err != nil {
		return err
	}
	return v.part("requests", "attached", view)
}
