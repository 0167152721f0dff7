// Package policy shows admins through whose hands the mailings of a label or an
// advertiser go, and lets them change that.
package policy

import (
	"embed"
	"math"
	"net/http"
	"strconv"

	"keur/approval"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/typed"
	"keur/labels"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "policy", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Approval    *approval.Engine
	Labels      *labels.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/policies", desk.Admins(), s.list),
		desk.Get("/settings/policies/:label", desk.AdminsOfLabel(), s.one),
		desk.Post("/settings/policies/:label", desk.AdminsOfLabel(), s.change),
		desk.Post("/settings/policies/:label/remove", desk.AdminsOfLabel(), s.remove),
	}
}

// owned is a policy with whose it is.
type owned struct {
	policies.Policy
	Label      labels.Label
	Advertiser string // empty: the label's own
}

// Cooling is after how many hours a new approver counts.
func (p owned) Cooling() int { return *p.CoolingHours }

// Lead is from how many members on a lead approves; 0: never.
func (p owned) Lead() int {
	if p.LeadFrom == nil {
		return 0
	}
	return *p.LeadFrom
}

// Path is where the policy is edited.
func (p owned) Path() string {
	path := "/settings/policies/" + desk.Itoa(p.Label.ID)
	if p.AdvertiserID != nil {
		path += "?advertiser=" + desk.Itoa(*p.AdvertiserID)
	}
	return path
}

// list draws the chain of each label, and of advertisers with their own.
func (s *Screen) list(x *desk.Exchange) error {
	var lines []owned
	for _, l := range x.Sees {
		set, err := s.Approval.Policies.Of(x.Context(), l.ID)
		if err != nil {
			return err
		}
		for _, p := range set {
			line := owned{Policy: p, Label: l}
			if p.AdvertiserID != nil {
				a, err := s.Advertisers.Get(x.Context(), *p.AdvertiserID)
				if err != nil {
					return err
				}
				line.Advertiser = a.Name
			}
			lines = append(lines, line)
		}
	}
	return x.Show("policy/list", lines)
}

// policyView is one policy as it is edited.
type policyView struct {
	owned
	Form        desk.Form
	Advertisers []campaigns.Advertiser // to make an exception for
	Changes     []approval.Entry
}

// Waivers are for the choice on the page.
func (policyView) Waivers() []policies.Waiver { return policies.Waivers() }

// inPath returns the policy that the address names; of an advertiser
// without one it is the label's, to begin with.
func (s *Screen) inPath(x *desk.Exchange) (owned, error) {
	id, err := x.ID("label")
	if err != nil {
		return owned{}, err
	}
	l, err := s.Labels.Get(x.Context(), labels.ID(id))
	if err != nil {
		return owned{}, err
	}
	set, err := s.Approval.Policies.Of(x.Context(), l.ID)
	if err != nil {
		return owned{}, err
	}
	line := owned{Policy: set[0], Label: l}
	asked, err := strconv.ParseInt(x.Query("advertiser"), 10, 64)
	if err != nil {
		return line, nil //nolint:nilerr // none is asked for
	}
	a, err := s.Advertisers.Get(x.Context(), campaigns.AdvertiserID(asked))
	if err != nil {
		return owned{}, err
	}
	line.ID, line.Version, line.AdvertiserID, line.Advertiser = 0, 0, &a.ID, a.Name
	for _, p := range set[1:] {
		if *p.AdvertiserID == a.ID {
			line.Policy = p
		}
	}
	return line, nil
}

func (s *Screen) one(x *desk.Exchange) error {
	line, err := s.inPath(x)
	if err != nil {
		return err
	}
	f := desk.NewForm(x.Say)
	for name, n := range map[string]int{
		"client_hours": line.ClientHours, "colleague_hours": line.ColleagueHours, "remind_hours": line.RemindHours,
		"drift_percent": line.DriftPercent, "version": line.Version, "recurring_occurrences": line.RecurringOccurrences,
		"recurring_months": line.RecurringMonths, "end_remind_days": line.EndRemindDays, "cooling_hours": *line.CoolingHours,
		"attachments_most": line.AttachmentsMost, "attachments_kb": line.AttachmentsBytes / kilobyte,
	} {
		f.Set(name, strconv.Itoa(n))
	}
	if line.LeadFrom != nil {
		f.Set("lead_from", x.Say.Number(int64(*line.LeadFrom)))
	}
	f.Set("waiver", string(line.WaivedBy))
	if line.StrongProof {
		f.Set("strong_proof", "yes")
	}
	if line.ClientCode {
		f.Set("client_code", "yes")
	}
	if line.AsksAll {
		f.Set("asks_all", "yes")
	}
	if line.ClientWaivable {
		f.Set("client_waivable", "yes")
	}
	if line.Attachments {
		f.Set("attachments", "yes")
	}
	if line.HoldBrokenLinks {
		f.Set("hold_broken_links", "yes")
	}
	if !line.RefusesTokens {
		f.Set("token_verdicts", "yes")
	}
	return s.show(x, http.StatusOK, line, f)
}

