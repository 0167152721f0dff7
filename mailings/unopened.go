package mailings

import "keur/segments"

// Unopened is whom a mailing goes to that says again what another said, to who
// didn't open that one: members who got it and, as a person, neither opened nor
// clicked it. It is not for those whose opens nobody may know. Who was left out
// before stays left out.
func Unopened(of ID, before segments.Audience) segments.Audience {
	target := segments.Target{Mailing: int64(of)}
	did := func(action segments.Action) segments.Rule {
		return segments.Rule{Engagement: &segments.Engagement{Action: action, Target: target}}
	}
	opened, clicked := did(segments.Opened), did(segments.Clicked)
	rule := segments.Rule{All: []segments.Rule{
		did(segments.Received), {Consent: &segments.Consent{Kind: "tracking", Given: true}}, {Not: &opened}, {Not: &clicked},
	}}
	return segments.Audience{
		Segments: []segments.SegmentRef{{Rule: rule}}, Exclude: before.Exclude, ExcludeMailings: before.ExcludeMailings,
		Topic: before.Topic, HoldoutPercent: before.HoldoutPercent, HoldoutSalt: before.HoldoutSalt,
	}
}
