package web

import (
	"fmt"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
)

// contentView is the Content step.
type contentView struct {
	mailingView
	Form       form
	Typed      int // version of the content that stands in the form
	Saved      *mailings.Change
	Conflict   *conflict
	Subjects   []subjectView
	Preheader  []told
	Senders    []labels.Sender
	SenderTold []told
	Template   templateView
	Placements []placementView
	PlacesTold []told
	Inbox      inbox
	Tags       []members.Attribute
	Beside     bool // the parts are put into a page that is open
}

// subjectView is one variant of the subject.
type subjectView struct {
	mailings.Subject
	Shown string // as the member reads it who is looked as
	Share float64
	Told  []told
}

// Length is how many characters inboxes get to show.
func (s subjectView) Length() int { return len([]rune(s.Shown)) }

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
	Told                 []told
	First, Last          bool
}

// contentOf gathers what the step shows.
func (v *visit) contentOf(m mailingView) (contentView, error) {
	view := contentView{
		mailingView: m, Senders: v.Label.Senders, Typed: m.Version(mailings.ContentPart),
		Preheader: v.tell(m.Findings, "preheader"), SenderTold: append(v.tellFaults(m.Faults, "sender_id"), v.tellFaults(m.Faults, "sender")...),
		PlacesTold: v.tellFaults(m.Faults, "placements"),
	}
	if change, ok := m.Work.Changes[mailings.ContentPart]; ok {
		view.Saved = &change
	}
	var err error
	if view.Inbox, err = v.inboxOf(&m); err != nil {
		return view, err
	}
	view.Subjects = v.subjectsOf(&m, view.Inbox)
	if view.Template, err = v.templateOf(&m); err != nil {
		return view, err
	}
	if view.Tags, err = v.Members.Attributes(v.ctx(), v.Label.ID); err != nil {
		return view, err
	}
	for i, p := range m.Work.Brief.Placements {
		placed, err := v.placementOf(&m, p, i)
		if err != nil {
			return view, err
		}
		view.Placements = append(view.Placements, placed)
	}
	return view, nil
}

// inboxOf renders what an inbox shows. A mail that can't be rendered yet shows
// its lines as they were typed.
func (v *visit) inboxOf(m *mailingView) (inbox, error) {
	in := inbox{Sender: m.Content.Sender.Name}
	mail, err := v.previewOf(m)
	if err == nil {
		in.Preheader, in.Subjects = mail.Preheader, mail.Subjects
		return in, nil
	}
	if _, mendable := asFault(err); !mendable {
		return in, err
	}
	in.Preheader = m.Work.Brief.Preheader
	for _, s := range m.Work.Brief.Subjects {
		in.Subjects = append(in.Subjects, s.Text)
	}
	return in, nil
}

func (v *visit) subjectsOf(m *mailingView, in inbox) []subjectView {
	total := 0
	for _, s := range m.Work.Brief.Subjects {
		total += max(s.Weight, 1)
	}
	var all []subjectView
	for i, s := range m.Work.Brief.Subjects {
		one := subjectView{
			Subject: s, Shown: s.Text, Share: float64(max(s.Weight, 1)) / float64(total),
			Told: append(v.tellFaults(m.Faults, fmt.Sprintf("subjects[%d]", i)), v.tell(m.Findings, "subject["+s.Key+"]")...),
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
func (v *visit) placementOf(m *mailingView, p mailings.BriefPlacement, at int) (placementView, error) {
	view := placementView{
		BriefPlacement: p, First: at == 0, Last: at == len(m.Work.Brief.Placements)-1,
		Told: append(v.tellFaults(m.Faults, fmt.Sprintf("placements[%d]", at)), v.tell(m.Findings, "placement["+p.Key+"]")...),
	}
	if placed, ok := m.Content.Placement(p.Key); ok {
		view.Campaign, view.Advertiser = placed.Campaign, placed.Advertiser
	}
	material, err := v.Creatives.List(v.ctx(), campaigns.MaterialFilter{Campaign: campaigns.ID(p.CampaignID)}, paging.Ask{Limit: 60})
	if err != nil {
		return view, err
	}
	pools, err := v.Vouchers.List(v.ctx(), campaigns.PoolFilter{Campaign: campaigns.ID(p.CampaignID)}, paging.Ask{})
	if p.CampaignID != 0 {
		view.Material, view.Pools = material.Items, pools.Items
	}
	return view, err
}

// templateView is the template, and what else there is.
type templateView struct {
	ID     int64 // 0: the source is the mailing's own
	Name   string
	Newer  int // the newest version, when the mailing has an older one
	Told   []told
	Choice []templateChoice
}

// templateChoice is one of the gallery.
type templateChoice struct{ Key, Name string }

func (v *visit) templateOf(m *mailingView) (templateView, error) {
	brief := m.Work.Brief.Template
	view := templateView{ID: brief.ID, Told: append(v.tellFaults(m.Faults, "template"), v.tell(m.Findings, "")...)}
	for _, s := range templates.Starters() {
		view.Choice = append(view.Choice, templateChoice{"starter:" + s.Kind, v.Say.Of("starter", s.Kind)})
		if brief.ID == 0 && brief.Source == s.Source {
			view.Name = v.Say.Of("starter", s.Kind)
		}
	}
	own, err := v.Templates.List(v.ctx(), templates.Filter{Labels: []labels.ID{v.Label.ID}}, paging.Ask{})
	if err != nil {
		return view, err
	}
	for _, t := range own.Items {
		view.Choice = append(view.Choice, templateChoice{itoa(t.ID), t.Name})
	}
	if brief.ID != 0 {
		t, err := v.Templates.Get(v.ctx(), templates.ID(brief.ID))
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

// SavedAt is when the content was saved last.
func (c contentView) SavedAt() time.Time { return c.Saved.At }
