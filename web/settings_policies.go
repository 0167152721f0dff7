package web

import (
	"net/http"
	"strconv"

	"keur/approval"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
)

func (d *door) policyRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/policies", admins(), (*visit).policies},
		{http.MethodGet, "/settings/policies/:label", admins(), (*visit).policy},
		{http.MethodPost, "/settings/policies/:label", admins(), (*visit).changePolicy},
		{http.MethodPost, "/settings/policies/:label/remove", admins(), (*visit).removePolicy},
	}
}

// policyLine is a policy with whose it is.
type policyLine struct {
	approval.Policy
	Label      labels.Label
	Advertiser string // empty: the label's own
}

// Path is where the policy is edited.
func (p policyLine) Path() string {
	path := "/settings/policies/" + itoa(p.Label.ID)
	if p.AdvertiserID != nil {
		path += "?advertiser=" + itoa(*p.AdvertiserID)
	}
	return path
}

// policies draws the chain of each label, and of advertisers with their own.
func (v *visit) policies() error {
	var lines []policyLine
	for _, l := range v.Sees {
		set, err := v.Approval.Policies(v.ctx(), l.ID)
		if err != nil {
			return err
		}
		for _, p := range set {
			line := policyLine{Policy: p, Label: l}
			if p.AdvertiserID != nil {
				a, err := v.Advertisers.Get(v.ctx(), *p.AdvertiserID)
				if err != nil {
					return err
				}
				line.Advertiser = a.Name
			}
			lines = append(lines, line)
		}
	}
	return v.show("settings_policies", lines)
}

// policyView is one policy as it is edited.
type policyView struct {
	policyLine
	Form        form
	Advertisers []campaigns.Advertiser // to make an exception for
	Changes     []approval.Entry
}

// policyInPath returns the policy that the address names; of an advertiser
// without one it is the label's, to begin with.
func (v *visit) policyInPath() (policyLine, error) {
	id, err := v.id("label")
	if err != nil {
		return policyLine{}, err
	}
	l, err := v.Labels.Get(v.ctx(), labels.ID(id))
	if err != nil {
		return policyLine{}, err
	}
	set, err := v.Approval.Policies(v.ctx(), l.ID)
	if err != nil {
		return policyLine{}, err
	}
	line := policyLine{Policy: set[0], Label: l}
	asked, err := strconv.ParseInt(v.Query("advertiser"), 10, 64)
	if err != nil {
		return line, nil //nolint:nilerr // none is asked for
	}
	a, err := v.Advertisers.Get(v.ctx(), campaigns.AdvertiserID(asked))
	if err != nil {
		return policyLine{}, err
	}
	line.ID, line.Version, line.AdvertiserID, line.Advertiser = 0, 0, &a.ID, a.Name
	for _, p := range set[1:] {
		if *p.AdvertiserID == a.ID {
			line.Policy = p
		}
	}
	return line, nil
}

func (v *visit) policy() error {
	line, err := v.policyInPath()
	if err != nil {
		return err
	}
	f := newForm(v.Say)
	for name, n := range map[string]int{
		"client_hours": line.ClientHours, "colleague_hours": line.ColleagueHours, "remind_hours": line.RemindHours, "drift_percent": line.DriftPercent, "version": line.Version,
	} {
		f.Set(name, strconv.Itoa(n))
	}
	if line.LeadFrom != nil {
		f.Set("lead_from", v.Say.Number(int64(*line.LeadFrom)))
	}
	if line.ClientWaivable {
		f.Set("client_waivable", "yes")
	}
	return v.showPolicy(http.StatusOK, line, f)
}

func (v *visit) showPolicy(status int, line policyLine, f form) error {
	view := policyView{policyLine: line, Form: f}
	var err error
	if line.ID != 0 {
		if view.Changes, err = v.changes("approval_policies:" + itoa(line.ID)); err != nil {
			return err
		}
	}
	if line.AdvertiserID == nil {
		page, err := v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{}, paging.Ask{Limit: paging.Most, Sort: "name"})
		if err != nil {
			return err
		}
		view.Advertisers = page.Items
	}
	return v.answer(status, "settings_policy", view)
}

func (v *visit) changePolicy() error {
	line, err := v.policyInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := line.Policy
	v.readPolicy(&f, &p)
	if f.Wrong() {
		err = errStays
	} else {
		p, err = v.Approval.SetPolicy(v.ctx(), p)
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		f.Set("version", strconv.Itoa(line.Version)) // pressing again is meant
		return v.showPolicy(http.StatusUnprocessableEntity, line, f)
	}
	v.announce(v.policyEffect(policyLine{Policy: p, Label: line.Label, Advertiser: line.Advertiser}))
	return v.to("/settings/policies")
}

// removePolicy ends an exception: the label's chain holds for the advertiser
// again.
func (v *visit) removePolicy() error {
	line, err := v.policyInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if line.AdvertiserID == nil {
		return notHere()
	}
	if err := v.Approval.RemovePolicy(v.ctx(), line.Label.ID, *line.AdvertiserID, f.number("version")); err != nil {
		return err
	}
	v.announce(v.Say.T("policies.removed", "advertiser", line.Advertiser, "label", line.Label.Name))
	return v.to("/settings/policies")
}

// readPolicy reads the form into the policy.
func (v *visit) readPolicy(f *form, p *approval.Policy) {
	p.Version = f.number("version")
	p.ClientHours, p.ColleagueHours, p.RemindHours, p.DriftPercent = f.number("client_hours"), f.number("colleague_hours"), f.number("remind_hours"), f.number("drift_percent")
	p.ClientWaivable, p.LeadFrom = f.Get("client_waivable") != "", nil
	if typed := f.Field("lead_from"); typed != "" {
		n, ok := words.ReadCount(typed)
		if !ok {
			f.refuse("lead_from", v.Say.T("campaigns.no_number"))
		}
		members := int(n)
		p.LeadFrom = &members
	}
}

// policyEffect says through whose hands mailings go from now on.
func (v *visit) policyEffect(p policyLine) string {
	whose := p.Label.Name
	if p.Advertiser != "" {
		whose = v.Say.T("policies.of_both", "advertiser", p.Advertiser, "label", p.Label.Name)
	}
	steps := []string{v.Say.Of("step", approval.Maker), v.Say.Of("step", approval.Client), v.Say.Of("step", approval.Colleague)}
	if p.LeadFrom != nil {
		steps = append(steps, v.Say.T("policies.lead_in_words", "lead", v.Say.Of("step", approval.Lead), "n", *p.LeadFrom))
	}
	return v.Say.T("policies.effect", "whose", whose, "steps", v.Say.List(steps))
}