func (s *Screen) show(x *desk.Exchange, status int, line owned, f desk.Form) error {
	view := policyView{owned: line, Form: f}
	var err error
	if line.ID != 0 {
		if view.Changes, err = desk.Changed(x, s.Approval, "approval_policies:"+desk.Itoa(line.ID)); err != nil {
			return err
		}
	}
	if line.AdvertiserID == nil {
		page, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{}, paging.Ask{Limit: paging.Most, Sort: "name"})
		if err != nil {
			return err
		}
		view.Advertisers = page.Items
	}
	return x.Answer(status, "policy/policy", view)
}

func (s *Screen) change(x *desk.Exchange) error {
	line, err := s.inPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	p := line.Policy
	s.read(x, &f, &p)
	if f.Wrong() {
		err = desk.ErrInvalid
	} else {
		p, err = s.Approval.Policies.Set(x.Context(), p)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		f.Set("version", strconv.Itoa(line.Version)) // pressing again is meant
		return s.show(x, http.StatusUnprocessableEntity, line, f)
	}
	x.Flash(s.effect(x, owned{Policy: p, Label: line.Label, Advertiser: line.Advertiser}))
	return x.GoTo("/settings/policies")
}

// remove ends an exception: the label's chain holds for the advertiser
// again.
func (s *Screen) remove(x *desk.Exchange) error {
	line, err := s.inPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if line.AdvertiserID == nil {
		return desk.NotHere()
	}
	r, err := s.Approval.Policies.Remove(x.Context(), line.Label.ID, *line.AdvertiserID, f.Number("version"))
	if err != nil {
		return err
	}
	if r.Waits() {
		x.Flash(x.Say.T("changes.waits", "what", r.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("policies.removed", "advertiser", line.Advertiser, "label", line.Label.Name))
	return x.GoTo("/settings/policies")
}

// kilobyte is the unit in which people say how large files may be.
const kilobyte = 1 << 10

// read reads the form into the policy.
func (s *Screen) read(x *desk.Exchange, f *desk.Form, p *policies.Policy) {
	p.Version = f.Number("version")
	p.ClientHours, p.ColleagueHours = f.Number("client_hours"), f.Number("colleague_hours")
	p.RemindHours, p.DriftPercent = f.Number("remind_hours"), f.Number("drift_percent")
	p.ClientWaivable, p.WaivedBy, p.LeadFrom = f.Get("client_waivable") != "", policies.Waiver(f.Get("waiver")), nil
	p.RecurringOccurrences, p.RecurringMonths = f.Number("recurring_occurrences"), f.Number("recurring_months")
	p.EndRemindDays, p.StrongProof = f.Number("end_remind_days"), f.Get("strong_proof") != ""
	p.AsksAll = f.Get("asks_all") != ""
	p.ClientCode, p.HoldBrokenLinks = f.Get("client_code") != "", f.Get("hold_broken_links") != ""
	p.RefusesTokens, p.CoolingHours = f.Get("token_verdicts") == "", new(f.Number("cooling_hours"))
	p.Attachments, p.AttachmentsMost = f.Get("attachments") != "", f.Number("attachments_most")
	if kb := f.Number("attachments_kb"); kb != p.AttachmentsBytes/kilobyte { // else it stays to the byte
		p.AttachmentsBytes = kb * kilobyte
	}
	if text := f.Field("lead_from"); text != "" {
		n, ok := typed.Count(text, math.MaxInt32)
		if !ok {
			f.Refuse("lead_from", x.Say.T("campaigns.no_number"))
		}
		members := int(n)
		p.LeadFrom = &members
	}
}

// effect says through whose hands mailings go from now on.
func (s *Screen) effect(x *desk.Exchange, p owned) string {
	if p.Change != nil {
		return x.Say.T("changes.waits", "what", p.Change.What)
	}
	whose := p.Label.Name
	if p.Advertiser != "" {
		whose = x.Say.T("policies.of_both", "advertiser", p.Advertiser, "label", p.Label.Name)
	}
	steps := []string{x.Say.Of("step", approval.Maker), x.Say.Of("step", approval.Client), x.Say.Of("step", approval.Colleague)}
	if p.LeadFrom != nil {
		steps = append(steps, x.Say.T("policies.lead_in_words", "lead", x.Say.Of("step", approval.Lead), "n", *p.LeadFrom))
	}
	return x.Say.T("policies.effect", "whose", whose, "steps", x.Say.List(steps))
}
