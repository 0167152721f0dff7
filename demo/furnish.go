package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keur/accounts"
	"keur/approval/policies"
	"keur/changes"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

// most asks for as long a list as there is.
const most = "?limit=200"

// ensure returns the thing at path that is meant, or makes it: an earlier demo
// may have.
func ensure[T any](ctx context.Context, d Servers, by *Person, path, query string, meant func(T) bool, body any) (made T, err error) {
	var there paging.Page[T]
	if err := d.Get(ctx, by, path+query, &there); err != nil {
		return made, err
	}
	if at := slices.IndexFunc(there.Items, meant); at >= 0 {
		return there.Items[at], nil
	}
	return made, d.Create(ctx, by, path, body, &made)
}

// openLabels makes the labels, or fits those of an earlier demo to where the
// servers are now. The demo's admin is the first to come.
func (p *Publisher) openLabels(ctx context.Context) (string, error) {
	var err error
	if p.Admin, err = p.HireAdmin(ctx, "admin@spaarpad.example", "Beheer"); err != nil {
		return "", err
	}
	for _, m := range p.Markets {
		l := &m.Label
		own := func(known labels.Label) bool { return known.Code == l.Code }
		known, err := ensure(ctx, p.Servers, p.Admin, "/labels", "", own, l)
		if err == nil && known.ID == 0 { // it waits
			if err = p.agree(ctx, known.Change); err == nil {
				known, err = ensure(ctx, p.Servers, p.Admin, "/labels", "", own, l)
			}
		}
		if err != nil {
			return "", err
		}
		l.Senders = known.Senders // their ids stay
		if err := p.Put(ctx, p.Admin, fmt.Sprintf("/labels/%d", known.ID), l, l); err != nil {
			return "", err
		}
		if err := p.agree(ctx, l.Change); err != nil {
			return "", err
		}
		if err := p.coolNobody(ctx, known.ID); err != nil {
			return "", err
		}
	}
	return "Spaarpad (nl) and Sparpfad (de), without a route out: their mail stays in the local inbox", nil
}

// coolNobody lets new approvers of a label count at once, so that whoever looks
// around can try what they may.
func (p *Publisher) coolNobody(ctx context.Context, label labels.ID) error {
	path := fmt.Sprintf("/labels/%d/policies", label)
	var set paging.Page[policies.Policy]
	if err := p.Get(ctx, p.Admin, path, &set); err != nil {
		return err
	}
	policy := set.Items[0]
	if *policy.CoolingHours == 0 {
		return nil
	}
	policy.CoolingHours = new(0)
	if err := p.Put(ctx, p.Admin, path, policy, &policy); err != nil {
		return err
	}
	return p.agree(ctx, policy.Change)
}

// agree has the second admin, who came in an earlier demo, confirm what waits;
// while there is one, the first confirms what their program asked for, as at the
// desk.
func (p *Publisher) agree(ctx context.Context, waits *changes.Request) error {
	if waits == nil {
		return nil
	}
	two, err := p.Changes.TakesTwo(ctx)
	if err != nil {
		return err
	}
	if !two {
		_, err := p.Changes.Confirm(p.Key.Acting(ctx, p.Admin.ID.Actor()), waits.ID)
		return err
	}
	second, err := p.SecondAdmin(ctx)
	if err != nil {
		return err
	}
	return p.Create(ctx, second, fmt.Sprintf("/changes/%d/confirm", waits.ID), nil, nil)
}

// SecondAdmin hires the demo's second admin, unless an earlier demo has.
func (p *Publisher) SecondAdmin(ctx context.Context) (*Person, error) {
	return p.HireAdmin(ctx, "directie@spaarpad.example", "Directie")
}

// HireAdmin adds an admin, unless an earlier demo has. The second one comes on
// the first one's word alone, and from then on it takes both.
func (p *Publisher) HireAdmin(ctx context.Context, email, name string) (*Person, error) {
	admin, err := p.Accounts.ByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		admin, err = p.Accounts.Create(ctx, accounts.User{Email: email, Name: name, Locale: "nl", Admin: true}, "")
	}
	if err != nil {
		return nil, err
	}
	return p.employ(ctx, admin)
}

