package webhooks

import (
	"slices"
	"strings"
)

// Type says what happened: a thing and a verb.
type Type string

// The types that aren't only passed on.
const (
	Tested              Type = "webhook.test" // somebody tries an endpoint; every one takes it
	SendFinished        Type = "send.finished"
	DeliveryRecorded    Type = "delivery.recorded"
	EngagementRecorded  Type = "engagement.recorded"
	EngagementCorrected Type = "engagement.corrected"
)

// Types lists what an endpoint may ask for, in the order of the alphabet. The
// function webhook_types in migrations has the same list.
func Types() []Type {
	return []Type{
		"alarm.raised", "approval.approved", "approval.changes_requested", "approval.ended", "approval.expired", "approval.requested",
		"approval.reviewed", "approval.withdrawn", "bounces.waiting", DeliveryRecorded,
		EngagementCorrected, EngagementRecorded, "import.finished",
		"mailing.approved", "mailing.cancelled", "mailing.changes_requested", "mailing.created", "mailing.done", "mailing.drafted",
		"mailing.scheduled", "mailing.submitted", "member.erased", "member.subscribed", "member.suppressed", "member.unsubscribed",
		"member.unsuppressed", "send.cancelled", SendFinished, "send.held", "send.missed", "send.paused", "send.planned", "send.released",
		"send.resumed", "send.started",
	}
}

// Thing is what an event of the type is about: the part before the dot.
func (t Type) Thing() string {
	thing, _, _ := strings.Cut(string(t), ".")
	return thing
}

// said are the types that have a sentence for people.
var said = []Type{
	"alarm.raised", "approval.approved", "approval.changes_requested", "approval.expired", "approval.requested", "approval.reviewed",
	"approval.withdrawn",
	"bounces.waiting", "import.finished", "send.cancelled", SendFinished, "send.held", "send.missed", "send.paused", "send.released",
	"send.started",
}

// Said reports whether an event of the type can be said to people in a chat.
func (t Type) Said() bool { return slices.Contains(said, t) }

// Many reports whether one message of the type tells of many events, so that its
// log isn't kept for long.
func (t Type) Many() bool {
	return t == DeliveryRecorded || t == EngagementRecorded || t == EngagementCorrected
}
