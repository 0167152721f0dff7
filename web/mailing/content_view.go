package mailing

import (
	"fmt"
	"slices"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/templates/inboxes"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/gallery"
)

// contentView is the Content step.
type contentView struct {
	mailingView
	Form              desk.Form
	Typed             int       // version of the content that stands in the form
	SavedAt           time.Time // zero: it wasn't since the newest revision
	Conflict          *conflict
	Subjects          []subjectView
	Preheader         []desk.Finding
	Senders           []labels.Sender
	SenderFindings    []desk.Finding
	Template          templateView
	Placements        []placementView
	PlacementFindings []desk.Finding
	Inbox             inbox
	Tags              []members.Attribute
	Beside            bool // the parts are put into a page that is open
}

// subjectView is one variant of the subject.
type subjectView struct {
	mailings.Subject
	Shown    string // as the member reads it who is looked as
	Share    float64
	Findings []desk.Finding
}

// Length is how many characters inboxes get to show.
func (subjectView subjectView) Length() int { return inboxes.Length(subjectView.Shown) }

// Signs are the looks of the subject's special characters in inboxes.
func (subjectView subjectView) Signs() []string { return editor.LooksOf(subjectView.Shown) }

// SignKinds are the special characters that are offered.
func (contentView) SignKinds() []editor.SignKind { return editor.Signs() }

// Looks is how inboxes list a subject.
func (inbox) Looks(subject string) editor.InInboxes { return editor.InboxesOf(subject) }

// inbox is how a phone lists the mail.
type inbox struct {
	Sender, Preheader string
	Subjects          []string
}

// placementView is one placement with what can be chosen for it.
type placementView struct {
	mailings.BriefPlacement
	Campaign, Advertiser string
	Material             []campaigns.Material
	Pools                []campaigns.Pool
	Links                []campaigns.Link
	Findings             []desk.Finding
	Finder               *gallery.View        // what to ask its networks for; nil: they offer nothing
	Products             *gallery.ProductView // what to ask feeds for; nil: there is none
	Product              *mailings.Product    // that it shows; nil: none
	First, Last          bool
}

// Deep reports whether one of the campaign's links takes a page to lead to.
func (p placementView) Deep() bool { return slices.ContainsFunc(p.Links, campaigns.Link.Deep) }

// contentOf gathers what the step shows.
func (s *content) contentOf(x *desk.Exchange, m mailingView) (contentView, error) {
	view := contentView{
		mailingView:       m,
		Senders:           x.Label.Senders,
		Typed:             m.Version(mailings.ContentPart),
		SavedAt:           m.Work.Changes[mailings.ContentPart].At,
		Preheader:         desk.Findings(x, m.Findings, "preheader"),
		SenderFindings:    append(desk.FaultFindings(x, m.Faults, "sender_id"), desk.FaultFindings(x, m.Faults, "sender")...),
		PlacementFindings: desk.FaultFindings(x, m.Faults, "placements"),
	}
	var err error
	if view.Inbox, err = s.inboxOf(x, &m); err != nil {
		return view, err
	}
	view.Subjects = s.subjectsOf(x, &m, view.Inbox)
	if view.Template, err = s.templateOf(x, &m); err != nil {
		return view, err
	}
	if view.Tags, err = s.Members.Attributes(x.Context(), x.Label.ID); err != nil {
		return view, err
	}
	for i, p := range m.Work.Brief.Placements {
		placed, err := s.placementOf(x, &m, p, i)
		if err != nil {
			return view, err
		}
		view.Placements = append(view.Placements, placed)
	}
	return view, nil
}

// inboxOf renders what an inbox shows. A mail that can't be rendered yet shows
// its lines as they were typed.
func (s *content) inboxOf(x *desk.Exchange, m *mailingView) (inbox, error) {
	in := inbox{Sender: m.Content.Sender.Name}
	mail, err := s.previewOf(x, m)
	if err == nil {
		in.Preheader, in.Subjects = mail.Preheader, mail.Subjects
		return in, nil
	}
	if _, mendable := desk.AsFault(err); !mendable {
		return in, err
	}
	in.Preheader = m.Work.Brief.Preheader
	for _, subject := range m.Work.Brief.Subjects {
		in.Subjects = append(in.Subjects, subject.Text)
	}
	return in, nil
}

