package mailing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/templates"
	"keur/web/desk"
)

// contentAction returns what a button of the Content step does to the brief,
// beside saving what was typed: up:zon, template:starter:solo. What it needs is
// looked up before anything is locked.
func (s *content) contentAction(x *desk.Exchange, f *desk.Form, do string) (func(*mailings.Brief) error, error) {
	verb, about, _ := strings.Cut(do, ":")
	switch verb {
	case "", "order", "keep-block": // what was dragged stands in the form in its new order
		return func(*mailings.Brief) error { return nil }, nil
	case "template":
		template, err := s.Editor.Template(x, about)
		return func(d *mailings.Brief) error { d.Template = template; return nil }, err
	case "place":
		return s.place(x, about)
	case "block":
		return (&savedBlocks{s.Screen}).place(x, about)
	case "campaign":
		return s.placeOther(x, about)
	case "link":
		return s.placeLink(x, f, about)
	case "material":
		return s.takeMaterial(x, about)
	case "product", "products", "product-out":
		return s.takeProducts(x, f, verb, about)
	case "keep-template":
		return s.keepTemplate(x)
	case "add-subject":
		return addSubject, nil
	case "drop-subject":
		return func(d *mailings.Brief) error {
			d.Subjects = slices.DeleteFunc(d.Subjects, func(one mailings.Subject) bool { return one.Key == about && len(d.Subjects) > 1 })
			return nil
		}, nil
	case "up", "down", "drop":
		return func(d *mailings.Brief) error { d.Placements = moved(d.Placements, about, verb); return nil }, nil
	}
	return nil, desk.NotHere()
}

// keepTemplate makes a template of the label out of the mailing's own source,
// where it can be edited and used again.
func (s *content) keepTemplate(x *desk.Exchange) (func(*mailings.Brief) error, error) {
	m := desk.Found[mailings.Mailing](x)
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return nil, err
	}
	own := work.Brief.Template
	t, err := s.Templates.Create(x.Context(), templates.Template{
		LabelID: m.LabelID, Name: x.Say.T("content.template_of", "name", m.Name, "n", int64(m.ID)), Format: own.Format, Source: own.Source,
	})
	return func(d *mailings.Brief) error {
		d.Template = mailings.BriefTemplate{ID: int64(t.ID), Version: t.Version}
		return nil
	}, err
}

func addSubject(d *mailings.Brief) error {
	var taken []string
	for _, subject := range d.Subjects {
		taken = append(taken, subject.Key)
	}
	if len(taken) >= 10 {
		return fault.New(fault.Invalid, "mailings.subjects_at_most")
	}
	d.Subjects = append(d.Subjects, mailings.Subject{Key: freeKey(taken), Weight: 1})
	return nil
}

// moved returns the placements with one a place up or down, or without it.
func moved(all []mailings.BriefPlacement, key, verb string) []mailings.BriefPlacement {
	at := slices.IndexFunc(all, func(p mailings.BriefPlacement) bool { return p.Key == key })
	to := at + map[string]int{"up": -1, "down": 1}[verb]
	switch {
	case at < 0 || to < 0 || to >= len(all):
	case verb == "drop":
		return slices.Delete(all, at, at+1)
	default:
		all[at], all[to] = all[to], all[at]
	}
	return all
}

// place returns what adds a placement for a campaign, with what is known of it
// filled in.
func (s *content) place(x *desk.Exchange, campaign string) (func(*mailings.Brief) error, error) {
	c, creative, err := s.placeable(x, campaign)
	if err != nil {
		return nil, err
	}
	link, err := s.Gallery.First(x, &c)
	return func(d *mailings.Brief) error {
		d.Placements = append(d.Placements, mailings.BriefPlacement{
			Key: d.FreeKey(), CampaignID: int64(c.ID), Creative: creative, Heading: c.Name, URL: link,
		})
		return nil
	}, err
}

// placeOther returns what gives a placement another campaign: p1:12. Its words
// stay; its picture, link, codes and product were the other campaign's.
func (s *content) placeOther(x *desk.Exchange, about string) (func(*mailings.Brief) error, error) {
	key, campaign, _ := strings.Cut(about, ":")
	c, creative, err := s.placeable(x, campaign)
	if err != nil {
		return nil, err
	}
	link, err := s.Gallery.First(x, &c)
	return func(d *mailings.Brief) error {
		for i := range d.Placements {
			if p := &d.Placements[i]; p.Key == key {
				p.CampaignID, p.Creative, p.Width, p.VoucherPoolID, p.ProductPick = int64(c.ID), creative, 0, 0, 0
				p.URL = cmp.Or(link, p.URL)
			}
		}
		return nil
	}, err
}

// placeable finds a campaign of the label, and its newest picture if it has any.
func (s *content) placeable(x *desk.Exchange, campaign string) (campaigns.Campaign, string, error) {
	id, err := strconv.ParseInt(campaign, 10, 64)
	if err != nil {
		return campaigns.Campaign{}, "", desk.NotHere()
	}
	c, err := s.Campaigns.Get(x.Context(), campaigns.ID(id))
	if err != nil || c.LabelID != x.Label.ID {
		return c, "", desk.NotHere()
	}
	material, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Campaign: c.ID}, paging.Ask{Limit: 1})
	if err != nil || len(material.Items) == 0 {
		return c, "", err
	}
	return c, material.Items[0].Hash.String(), nil
}
