package setup

import (
	"context"
	"slices"
	"time"

	"keur/api/rest"
	"keur/delivery/shaping"
	"keur/internal/fault"
	"keur/internal/paging"
)

// MailProvider is what a mailbox provider bears, and what Keur says of it where an
// admin said otherwise.
type MailProvider struct {
	shaping.Provider
	Own       bool           `json:"own" doc:"An admin said it, in place of Keur's"`
	ChangedBy string         `json:"changed_by,omitempty"`
	ChangedAt *time.Time     `json:"changed_at,omitempty"`
	Keurs     *shaping.Bears `json:"keurs,omitempty" doc:"What Keur says, of one of yours"`
	KeursTLS  string         `json:"keurs_tls,omitempty" doc:"What Keur says of tls, of one of yours"`
}

// MailRule is a rule with whose it is.
type MailRule struct {
	shaping.Rule
	Own       bool       `json:"own" doc:"An admin said it, in place of Keur's or besides"`
	ChangedBy string     `json:"changed_by,omitempty"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
}

func (s *mailProviderResource) mailProviderOperations() {
	const tag = "Mailbox providers"
	rest.Register(s.Kit, tag, rest.Read("/mail-providers", "List the mailbox providers with what each takes", rest.Admins()), s.list)
	rest.Register(s.Kit, tag, rest.Put("/mail-providers/{provider}", "Set what a mailbox provider takes, in place of what Keur says",
		rest.Admins()), s.set)
	rest.Register(s.Kit, tag, rest.Remove("/mail-providers/{provider}", "Take back what was set of a mailbox provider",
		rest.Admins()), s.restore)
	rest.Register(s.Kit, tag, rest.Read("/mail-providers/{provider}/state", "Tell how mail to a mailbox provider stands now",
		rest.Admins()), s.state)
	rest.Register(s.Kit, tag, rest.Act("/mail-providers/{provider}/stop", "Let no mail leave to a mailbox provider",
		rest.Admins()), s.stop)
	rest.Register(s.Kit, tag, rest.Act("/mail-providers/{provider}/resume", "Let mail leave to a mailbox provider again",
		rest.Admins()), s.resume)
	rest.Register(s.Kit, tag, rest.Read("/mail-rules", "List the rules that slow mail to providers down", rest.Admins()), s.listRules)
	rest.Register(s.Kit, tag, rest.Put("/mail-rules", "Set a rule, in place of the one with its pattern", rest.Admins()), s.setRule)
	rest.Register(s.Kit, tag, rest.Remove("/mail-rules", "Take back what was set of a rule", rest.Admins()), s.restoreRule)
	rest.Register(s.Kit, tag, rest.Ask("/mail-rules/hit", "Tell which rule a reply of a server hits", rest.Admins()), s.hit)
}

func (s *mailProviderResource) list(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[MailProvider]], error) {
	all, err := s.providers(ctx)
	return rest.Whole(all, err)
}

func (s *mailProviderResource) providers(ctx context.Context) ([]MailProvider, error) {
	keurs, err := shaping.Defaults()
	if err != nil {
		return nil, err
	}
	own, err := s.Limits.Own(ctx)
	if err != nil {
		return nil, err
	}
	table, err := keurs.With(own)
	if err != nil {
		return nil, err
	}
	others, _ := table.Provider(shaping.Default)
	all := []MailProvider{}
	for _, p := range append(slices.Clone(table.Providers), others) {
		at := MailProvider{Provider: p}
		for _, o := range own.Providers {
			if o.Name == p.Name {
				at.Own, at.ChangedBy, at.ChangedAt = true, o.ChangedBy, &o.ChangedAt
			}
		}
		if was, known := keurs.Provider(p.Name); known && at.Own {
			at.Keurs, at.KeursTLS = &was.Bears, was.TLS
		}
		all = append(all, at)
	}
	return all, nil
}

// MailProviderPath names a mailbox provider.
type MailProviderPath struct {
	Provider string `path:"provider" maxLength:"63"`
}

func (s *mailProviderResource) set(ctx context.Context, in *struct {
	MailProviderPath
	Body struct {
		MX  []string `json:"mx,omitempty" maxItems:"50" doc:"Ends of its MX hosts' names; none of default"`
		TLS string   `json:"tls,omitempty" enum:"required,opportunistic,none" doc:"Over direct routes; none said: as Keur has it. Not of default"`
		shaping.Bears
	}
},
) (*rest.Answer[MailProvider], error) {
	said := shaping.Provider{Name: in.Provider, MX: in.Body.MX, TLS: in.Body.TLS, Bears: in.Body.Bears}
	if err := s.Limits.SetProvider(ctx, said); err != nil {
		return nil, err
	}
	all, err := s.providers(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Name == in.Provider {
			return rest.Answered(p, nil)
		}
	}
	return nil, fault.New(fault.NotFound, "shaping.no_provider", "provider", in.Provider)
}

func (s *mailProviderResource) restore(ctx context.Context, in *MailProviderPath) (*struct{}, error) {
	return nil, s.Limits.RestoreProvider(ctx, in.Provider)
}

func (s *mailProviderResource) listRules(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[MailRule]], error) {
	table, err := s.Limits.Table(ctx)
	if err != nil {
		return nil, err
	}
	own, err := s.Limits.Own(ctx)
	if err != nil {
		return nil, err
	}
	rules := slices.Clone(table.Rules)
	for _, o := range own.Rules {
		if o.Do == shaping.Nothing {
			rules = append(rules, o.Rule)
		}
	}
	all := []MailRule{}
	for _, r := range shaping.Sorted(rules) {
		at := MailRule{Rule: r}
		for _, o := range own.Rules {
			if o.Provider == r.Provider && o.Pattern == r.Pattern {
				at.Own, at.ChangedBy, at.ChangedAt = true, o.ChangedBy, &o.ChangedAt
			}
		}
		all = append(all, at)
	}
	return rest.Whole(all, nil)
}

func (s *mailProviderResource) setRule(ctx context.Context, in *struct{ Body shaping.Rule }) (*rest.Answer[shaping.Rule], error) {
	if err := s.Limits.SetRule(ctx, in.Body); err != nil {
		return nil, err
	}
	return rest.Answered(in.Body, nil)
}

func (s *mailProviderResource) restoreRule(ctx context.Context, in *struct {
	Provider string `query:"provider" maxLength:"63" doc:"None: the rule for each"`
	Pattern  string `query:"pattern" required:"true" maxLength:"300"`
},
) (*struct{}, error) {
	return nil, s.Limits.RestoreRule(ctx, in.Provider, in.Pattern)
}

// RuleHit is the rule that a reply hits.
type RuleHit struct {
	Rule *shaping.Rule `json:"rule,omitempty" doc:"None: it hits none"`
}

func (s *mailProviderResource) hit(ctx context.Context, in *struct {
	Body struct {
		Provider string `json:"provider,omitempty" maxLength:"63"`
		Said     string `json:"said" minLength:"1" maxLength:"2000" doc:"Code, enhanced status and text, as a log has them"`
	}
},
) (*rest.Answer[RuleHit], error) {
	table, err := s.Limits.Table(ctx)
	if err != nil {
		return nil, err
	}
	return rest.Answered(RuleHit{table.Hit(in.Body.Provider, in.Body.Said)}, nil)
}

// ProviderState is how mail to a provider stands now.
type ProviderState struct {
	shaping.Now
	Limits []shaping.Limit `json:"limits" doc:"That its refusals came to"`
	Order  *shaping.Order  `json:"order,omitempty" doc:"What an admin said last: to stop or to resume it"`
	Said   []shaping.Said  `json:"replies" doc:"What it said last when it refused mails, without addresses"`
	Day    []shaping.Point `json:"day" doc:"What it took and refused in each quarter of an hour of the last 24 hours"`
}

func (s *mailProviderResource) state(ctx context.Context, in *MailProviderPath) (*rest.Answer[ProviderState], error) {
	return rest.Answered(s.stateOf(ctx, in.Provider))
}

func (s *mailProviderResource) stateOf(ctx context.Context, provider string) (st ProviderState, err error) {
	all, err := s.Limits.Now(ctx)
	if err != nil {
		return st, err
	}
	st.Now, st.Limits = all[provider], []shaping.Limit{}
	st.Now.Provider = provider
	limits, err := s.Limits.Limits(ctx)
	if err != nil {
		return st, err
	}
	for _, l := range limits {
		if l.Provider == provider {
			st.Limits = append(st.Limits, l)
		}
	}
	orders, err := s.Limits.Orders(ctx)
	if err != nil {
		return st, err
	}
	for i, o := range orders {
		if o.Provider == provider {
			st.Order = &orders[i]
		}
	}
	if st.Said, err = s.Limits.Said(ctx, provider); err != nil {
		return st, err
	}
	st.Day, err = s.Limits.Day(ctx, provider)
	return st, err
}

func (s *mailProviderResource) stop(ctx context.Context, in *struct {
	MailProviderPath
	Body struct {
		Reason string     `json:"reason" minLength:"1" maxLength:"500"`
		Until  *time.Time `json:"until,omitempty" doc:"None: until it is resumed"`
	}
},
) (*rest.Answer[ProviderState], error) {
	if err := s.Limits.Stop(ctx, in.Provider, in.Body.Reason, in.Body.Until); err != nil {
		return nil, err
	}
	return rest.Answered(s.stateOf(ctx, in.Provider))
}

func (s *mailProviderResource) resume(ctx context.Context, in *struct {
	MailProviderPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
},
) (*rest.Answer[ProviderState], error) {
	if err := s.Limits.Resume(ctx, in.Provider, in.Body.Reason); err != nil {
		return nil, err
	}
	return rest.Answered(s.stateOf(ctx, in.Provider))
}
