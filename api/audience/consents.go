package audience

import (
	"context"
	"net/http"

	"keur/api/rest"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
)

func (s *consentResource) consentOperations() {
	const tag = "Consent"
	plans, serves := rest.OfMember(s.Members, accounts.Planner), rest.OfMember(s.Members, accounts.Planner, accounts.Service)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}/consents",
		"List what a member agreed to and withdrew, with the proof", serves), s.listConsents)
	said := rest.Create("/labels/{label}/members/{member}/consents", "Record what a member agreed to or withdrew", plans)
	said.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, said, s.recordConsent)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}/suppressions", "List why a member must not be mailed", serves),
		s.listSuppressions)
	stop := rest.Act("/labels/{label}/members/{member}/suppress", "Stop all mail to a member at once, queued mail included", serves)
	stop.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, stop, s.suppressMember)
	lift := rest.Act("/labels/{label}/members/{member}/lift",
		"End a suppression of this label; what the member withdrew stays withdrawn", serves)
	lift.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, lift, s.liftSuppression)
	liftAll := rest.Act("/members/{member}/lift", "End a suppression that holds under every label",
		rest.AdminsOf(rest.OfWholeMember(s.Members)))
	liftAll.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, liftAll, s.liftEverywhere)
	rest.Register(s.Kit, tag, rest.Read("/suppressions/unfounded", "Count the suppressions by mails that never left", rest.Admins()),
		s.countUnfounded)
	unfounded := rest.Act("/suppressions/unfounded/lift", "End the suppressions by mails that never left, as many as were counted",
		rest.Admins()).Needs(accounts.ScopeApprove)
	unfounded.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, unfounded, s.liftUnfounded)
}

// onlyUnder leaves of a member what one label may know.
func onlyUnder(label labels.ID, m members.Member, err error) (members.Member, error) {
	if err != nil {
		return members.Member{}, err
	}
	own, is := m.Under(label)
	if !is {
		return members.Member{}, fault.New(fault.NotFound, "api.no_such_member")
	}
	m.Memberships = []members.Membership{own}
	return m, nil
}

func (s *consentResource) listConsents(ctx context.Context, in *struct {
	MemberPath
	rest.Paging
	Sort string `query:"sort" enum:"oldest,newest"`
},
) (*rest.Answer[paging.Page[members.Consent]], error) {
	return rest.Answered(s.Consents.Under(ctx, in.Label, in.Member, in.Sorted(in.Sort)))
}

func (s *consentResource) recordConsent(ctx context.Context, in *struct {
	MemberPath
	Body members.Consent
},
) (*rest.Nothing, error) {
	in.Body.Label = in.Label
	return rest.Done(s.Consents.Record(ctx, nil, in.Member, in.Body))
}

func (s *consentResource) listSuppressions(ctx context.Context, in *MemberPath) (*rest.Answer[paging.Page[members.Suppression]], error) {
	all, err := s.Members.Suppressions(ctx, in.Member)
	own := []members.Suppression{}
	for _, suppression := range all {
		if suppression.Label == in.Label || suppression.Label == members.EveryLabel {
			own = append(own, suppression)
		}
	}
	return rest.Whole(own, err)
}

func (s *consentResource) suppressMember(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Reason     members.Reason `json:"reason" enum:"unsubscribe,complaint,manual"`
		Source     string         `json:"source" doc:"How we know: a call, a letter"`
		Everywhere bool           `json:"everywhere,omitempty" doc:"Under every label"`
	}
},
) (*rest.Nothing, error) {
	label := in.Label
	if in.Body.Everywhere {
		label = members.EveryLabel
	}
	return rest.Done(s.Members.Suppress(ctx, nil, in.Member, label, in.Body.Reason, in.Body.Source, nil))
}

// lifted says which suppression ends.
type lifted struct {
	Reason members.Reason `json:"reason" enum:"hard_bounce,soft_bounces,complaint,unsubscribe,manual"`
}

func (s *consentResource) liftSuppression(ctx context.Context, in *struct {
	MemberPath
	Body lifted
},
) (*rest.Nothing, error) {
	return rest.Done(s.Members.Lift(ctx, nil, in.Member, in.Label, in.Body.Reason))
}

func (s *consentResource) liftEverywhere(ctx context.Context, in *struct {
	WholeMember
	Body lifted
},
) (*rest.Nothing, error) {
	return rest.Done(s.Members.Lift(ctx, nil, in.Member, members.EveryLabel, in.Body.Reason))
}

// unfounded counts suppressions by mails that never left.
type unfounded struct {
	Count   int `json:"count" doc:"Suppressions"`
	Members int `json:"members" doc:"Of so many members"`
}

func (s *consentResource) countUnfounded(ctx context.Context, _ *struct{}) (*rest.Answer[unfounded], error) {
	n, members, err := s.Unfounded.Count(ctx)
	return rest.Answered(unfounded{Count: n, Members: members}, err)
}

func (s *consentResource) liftUnfounded(ctx context.Context, in *struct {
	Body struct {
		Count int `json:"count" minimum:"1" doc:"As counted before; if there are others by now, nothing is done"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(s.Unfounded.Lift(ctx, in.Body.Count))
}
