package api

import (
	"context"

	"keur/accounts"
	"keur/internal/paging"
	"keur/members"
)

// MemberPath names a member under a label.
type MemberPath struct {
	LabelPath
	Member members.ID `path:"member"`
}

func (d *door) memberOperations() {
	const tag = "Members"
	plans := ofMember(accounts.Planner)
	register(d, tag, create("/labels/{label}/members", "Add a member, or a membership to one who is known", under(accounts.Planner)), d.createMember)
	register(d, tag, ask("/labels/{label}/members/find", "Find a member by address, in any spelling of it", under(accounts.Planner)), d.findMember)
	register(d, tag, read("/labels/{label}/members/{member}", "Read a member", plans), d.getMember)
	register(d, tag, patch("/labels/{label}/members/{member}", "Change what is known of a member", plans), d.patchMember)
	register(d, tag, read("/members/{member}/export", "Hand out all that is kept of a member (GDPR articles 15 and 20)", admins()), d.exportMember)
	register(d, tag, read("/labels/{label}/members/{member}/preferences", "Read what a member wishes", plans), d.getPreferences)
	register(d, tag, put("/labels/{label}/members/{member}/preferences", "Set what a member wishes", plans), d.setPreferences)
	register(d, tag, read("/labels/{label}/attributes", "List what the label knows of its members", under(accounts.Viewer)), d.listAttributes)
	register(d, tag, put("/labels/{label}/attributes/{name}", "Declare an attribute; its type stays", under(accounts.Planner)), d.declareAttribute)
	register(d, tag, read("/labels/{label}/topics", "List the topics that members can turn off", under(accounts.Viewer)), d.listTopics)
	register(d, tag, create("/labels/{label}/topics", "Add a topic", under(accounts.Planner)), d.addTopic)
}

// newMember is a member to be. The label is the path's.
type newMember struct {
	Address    string            `json:"address"`
	Attributes map[string]any    `json:"attributes,omitempty" doc:"By name; only declared ones"`
	Source     string            `json:"source" doc:"Where the member came from"`
	TimeZone   string            `json:"time_zone,omitempty" doc:"IANA name, when known"`
	Consents   []members.Consent `json:"consents,omitempty" doc:"With the proof: text, source and time"`
}

func (d *door) createMember(ctx context.Context, in *struct {
	LabelPath
	Body newMember
},
) (*answer[members.Member], error) {
	b := in.Body
	for i := range b.Consents {
		b.Consents[i].Label = in.Label
	}
	m, err := d.Members.Create(ctx, members.Newcomer{
		Label: in.Label, Address: b.Address, Attributes: b.Attributes, Source: b.Source, TimeZone: b.TimeZone, Consents: b.Consents,
	})
	return answered(onlyUnder(in.Label, m, err))
}

// findMember takes the address in the body, since addresses of calls are logged.
func (d *door) findMember(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Address string `json:"address"`
	}
},
) (*answer[members.Member], error) {
	m, err := d.Members.Find(ctx, in.Body.Address)
	return answered(onlyUnder(in.Label, m, err))
}

func (d *door) getMember(ctx context.Context, in *MemberPath) (*answer[members.Member], error) {
	m, err := d.Members.Get(ctx, in.Member)
	return answered(onlyUnder(in.Label, m, err))
}

func (d *door) patchMember(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Attributes map[string]any `json:"attributes,omitempty" doc:"By name; null clears one, what isn't named stays"`
		TimeZone   *string        `json:"time_zone,omitempty" doc:"IANA name; empty: not known"`
	}
},
) (*nothing, error) {
	return done(d.Members.Patch(ctx, in.Label, in.Member, members.Patch{Attributes: in.Body.Attributes, TimeZone: in.Body.TimeZone}))
}

// WholeMember names a member, whatever the label.
type WholeMember struct {
	Member members.ID `path:"member"`
}

func (d *door) exportMember(ctx context.Context, in *WholeMember) (*answer[members.Export], error) {
	return answered(d.Members.Export(ctx, in.Member))
}

func (d *door) getPreferences(ctx context.Context, in *MemberPath) (*answer[members.Preferences], error) {
	return answered(d.Members.Preferences(ctx, in.Label, in.Member))
}

func (d *door) setPreferences(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		OffTopics []string `json:"off_topics" doc:"Keys of the topics that the member turned off"`
		PerWeek   *int     `json:"per_week,omitempty" doc:"At most so many mails; none: no wish"`
	}
},
) (*nothing, error) {
	return done(d.Members.SetPreferences(ctx, in.Member, members.Preferences{
		Label: in.Label, OffTopics: in.Body.OffTopics, PerWeek: in.Body.PerWeek,
	}))
}

func (d *door) listAttributes(ctx context.Context, in *LabelPath) (*answer[paging.Page[members.Attribute]], error) {
	return whole(d.Members.Attributes(ctx, in.Label))
}

func (d *door) declareAttribute(ctx context.Context, in *struct {
	LabelPath
	Name string `path:"name"`
	Body struct {
		Type members.Type `json:"type" enum:"text,number,date,bool,set"`
	}
},
) (*answer[members.Attribute], error) {
	return answered(d.Members.Declare(ctx, in.Label, in.Name, in.Body.Type))
}

func (d *door) listTopics(ctx context.Context, in *LabelPath) (*answer[paging.Page[members.Topic]], error) {
	return whole(d.Members.Topics(ctx, in.Label))
}

func (d *door) addTopic(ctx context.Context, in *struct {
	LabelPath
	Body members.Topic
},
) (*answer[members.Topic], error) {
	return answered(in.Body, d.Members.AddTopic(ctx, in.Label, in.Body))
}
