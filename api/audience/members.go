package audience

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/members"
)

// MemberPath names a member under a label.
type MemberPath struct {
	rest.LabelPath
	Member members.ID `path:"member"`
}

func (s *memberResource) memberOperations() {
	const tag = "Members"
	plans, serves := rest.OfMember(s.Members, accounts.Planner), rest.OfMember(s.Members, accounts.Planner, accounts.Service)
	s.listOperations()
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/members", "Add a member, or a membership to one who is known",
		rest.Under(accounts.Planner)), s.createMember)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/members/find", "Find a member by address, in any spelling of it",
		rest.Under(accounts.Planner, accounts.Service)), s.findMember)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}", "Read a member", serves), s.getMember)
	rest.Register(s.Kit, tag, rest.Patch("/labels/{label}/members/{member}", "Change what is known of a member", plans), s.patchMember)
	move := rest.Act("/labels/{label}/members/{member}/address", "Give a member who is under this label alone another address; one "+
		"member stays, with consents and history", serves)
	move.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, move, s.moveMember)
	moveAll := rest.Act("/members/{member}/address", "Give a member another address, whatever labels they are under",
		rest.AdminsOf(rest.OfWholeMember(s.Members)))
	moveAll.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, moveAll, s.moveEverywhere)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}/former-addresses", "List the addresses "+
		"that a member had before, the newest first", serves), s.listFormer)
	rest.Register(s.Kit, tag, rest.Read("/members/{member}/export", "Hand out all that is kept of a member (GDPR articles 15 and 20)",
		rest.AdminsOf(rest.OfWholeMember(s.Members))), s.exportMember)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/members/{member}/preferences", "Read what a member wishes", serves),
		s.getPreferences)
	rest.Register(s.Kit, tag, rest.Put("/labels/{label}/members/{member}/preferences", "Set what a member wishes", serves),
		s.setPreferences)
	rest.Register(s.Kit, tag, rest.Put("/labels/{label}/members/{member}/pause", "Keep mail from a member until a day, on which it "+
		"comes again by itself; what is queued is taken out", serves), s.pauseMember)
	rest.Register(s.Kit, tag, rest.Remove("/labels/{label}/members/{member}/pause", "End a member's pause now", serves), s.resumeMember)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/attributes", "List what the label knows of its members",
		rest.Under(accounts.Viewer)), s.listAttributes)
	rest.Register(s.Kit, tag, rest.Put("/labels/{label}/attributes/{name}", "Declare an attribute; its type stays",
		rest.Under(accounts.Planner)), s.declareAttribute)
	rest.Register(s.Kit, tag, rest.Remove("/labels/{label}/attributes/{name}",
		"Remove an attribute that no member has and nothing asks for", rest.Under(accounts.Planner)), s.removeAttribute)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/attributes/{name}/words",
		"List what people call the values of an attribute", rest.Under(accounts.Viewer)), s.listWords)
	rest.Register(s.Kit, tag, rest.Put("/labels/{label}/attributes/{name}/words",
		"Say what people call the values of an attribute; what isn't named has no word any more", rest.Under(accounts.Planner)), s.setWords)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/topics", "List the topics that members can turn off",
		rest.Under(accounts.Viewer)), s.listTopics)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/topics", "Add a topic", rest.Under(accounts.Planner)), s.addTopic)
}

// newMember is a member to be. The label is the path's.
type newMember struct {
	Address    string            `json:"address"`
	Attributes map[string]any    `json:"attributes,omitempty" doc:"By name; only declared ones"`
	Source     string            `json:"source" doc:"Where the member came from"`
	TimeZone   string            `json:"time_zone,omitempty" doc:"IANA name, when known"`
	Key        string            `json:"member_key,omitempty" doc:"The publisher's own number of the member"`
	Consents   []members.Consent `json:"consents,omitempty" doc:"With the proof: text, source and time"`
}

func (s *memberResource) createMember(ctx context.Context, in *struct {
	rest.LabelPath
	Body newMember
},
) (*rest.Answer[members.Member], error) {
	b := in.Body
	for i := range b.Consents {
		b.Consents[i].Label = in.Label
	}
	m, err := s.Members.Create(ctx, members.Newcomer{
		Label: in.Label, Address: b.Address, Attributes: b.Attributes, Source: b.Source, TimeZone: b.TimeZone, Key: b.Key,
		Consents: b.Consents,
	})
	return rest.Answered(onlyUnder(in.Label, m, err))
}

// findMember takes the address in the body, since addresses of calls are logged.
func (s *memberResource) findMember(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Address string `json:"address"`
	}
},
) (*rest.Answer[members.Member], error) {
	m, err := s.Members.Find(ctx, in.Body.Address)
	return rest.Answered(onlyUnder(in.Label, m, err))
}

func (s *memberResource) getMember(ctx context.Context, in *MemberPath) (*rest.Answer[members.Member], error) {
	m, err := s.Members.Get(ctx, in.Member)
	return rest.Answered(onlyUnder(in.Label, m, err))
}

