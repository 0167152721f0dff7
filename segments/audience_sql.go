package segments

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

// taken are the states of a delivery that a member got or is about to get.
const taken = "('queued', 'sending', 'sent', 'deferred', 'in_doubt')"

// Waterfall counts the scope's audience step by step.
func (e *Engine) Waterfall(ctx context.Context, scope Scope) (Waterfall, error) {
	sql, args, err := e.AudienceSQL(ctx, scope)
	if err != nil {
		return Waterfall{}, err
	}
	var counts []struct {
		Reason Reason
		N      int
	}
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &counts, "SELECT coalesce(skip_reason, '') AS reason, count(*) AS n FROM (\n"+
			sql+") a GROUP BY 1", args...)
	})
	if err != nil {
		return Waterfall{}, postgres.Fault(err, "audience")
	}
	perReason := map[Reason]int{}
	w := Waterfall{}
	for _, c := range counts {
		perReason[c.Reason] = c.N
		w.Matched += c.N
	}
	for _, r := range Reasons() {
		w.Steps = append(w.Steps, Step{r, perReason[r]})
	}
	w.Audience = perReason[""]
	return w, nil
}

// AudienceSQL returns one SELECT of (member_id bigint, skip_reason text) over
// every member whom the segments match; without a skip_reason they get the
// mail. What is counted for approval and what is frozen are this same SELECT.
// Two sends that are frozen at once don't see each other's deliveries, so
// freezing has to hold a lock for frequency caps to bind.
func (e *Engine) AudienceSQL(ctx context.Context, scope Scope) (string, []any, error) {
	if scope.At.IsZero() {
		scope.At = e.clock.Now()
	}
	g, err := e.ground(ctx, scope.Label, scope.At)
	if err != nil {
		return "", nil, err
	}
	if err := scope.Audience.Validate(g.fields); err != nil {
		return "", nil, err
	}
	a := audience{newQuery(g), scope}
	sql, err := a.sql()
	return sql, a.args, err
}

// Validate returns a fault that names each wrong place of the audience by its
// path, such as segments[0].rule.all[1].op.
func (a Audience) Validate(fields Fields) error {
	v := validator{fields: fields}
	if len(a.Segments) == 0 {
		v.wrong.Add("segments", "names no segment, so nobody would get the mailing")
	}
	for name, refs := range map[string][]SegmentRef{"segments": a.Segments, "exclude": a.Exclude} {
		for i, ref := range refs {
			v.rules = 0
			v.rule(ref.Rule, fmt.Sprintf("%s[%d].rule", name, i), 1)
		}
	}
	if !(a.HoldoutPercent >= 0 && a.HoldoutPercent <= 50) {
		v.wrong.Add("holdout_percent", "not a number from 0 to 50")
	}
	if a.HoldoutPercent > 0 && a.HoldoutSalt == "" {
		v.wrong.Add("holdout_salt", "is missing: who is held out must not change")
	}
	if a.Cap < 0 {
		v.wrong.Add("cap", "not a number above 0; 0 is no cap")
	}
	return v.wrong.Err()
}

// audience builds the SELECT of one scope.
type audience struct {
	*query
	scope Scope
}

func (a audience) sql() (string, error) {
	matched, err := a.anyOf(a.scope.Audience.Segments)
	if err != nil {
		return "", err
	}
	steps, err := a.steps()
	if err != nil {
		return "", err
	}
	reason := "NULL::text"
	if len(steps) > 0 {
		reason = "CASE\n" + strings.Join(steps, "") + "       END"
	}
	sql := "SELECT m.member_id, " + reason + " AS skip_reason\n" + a.members(matched)
	if a.scope.Audience.Cap > 0 {
		sql = a.capped(sql)
	}
	return sql, nil
}

// steps returns the conditions of the waterfall, in its order.
func (a audience) steps() ([]string, error) {
	excluded, err := a.excluded()
	if err != nil {
		return nil, err
	}
	var steps []string
	add := func(r Reason, condition string) {
		if condition != "" {
			steps = append(steps, fmt.Sprintf("         WHEN %s THEN '%s'\n", condition, r))
		}
	}
	add(Excluded, excluded)
	add(AlreadyReceived, a.alreadyReceived())
	add(NoConsent, "NOT m.mail_consent")
	add(Suppressed, a.suppressed())
	add(TopicOff, a.topicOff())
	add(Preference, a.wantsFewer())
	add(Frequency, a.tooFrequent())
	if a.scope.Audience.HoldoutPercent > 0 {
		add(Holdout, a.share("holdout:"+a.scope.Audience.HoldoutSalt, a.scope.Audience.HoldoutPercent))
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
		parts = append(parts, a.tookPart("s.mailing_id = ANY ("+a.arg(pq.Array(ids), "bigint[]")+")"))
	}
	return strings.Join(parts, " OR "), nil
}