func (s *content) subjectsOf(x *desk.Exchange, m *mailingView, in inbox) []subjectView {
	total := 0
	for _, subject := range m.Work.Brief.Subjects {
		total += max(subject.Weight, 1)
	}
	var all []subjectView
	for i, subject := range m.Work.Brief.Subjects {
		one := subjectView{
			Subject: subject,
			Shown:   subject.Text,
			Share:   float64(max(subject.Weight, 1)) / float64(total),
			Findings: append(
				desk.FaultFindings(x, m.Faults, fmt.Sprintf("subjects[%d]", i)),
				desk.Findings(x, m.Findings, "subject["+subject.Key+"]")...),
		}
		if i < len(in.Subjects) {
			one.Shown = in.Subjects[i]
		}
		all = append(all, one)
	}
	return all
}

// placementOf gathers what one placement can choose from. One whose campaign
// isn't there any more says so.
func (s *content) placementOf(x *desk.Exchange, m *mailingView, p mailings.BriefPlacement, at int) (placementView, error) {
	view := placementView{
		BriefPlacement: p,
		First:          at == 0,
		Last:           at == len(m.Work.Brief.Placements)-1,
		Findings: append(
			desk.FaultFindings(x, m.Faults, fmt.Sprintf("placements[%d]", at)),
			desk.Findings(x, m.Findings, "placement["+p.Key+"]")...),
	}
	if placed, ok := m.Content.Placement(p.Key); ok {
		view.Campaign, view.Advertiser, view.Product = placed.Campaign, placed.Advertiser, placed.Product
	}
	material, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Campaign: campaigns.ID(p.CampaignID)}, paging.Ask{Limit: 60})
	if err != nil {
		return view, err
	}
	pools, err := s.Vouchers.List(x.Context(), campaigns.PoolFilter{Campaign: campaigns.ID(p.CampaignID)}, paging.Ask{})
	if err != nil || p.CampaignID == 0 {
		return view, err
	}
	view.Material, view.Pools = material.Items, pools.Items
	if !m.MayEdit {
		return view, nil
	}
	c, err := s.Campaigns.Get(x.Context(), campaigns.ID(p.CampaignID))
	if fault.Is(err, fault.NotFound) {
		return view, nil
	}
	if err == nil {
		view.Finder, err = s.Gallery.Asks(x, &c)
	}
	if err == nil {
		view.Products, err = s.Gallery.Products.Asks(x, &c)
	}
	if err == nil {
		view.Links, err = s.Gallery.Tracking.Of(x.Context(), c.ID)
	}
	return view, err
}

// templateView is the template, and what else there is.
type templateView struct {
	ID       int64 // 0: the source is the mailing's own
	Name     string
	Newer    int // the newest version, when the mailing has an older one
	Findings []desk.Finding
	Choice   []templateChoice
}

// templateChoice is one of the gallery.
type templateChoice struct{ Key, Name string }

func (s *content) templateOf(x *desk.Exchange, m *mailingView) (templateView, error) {
	brief := m.Work.Brief.Template
	view := templateView{ID: brief.ID, Findings: append(desk.FaultFindings(x, m.Faults, "template"), desk.Findings(x, m.Findings, "")...)}
	for _, starter := range templates.Starters() {
		view.Choice = append(view.Choice, templateChoice{"starter:" + starter.Kind, x.Say.Of("starter", starter.Kind)})
		if brief.ID == 0 && brief.Source == starter.Source {
			view.Name = x.Say.Of("starter", starter.Kind)
		}
	}
	own, err := s.Editor.OfKind(x, templates.Mail)
	if err != nil {
		return view, err
	}
	for _, t := range own {
		view.Choice = append(view.Choice, templateChoice{desk.Itoa(t.ID), t.Name})
	}
	if brief.ID != 0 {
		t, err := s.Templates.Get(x.Context(), templates.ID(brief.ID))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return view, err
		}
		view.Name = t.Name
		if brief.Version != 0 && brief.Version != t.Version {
			view.Newer = t.Version
		}
	}
	return view, nil
}

// MaxPicture is how many bytes a picture may have.
func (contentView) MaxPicture() int { return campaigns.MaxCreative }