// hirePeople adds four users with roles under both labels, and gives each a
// password and an API token.
func (p *Publisher) hirePeople(ctx context.Context) (string, error) {
	var names []string
	nl, de := p.Markets[0], p.Markets[1]
	for _, hired := range []struct {
		into                **Person
		email, name, locale string
		roles               []accounts.Role
	}{
		{&p.Planner, "sanne@spaarpad.example", "Sanne Hoekstra", "nl", []accounts.Role{accounts.Planner, accounts.Approver}},
		{&p.Editor, "katharina@sparpfad.example", "Katharina Vogel", "de", []accounts.Role{accounts.Planner, accounts.Approver}},
		{&p.Colleague, "jeroen@spaarpad.example", "Jeroen Bakker", "nl", []accounts.Role{accounts.Approver, accounts.Finance}},
		{&p.Service, "fatima@spaarpad.example", "Fatima El Amrani", "nl", []accounts.Role{accounts.Service}},
	} {
		user, err := ensure(ctx, p.Servers, p.Admin, "/users", most, func(u accounts.User) bool { return u.Email == hired.email },
			map[string]any{
				"email": hired.email, "name": hired.name, "locale": hired.locale,
				"roles": map[labels.ID][]accounts.Role{nl.Label.ID: hired.roles, de.Label.ID: hired.roles},
			})
		if err == nil && user.ID == 0 { // it waits
			if err = p.agree(ctx, user.Change); err == nil {
				user, err = p.Accounts.ByEmail(ctx, hired.email)
			}
		}
		if err != nil {
			return "", err
		}
		if *hired.into, err = p.employ(ctx, user); err != nil {
			return "", err
		}
		names = append(names, hired.name)
	}
	nl.Maker, de.Maker = p.Planner, p.Editor
	return strings.Join(names, ", ") + ", each with a password and a token of their own", nil
}

// employ gives a user the demo's password and a token.
func (p *Publisher) employ(ctx context.Context, u accounts.User) (*Person, error) {
	// Nobody but they ever sets their password.
	ctx = p.Key.Acting(ctx, u.ID.Actor())
	if err := p.Accounts.SetPassword(ctx, u.ID, Password); err != nil {
		return nil, err
	}
	token, _, err := p.Tokens.Create(ctx, u.ID, accounts.Grant{
		Name: "demo of " + p.Began.Format("2006-01-02 15:04"), Scopes: accounts.AllScopes(),
	})
	return &Person{u, token}, err
}

// Settle gives each label its templates and segments.
func (p *Publisher) Settle(ctx context.Context) error {
	for _, m := range p.Markets {
		path := fmt.Sprintf("/labels/%d/", m.Label.ID)
		for _, starter := range templates.Starters() {
			// The label has no site of its own here, which the starter leads to.
			source := strings.ReplaceAll(starter.Source, `href="{{label.public_url}}/"`, `href="`+p.Shop.URL+"/shop/"+m.Label.Code+`"`)
			t, err := ensure(ctx, p.Servers, m.Maker, path+"templates", most,
				func(t templates.Template) bool { return t.Name == starter.Name },
				map[string]any{"name": starter.Name, "format": starter.Format, "source": source})
			if err != nil {
				return err
			}
			m.Templates[mailings.Kind(starter.Kind)] = int64(t.ID)
		}
		for _, saved := range m.Segments {
			s, err := ensure(ctx, p.Servers, m.Maker, path+"segments", most, func(s segments.Segment) bool { return s.Name == saved.Name },
				map[string]any{"name": saved.Name, "description": saved.Description, "rule": saved.Rule})
			if err != nil {
				return err
			}
			m.SegmentIDs[saved.Name] = s.ID
		}
	}
	return nil
}
