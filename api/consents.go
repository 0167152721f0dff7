package api

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
)

func (d *door) consentOperations() {
	const tag = "Consent"
	plans := ofMember(accounts.Planner)
	register(d, tag, read("/labels/{label}/members/{member}/consents", "List what a member agreed to and withdrew, with the proof", plans), d.listConsents)
	said := create("/labels/{label}/members/{member}/consents", "Record what a member agreed to or withdrew", plans)
	said.status = http.StatusNoContent
	register(d, tag, said, d.recordConsent)
	register(d, tag, read("/labels/{label}/members/{member}/suppressions", "List why a member must not be mailed", plans), d.listSuppressions)
	stop := act("/labels/{label}/members/{member}/suppress", "Stop all mail to a member at once, queued mail included", plans)
	stop.status = http.StatusNoContent
	register(d, tag, stop, d.suppressMember)
	lift := act("/labels/{label}/members/{member}/lift", "End a suppression of this label; what the member withdrew stays withdrawn", plans)
	lift.status = http.StatusNoContent
	register(d, tag, lift, d.liftSuppression)
	liftAll := act("/members/{member}/lift", "End a suppression that holds under every label", admins())
	liftAll.status = http.StatusNoContent
	register(d, tag, liftAll, d.liftEverywhere)
}

// onlyUnder leaves of a member what one label may know.
func onlyUnder(label labels.ID, m members.Member, err error) (members.Member, error) {
	if err != nil {
		return members.Member{}, err
	}
	own, is := m.Under(label)
	if !is {
		return members.Member{}, fault.New(fault.NotFound, "this label has no such member")
	}
	m.Memberships = []members.Membership{own}
	return m, nil
}

func (d *door) listConsents(ctx context.Context, in *struct {
	MemberPath
	Paging
	Sort string `query:"sort" enum:"oldest,newest"`
},
) (*answer[paging.Page[members.Consent]], error) {
	return answered(d.Members.ConsentsUnder(ctx, in.Label, in.Member, in.sorted(in.Sort)))
}

func (d *door) recordConsent(ctx context.Context, in *struct {
	MemberPath
	Body members.Consent
},
) (*nothing, error) {
	in.Body.Label = in.Label
	return done(d.Members.RecordConsent(ctx, nil, in.Member, in.Body))
}

func (d *door) listSuppressions(ctx context.Context, in *MemberPath) (*answer[paging.Page[members.Suppression]], error) {
	all, err := d.Members.Suppressions(ctx, in.Member)
	own := []members.Suppression{}
	for _, s := range all {
		if s.Label == in.Label || s.Label == members.EveryLabel {
			own = append(own, s)
		}
	}
	return whole(own, err)
}

func (d *door) suppressMember(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Reason     members.Reason `json:"reason" enum:"unsubscribe,complaint,manual"`
		Source     string         `json:"source" doc:"How we know: a call, a letter"`
		Everywhere bool           `json:"everywhere,omitempty" doc:"Under every label"`
	}
},
) (*nothing, error) {
	label := in.Label
	if in.Body.Everywhere {
		label = members.EveryLabel
	}
	return done(d.Members.Suppress(ctx, nil, in.Member, label, in.Body.Reason, in.Body.Source, nil))
}

// lifted says which suppression ends.
type lifted struct {
	Reason members.Reason `json:"reason" enum:"hard_bounce,soft_bounces,complaint,unsubscribe,manual"`
}

func (d *door) liftSuppression(ctx context.Context, in *struct {
	MemberPath
	Body lifted
},
) (*nothing, error) {
	return done(d.Members.Lift(ctx, nil, in.Member, in.Label, in.Body.Reason))
}

func (d *door) liftEverywhere(ctx context.Context, in *struct {
	WholeMember
	Body lifted
},
) (*nothing, error) {
	return done(d.Members.Lift(ctx, nil, in.Member, members.EveryLabel, in.Body.Reason))
}