func (a audience) alreadyReceived() string {
	if !a.scope.Audience.OncePerMember || a.scope.MailingID == 0 {
		return ""
	}
	return a.tookPart("s.mailing_id = " + a.arg(a.scope.MailingID, "bigint"))
}

// tookPart returns the condition to have a delivery in the sends s.
func (a audience) tookPart(sends string) string {
	return a.join("SELECT DISTINCT d.member_id FROM deliveries d WHERE "+ofSends(sends)+" AND d.state IN "+taken) +
		".member_id IS NOT NULL"
}

func (a audience) suppressed() string {
	return a.join("SELECT DISTINCT member_id FROM suppressions WHERE label_id IN (0, "+labelArg+")") + ".member_id IS NOT NULL"
}

func (a audience) topicOff() string {
	topic := a.scope.Audience.Topic
	if topic == "" {
		return ""
	}
	return a.join("SELECT member_id FROM preferences WHERE label_id = "+labelArg+" AND "+a.arg(topic, "text")+
		" = ANY (off_topics)") + ".member_id IS NOT NULL"
}

// wantsFewer asks after the members' own wish: so many mails of the label a week.
func (a audience) wantsFewer() string {
	since := a.arg(a.scope.At.AddDate(0, 0, -7), "timestamptz")
	return a.join("SELECT w.member_id FROM preferences w JOIN deliveries d ON d.member_id = w.member_id WHERE w.label_id = "+labelArg+
		" AND w.per_week IS NOT NULL AND "+ofSends(recent(since)+" AND s.label_id = "+labelArg)+" AND "+counts(since)+
		" GROUP BY w.member_id, w.per_week HAVING count(*) >= w.per_week") + ".member_id IS NOT NULL"
}

// tooFrequent asks after the caps, all in one pass over the deliveries of the
// widest window.
func (a audience) tooFrequent() string {
	var over, within []string
	widest := 0
	for _, c := range a.scope.Caps {
		sends := a.counted(c)
		if sends == "" {
			continue
		}
		since := a.arg(a.scope.At.AddDate(0, 0, -c.Days), "timestamptz")
		widest = max(widest, c.Days)
		column := fmt.Sprintf("c%d", len(within)+1)
		within = append(within, "("+sends+" AND "+recent(since)+") AS "+column)
		over = append(over, fmt.Sprintf("count(*) FILTER (WHERE w.%s AND %s) >= %s", column, counts(since), a.arg(c.AtMost, "bigint")))
	}
	if len(over) == 0 {
		return ""
	}
	since := a.arg(a.scope.At.AddDate(0, 0, -widest), "timestamptz")
	return a.join("SELECT d.member_id FROM deliveries d JOIN (SELECT s.id, "+strings.Join(within, ", ")+
		" FROM sends s WHERE "+recent(since)+") w ON w.id = d.send_id WHERE "+ofSends(recent(since))+
		" AND d.state IN "+taken+" GROUP BY d.member_id HAVING "+strings.Join(over, " OR ")) + ".member_id IS NOT NULL"
}

// counted returns the condition on sends s that a cap counts, or "" when it
// has nothing to do with this mailing.
func (a audience) counted(c labels.Cap) string {
	placed := "s.label_id = " + labelArg + " AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id "
	switch c.Scope {
	case labels.PerLabel:
		return "s.label_id = " + labelArg
	case labels.AcrossLabels:
		return "TRUE"
	case labels.PerAdvertiser:
		if len(a.scope.Advertisers) > 0 {
			return placed + "= ANY (" + a.arg(pq.Array(a.scope.Advertisers), "bigint[]") + "))"
		}
	case labels.PerCategory:
		if len(a.scope.Categories) > 0 {
			return placed + "IN (SELECT id FROM advertisers WHERE category = ANY (" + a.arg(pq.Array(a.scope.Categories), "text[]") + ")))"
		}
	}
	return ""
}

// recent returns the condition on sends s that mail of it may have left since.
// One that never finished is looked back on for a month.
func recent(since string) string {
	return "(s.finished_at >= " + since + " OR s.finished_at IS NULL AND s.slot_at >= " + since + " - interval '31 days')"
}

// counts returns the condition that a delivery d falls in a window: sent in
// it, or still to be sent.
func counts(since string) string {
	return "d.state IN " + taken + " AND (d.sent_at IS NULL OR d.sent_at > " + since + ")"
}

// capped keeps at most Cap members of those who are left, at random by seed.
func (a audience) capped(sql string) string {
	order := a.arg(seed("cap:"+a.scope.Audience.Seed), "bigint")
	return fmt.Sprintf("SELECT member_id, CASE WHEN skip_reason IS NULL AND row_number() OVER (PARTITION BY skip_reason IS NULL "+
		"ORDER BY hashint8extended(member_id, %s), member_id) > %s THEN '%s' ELSE skip_reason END AS skip_reason\n  FROM (%s) m\n",
		order, a.arg(a.scope.Audience.Cap, "bigint"), OverCap, sql)
}
