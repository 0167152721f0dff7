package segments

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"keur/internal/postgres"
)

// taken are the states of a delivery that a member got or is about to get.
const taken = "('queued', 'sending', 'sent', 'deferred', 'in_doubt')"

// steps returns the conditions of the waterfall, in its order.
func (a audience) steps() ([]string, error) {
	var steps []string
	for _, step := range []struct {
		reason    Reason
		condition func() (string, error)
	}{
		{Excluded, a.excluded},
		{AlreadyReceived, a.alreadyReceived},
		{NoConsent, func() (string, error) { return "NOT m.mail_consent", nil }},
		{Suppressed, a.suppressed},
		{TopicOff, a.topicOff},
		{Preference, a.wantsFewer},
		{Frequency, a.tooFrequent},
		{Holdout, a.heldOut},
	} {
		condition, err := step.condition()
		if err != nil {
			return nil, postgres.Fault(err, "audience")
		}
		if condition != "" {
			steps = append(steps, fmt.Sprintf("         WHEN %s THEN '%s'\n", condition, step.reason))
		}
	}
	return steps, nil
}

func (a audience) anyOf(refs []SegmentRef) (string, error) {
	rules := make([]Rule, len(refs))
	for i, ref := range refs {
		rules[i] = ref.Rule
	}
	return a.joined(rules, " OR ", "FALSE")
}

// among joins a query of distinct member_ids and returns the condition to be
// one of them.
func (a audience) among(sql string) string { return a.join(sql) + ".member_id IS NOT NULL" }

// excluded returns the condition to be in an excluded segment or mailing.
func (a audience) excluded() (string, error) {
	var parts []string
	if len(a.scope.Audience.Exclude) > 0 {
		segments, err := a.anyOf(a.scope.Audience.Exclude)
		if err != nil {
			return "", err
		}
		parts = append(parts, segments)
	}
	if ids := a.scope.Audience.ExcludeMailings; len(ids) > 0 {
		list, err := a.sends("s.mailing_id = ANY ($1)", pq.Array(ids))
		if err != nil {
			return "", err
		}
		parts = append(parts, a.tookPart(list))
	}
	return strings.Join(parts, " OR "), nil
}

func (a audience) alreadyReceived() (string, error) {
	if !a.scope.Audience.OncePerMember || a.scope.MailingID == 0 {
		return "", nil
	}
	list, err := a.sends("s.mailing_id = $1", a.scope.MailingID)
	return a.tookPart(list), err
}

// tookPart returns the condition to have a delivery in one of the sends.
func (a audience) tookPart(list sends) string {
	return a.among("SELECT d.member_id FROM deliveries d WHERE " + a.ofSends(list) + " AND d.state IN " + taken + " GROUP BY d.member_id")
}

func (a audience) suppressed() (string, error) {
	return a.among("SELECT member_id FROM suppressions WHERE label_id IN (0, " + LabelArg + ") GROUP BY member_id"), nil
}

func (a audience) topicOff() (string, error) {
	if a.scope.Audience.Topic == "" {
		return "", nil
	}
	return a.among("SELECT member_id FROM preferences WHERE label_id = " + LabelArg +
		" AND " + a.Arg(a.scope.Audience.Topic, "text") + " = ANY (off_topics)"), nil
}

// wantsFewer asks after the members' own wish: so many mails of the label a week.
func (a audience) wantsFewer() (string, error) {
	since := a.scope.At.AddDate(0, 0, -7)
	list, err := a.sends(recent+" AND s.label_id = $2", since, a.Label)
	return a.among("SELECT w.member_id FROM preferences w JOIN deliveries d ON d.member_id = w.member_id WHERE w.label_id = " + LabelArg +
		" AND w.per_week IS NOT NULL AND " + a.ofSends(list) + " AND " + counts(a.Arg(since, "timestamptz")) +
		" GROUP BY w.member_id, w.per_week HAVING count(*) >= w.per_week"), err
}

// recent is the condition on sends s that mail of it may have left since $1.
// One that never finished is looked back on for a month.
const recent = "(s.finished_at >= $1 OR s.finished_at IS NULL AND s.slot_at >= $1 - interval '31 days')"

// counts returns the condition that a delivery d falls in a window: sent in
// it, or still to be sent.
func counts(since string) string {
	return "d.state IN " + taken + " AND (d.sent_at IS NULL OR d.sent_at > " + since + ")"
}

func (a audience) heldOut() (string, error) {
	if a.scope.Audience.HoldoutPercent <= 0 {
		return "", nil
	}
	return a.share(shareOf("holdout:"+a.scope.Audience.HoldoutSalt, a.scope.Audience.HoldoutPercent)), nil
}
