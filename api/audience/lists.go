package audience

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/paging"
	"keur/members"
	"keur/reports"
)

func (s *memberResource) listOperations() {
	const tag = "Members"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members", "List a label's members", rest.Under(accounts.Planner)), s.listMembers)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}/events", "List what happened between the label and a member: "+
		"mails and what became of them, opens, clicks, bounces, what the member agreed to",
		rest.OfMember(s.Members, accounts.Planner, accounts.Service)),
		s.listEvents)
}

func (s *memberResource) listMembers(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Mailable string    `query:"mailable" enum:"yes,no" doc:"yes: who consents to mail and isn't suppressed; no: everybody else"`
	Source   string    `query:"source" maxLength:"200" doc:"Only those who came from there"`
	Domain   string    `query:"domain" maxLength:"255" doc:"Only those whose address is of this domain"`
	From     time.Time `query:"from" doc:"Joined from here on" example:"2026-11-01T00:00:00Z"`
	Until    time.Time `query:"until" doc:"Joined before this" example:"2026-12-01T00:00:00Z"`
	Sort     string    `query:"sort" enum:"oldest,newest"`
},
) (*rest.Answer[paging.Page[members.Summary]], error) {
	filter := members.ListFilter{Source: in.Source, Domain: in.Domain, From: in.From, Until: in.Until}
	if yes := in.Mailable == "yes"; in.Mailable != "" {
		filter.Mailable = &yes
	}
	return rest.Answered(s.Members.List(ctx, in.Label, filter, in.Sorted(in.Sort)))
}

func (s *memberResource) listEvents(ctx context.Context, in *struct {
	MemberPath
	rest.Paging
	Kind  []reports.Happening `query:"kind" doc:"One or several, with commas between"`
	From  time.Time           `query:"from" doc:"Events from here on" example:"2026-11-01T00:00:00Z"`
	Until time.Time           `query:"until" doc:"Events before this" example:"2026-12-01T00:00:00Z"`
	Sort  string              `query:"sort" enum:"newest,oldest"`
},
) (*rest.Answer[paging.Page[reports.Happened]], error) {
	filter := reports.HistoryFilter{Kinds: in.Kind, From: in.From, Until: in.Until}
	return rest.Answered(s.Reports.Members.History(ctx, in.Label, in.Member, filter, in.Sorted(in.Sort)))
}
