package setup

import (
	"context"
	"strings"

	"keur/api/rest"
	"keur/delivery/warmups"
	"keur/internal/fault"
	"keur/internal/paging"
)

// Warmup is where a domain stands in its plan, and what left on the days before.
type Warmup struct {
	warmups.Standing
	Through bool          `json:"through" doc:"The plan has no say any more, until the domain was idle for 30 days"`
	History []warmups.Day `json:"history" doc:"The last days on which mail left"`
}

func (s *warmupResource) warmupOperations() {
	const tag = "Mailbox providers"
	rest.Register(s.Kit, tag, rest.Read("/warmups", "List the domains that are warmed up, with where each stands", rest.Admins()), s.list)
	rest.Register(s.Kit, tag, rest.Put("/warmups/{domain}", "Warm a sending domain up by a plan of most mails a day", rest.Admins()), s.set)
	rest.Register(s.Kit, tag, rest.Remove("/warmups/{domain}", "Take a sending domain's plan away", rest.Admins()), s.end)
}

func (s *warmupResource) list(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[Warmup]], error) {
	all, err := s.all(ctx)
	return rest.Whole(all, err)
}

func (s *warmupResource) all(ctx context.Context) ([]Warmup, error) {
	standings, err := s.Warmups.List(ctx)
	all := make([]Warmup, len(standings))
	for i, at := range standings {
		all[i] = Warmup{Standing: at, Through: at.Through()}
		if all[i].History, err = s.Warmups.Days(ctx, at.Domain); err != nil {
			return nil, err
		}
	}
	return all, err
}

// WarmupPath names a sending domain.
type WarmupPath struct {
	Domain string `path:"domain" maxLength:"253"`
}

func (s *warmupResource) set(ctx context.Context, in *struct {
	WarmupPath
	Body struct {
		Days []int `json:"days,omitempty" minItems:"1" maxItems:"60" doc:"Most mails on each day on which some leave; none: what receivers usually bear"`
	}
},
) (*rest.Answer[Warmup], error) {
	plan := warmups.Plan{Domain: strings.ToLower(in.Domain), Days: in.Body.Days}
	if !warmups.IsDomain(plan.Domain) {
		return nil, fault.New(fault.Invalid, "warmups.domain_form") // of no field: it stands in the path
	}
	if len(plan.Days) == 0 {
		plan.Days = warmups.Usual()
	}
	if err := s.Warmups.Set(ctx, plan); err != nil {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if w.Domain == plan.Domain {
			return rest.Answered(w, nil)
		}
	}
	return nil, fault.New(fault.NotFound, "warmups.no_plan", "domain", plan.Domain)
}

func (s *warmupResource) end(ctx context.Context, in *WarmupPath) (*struct{}, error) {
	return nil, s.Warmups.End(ctx, strings.ToLower(in.Domain))
}
