package mailinglist

import (
	"net/http"
	"strconv"
	"time"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/templates"
	"keur/web/desk"
)

// newMailingView asks what it takes to begin a mailing.
type newMailingView struct {
	Form     desk.Form
	Kinds    []mailings.Kind
	Starters []templates.Starter
	Own      []templates.Template
	Campaign *campaigns.Campaign // that it is for; nil: none is said yet
	Earlier  []mailings.Mailing  // like which one can begin, the newest first
	Zone     *time.Location
}

func (s *Screen) newMailing(x *desk.Exchange) error {
	f := desk.Form{Values: map[string][]string{"kind": {string(mailings.Solo)}, "campaign": {x.Query("campaign")}}}
	c, err := s.campaignOf(x, f.Get("campaign"))
	if err != nil {
		return err
	}
	if c != nil {
		f.Values["name"] = []string{c.Name}
	}
	return s.askNewMailing(x, http.StatusOK, f)
}

func (s *Screen) askNewMailing(x *desk.Exchange, status int, f desk.Form) error {
	own, err := s.Editor.OfKind(x, templates.Mail)
	if err != nil {
		return err
	}
	c, err := s.campaignOf(x, f.Get("campaign"))
	if err != nil {
		return err
	}
	ofLabel := mailings.Filter{Labels: []labels.ID{x.Label.ID}}
	earlier, err := s.Mailings.List(x.Context(), ofLabel, paging.Ask{Limit: mostEarlier, Sort: "newest"})
	if err != nil {
		return err
	}
	return x.Answer(status, "mailinglist/new", newMailingView{
		Earlier: earlier.Items, Zone: x.Zone(), Form: f, Kinds: []mailings.Kind{mailings.Solo, mailings.Newsletter, mailings.House},
		Starters: templates.Starters(), Own: own, Campaign: c,
	})
}

// mostEarlier is how many mailings one can begin like.
const mostEarlier = 100

func (s *Screen) createMailing(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if f.Field("name") == "" {
		f.Refuse("name", x.Say.T("mailings.name_missing"))
		return s.askNewMailing(x, http.StatusUnprocessableEntity, f)
	}
	m := mailings.Mailing{LabelID: x.Label.ID, Name: f.Field("name"), Kind: mailings.Kind(f.Field("kind"))}
	start, err := s.startLike(x, f.Field("like"), &m)
	if err == nil && m.CopyOf == nil {
		start, err = s.startOf(x, f)
	}
	if err != nil {
		return err
	}
	m, err = s.Workbench.Begin(x.Context(), m, start, x.User.ID)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.askNewMailing(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo(pathOf(m.ID) + "/content")
}

// startLike makes m a copy of an earlier mailing of the label, and returns what that
// says, without its moment; nothing where none is named.
func (s *Screen) startLike(x *desk.Exchange, number string, m *mailings.Mailing) (mailings.Brief, error) {
	if number == "" {
		return mailings.Brief{}, nil
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return mailings.Brief{}, desk.NotHere()
	}
	from, err := s.Mailings.Get(x.Context(), mailings.ID(id))
	if err != nil || from.LabelID != x.Label.ID {
		return mailings.Brief{}, desk.NotHere()
	}
	m.Kind, m.CopyOf = from.Kind, &from.ID
	return s.copied(x, &from)
}

// startOf is what a mailing begins with: an empty subject; a template, which is
// named as the gallery does, or the one that suits its kind; and the campaign that
// it is for, with its newest picture and its link.
func (s *Screen) startOf(x *desk.Exchange, f desk.Form) (mailings.Brief, error) {
	name := f.Field("template")
	if name == "" {
		name = "starter:" + f.Field("kind")
	}
	template, err := s.Editor.Template(x, name)
	if err != nil {
		return mailings.Brief{}, err
	}
	start := mailings.Blank()
	start.Template = template
	c, err := s.campaignOf(x, f.Field("campaign"))
	if err != nil || c == nil {
		return start, err
	}
	placed := mailings.BriefPlacement{Key: "p1", CampaignID: int64(c.ID), Heading: c.Name}
	material, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Campaign: c.ID}, paging.Ask{Limit: 1})
	if err == nil && len(material.Items) > 0 {
		placed.Creative = material.Items[0].Hash.String()
	}
	if err == nil {
		placed.URL, err = s.Gallery.First(x, c)
	}
	start.Placements = []mailings.BriefPlacement{placed}
	return start, err
}

// campaignOf returns the label's campaign of the number, or nil where none is named.
func (s *Screen) campaignOf(x *desk.Exchange, number string) (*campaigns.Campaign, error) {
	if number == "" {
		return nil, nil
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, desk.NotHere()
	}
	c, err := s.Campaigns.Get(x.Context(), campaigns.ID(id))
	if err == nil && c.LabelID != x.Label.ID {
		err = desk.NotHere()
	}
	return &c, err
}

// pathOf is the address of a mailing.
func pathOf(id mailings.ID) string { return "/mailings/" + desk.Itoa(id) }