func (s *memberResource) patchMember(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Attributes map[string]any `json:"attributes,omitempty" doc:"By name; null clears one, what isn't named stays"`
		TimeZone   *string        `json:"time_zone,omitempty" doc:"IANA name; empty: not known"`
		Key        *string        `json:"member_key,omitempty" doc:"The publisher's own number of the member; empty: none"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(s.Members.Patch(ctx, in.Label, in.Member, members.Patch{
		Attributes: in.Body.Attributes, TimeZone: in.Body.TimeZone, Key: in.Body.Key,
	}))
}

// moved is the address that a member has from now on.
type moved struct {
	Address string `json:"address"`
}

func (s *memberResource) moveMember(ctx context.Context, in *struct {
	MemberPath
	Body moved
},
) (*rest.Nothing, error) {
	return rest.Done(members.NewMoves(s.Members).Move(ctx, in.Label, in.Member, in.Body.Address))
}

func (s *memberResource) moveEverywhere(ctx context.Context, in *struct {
	WholeMember
	Body moved
},
) (*rest.Nothing, error) {
	return rest.Done(members.NewMoves(s.Members).Move(ctx, members.EveryLabel, in.Member, in.Body.Address))
}

func (s *memberResource) listFormer(ctx context.Context, in *MemberPath) (*rest.Answer[paging.Page[members.FormerAddress]], error) {
	return rest.Whole(members.NewMoves(s.Members).Former(ctx, in.Member))
}

// WholeMember names a member, whatever the label.
type WholeMember struct {
	Member members.ID `path:"member"`
}

func (s *memberResource) exportMember(ctx context.Context, in *WholeMember) (*rest.Answer[members.Export], error) {
	m, err := s.Members.Get(ctx, in.Member)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Members.Export(ctx, m))
}

func (s *memberResource) getPreferences(ctx context.Context, in *MemberPath) (*rest.Answer[members.Preferences], error) {
	return rest.Answered(s.Members.Preferences(ctx, in.Label, in.Member))
}

func (s *memberResource) setPreferences(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		OffTopics []string `json:"off_topics" doc:"Keys of the topics that the member turned off"`
		PerWeek   *int     `json:"per_week,omitempty" doc:"At most so many mails; none: no wish"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(s.Members.SetPreferences(ctx, in.Member, members.Preferences{
		Label: in.Label, OffTopics: in.Body.OffTopics, PerWeek: in.Body.PerWeek,
	}))
}

func (s *memberResource) pauseMember(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Until civil.Date `json:"until" doc:"The first day on which mail comes again, by the label's clock"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(members.NewPauses(s.Members).Pause(ctx, in.Member, in.Label, in.Body.Until))
}

func (s *memberResource) resumeMember(ctx context.Context, in *MemberPath) (*rest.Nothing, error) {
	return rest.Done(members.NewPauses(s.Members).Resume(ctx, in.Member, in.Label))
}

func (s *memberResource) listAttributes(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[members.Attribute]], error) {
	return rest.Whole(s.Members.Attributes(ctx, in.Label))
}

func (s *memberResource) declareAttribute(ctx context.Context, in *struct {
	rest.LabelPath
	Name string `path:"name"`
	Body struct {
		Type members.Type `json:"type" enum:"text,number,date,bool,set"`
	}
},
) (*rest.Answer[members.Attribute], error) {
	return rest.Answered(s.Members.Declare(ctx, in.Label, in.Name, in.Body.Type))
}

func (s *memberResource) removeAttribute(ctx context.Context, in *struct {
	rest.LabelPath
	Name string `path:"name"`
},
) (*rest.Nothing, error) {
	return rest.Done(members.NewAttributes(s.Members).Remove(ctx, in.Label, in.Name))
}

// AttributePath names an attribute of a label.
type AttributePath struct {
	rest.LabelPath
	Name string `path:"name"`
}

func (s *memberResource) listWords(ctx context.Context, in *AttributePath) (*rest.Answer[paging.Page[members.ValueWord]], error) {
	return rest.Whole(members.NewAttributes(s.Members).Words(ctx, in.Label, in.Name))
}

func (s *memberResource) setWords(ctx context.Context, in *struct {
	AttributePath
	Body struct {
		Words []members.ValueWord `json:"words" nullable:"false"`
	}
},
) (*rest.Answer[paging.Page[members.ValueWord]], error) {
	store := members.NewAttributes(s.Members)
	if err := store.SetWords(ctx, in.Label, in.Name, in.Body.Words); err != nil {
		return nil, err
	}
	return rest.Whole(store.Words(ctx, in.Label, in.Name))
}

func (s *memberResource) listTopics(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[members.Topic]], error) {
	return rest.Whole(s.Members.Topics(ctx, in.Label))
}

func (s *memberResource) addTopic(ctx context.Context, in *struct {
	rest.LabelPath
	Body members.Topic
},
) (*rest.Answer[members.Topic], error) {
	return rest.Answered(in.Body, s.Members.AddTopic(ctx, in.Label, in.Body))
}
