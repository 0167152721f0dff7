package segments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Waterfall counts the scope's audience step by step.
func (e *Engine) Waterfall(ctx context.Context, scope Scope) (Waterfall, error) {
	var counts []struct {
		Reason Reason
		N      int
	}
	err := e.read(ctx, func(tx *sqlx.Tx) error {
		sql, args, err := e.AudienceSQL(ctx, tx, scope)
		if err != nil {
			return err
		}
		return tx.SelectContext(ctx, &counts, "SELECT coalesce(skip_reason, '') AS reason, count(*) AS n FROM (\n"+
			sql+") a GROUP BY 1", args...)
	})
	if err != nil {
		return Waterfall{}, postgres.Fault(err, "thing.audience")
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
func (e *Engine) AudienceSQL(ctx context.Context, tx *sqlx.Tx, scope Scope) (string, []any, error) {
	if scope.At.IsZero() {
		scope.At = e.clock.Now()
	}
	p, err := populationOf(ctx, tx, scope.Label, scope.At)
	if err != nil {
		return "", nil, err
	}
	if err := scope.Audience.Validate(p.Fields); err != nil {
		return "", nil, err
	}
	opens := scope.Opens
	if opens.IsZero() {
		opens = scope.At
	}
	a := audience{NewQuery(ctx, tx, p), scope, NewCalendar(opens, p.zone), e.clock.Now()}
	sql, err := a.sql()
	return sql, a.Args, err
}

// Validate returns a fault that names each wrong place of the audience by its
// path, such as segments[0].rule.all[1].op.
func (a Audience) Validate(fields Fields) error {
	v := validator{fields: fields}
	if len(a.Segments) == 0 {
		v.wrong.Add("segments", "segments.audience_empty")
	}
	for name, refs := range map[string][]SegmentRef{"segments": a.Segments, "exclude": a.Exclude} {
		for i, ref := range refs {
			v.rules = 0
			v.rule(ref.Rule, fmt.Sprintf("%s[%d].rule", name, i), 1)
		}
	}
	if !(a.HoldoutPercent >= 0 && a.HoldoutPercent <= 50) {
		v.wrong.Add("holdout_percent", "segments.holdout_range")
	}
	if a.HoldoutPercent > 0 && a.HoldoutSalt == "" {
		v.wrong.Add("holdout_salt", "segments.holdout_missing")
	}
	if a.Cap < 0 {
		v.wrong.Add("cap", "segments.cap_range")
	}
	return v.wrong.Err()
}

// audience builds the SELECT of one scope.
type audience struct {
	*Query
	scope Scope
	day   Calendar // of the first moment at which mail may leave
	now   time.Time
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

// capped keeps at most Cap members of those who are left, at random by seed.
func (a audience) capped(sql string) string {
	order := a.Arg(seedOf("cap:"+a.scope.Audience.Seed), "bigint")
	return fmt.Sprintf("SELECT member_id, CASE WHEN skip_reason IS NULL AND row_number() OVER (PARTITION BY skip_reason IS NULL "+
		"ORDER BY hashint8extended(member_id, %s), member_id) > %s THEN '%s' ELSE skip_reason END AS skip_reason\n  FROM (%s) m\n",
		order, a.Arg(a.scope.Audience.Cap, "bigint"), OverCap, sql)
}

// reached are the states of a delivery that a member got or is about to get.
const reached = "('queued', 'sending', 'sent', 'deferred', 'in_doubt')"

// toLeave are those of them in which it is still to leave.
const toLeave = "('queued', 'sending', 'deferred')"

// steps returns the conditions of the waterfall, in its order.
func (a audience) steps() ([]string, error) {
	var steps []string
	for _, step := range []struct {
		reason    Reason
		condition func() (string, error)
	}{
		{Excluded, a.excluded},
		{AlreadyReceived, a.alreadyReceived},
		{GotStopped, a.gotStopped},
		{NoConsent, func() (string, error) { return "NOT m.mail_consent", nil }},
		{Suppressed, a.suppressed},
		{Paused, a.paused},
		{TopicOff, a.topicOff},
		{Preference, a.wantsFewer},
		{Frequency, a.tooFrequent},
		{Holdout, a.heldOut},
	} {
		condition, err := step.condition()
		if err != nil {
			return nil, postgres.Fault(err, "thing.audience")
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
		list, err := a.targets.sends("s.mailing_id = ANY ($1)", pq.Array(ids))
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
	list, err := a.targets.sends("s.mailing_id = $1", a.scope.MailingID)
	return a.tookPart(list), err
}

// gotStopped returns the condition to have got the mail, or perhaps got it, from
// an earlier send of this occurrence, whatever became of that. The database seals
// no audience against it. What a send that ended had left to do is never done,
// and so isn't got.
func (a audience) gotStopped() (string, error) {
	if !a.scope.Once || a.scope.Audience.MailAgain || a.scope.MailingID == 0 {
		return "", nil
	}
	var list sends
	err := a.targets.find(&list, `SELECT id, month FROM begun_sends($1)`, a.scope.MailingID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return a.among("SELECT d.member_id FROM deliveries d WHERE " + a.ofSends(list) +
		" AND d.state IN ('sent', 'in_doubt', 'sending') GROUP BY d.member_id"), nil
}

// tookPart returns the condition to have a delivery in one of the sends.
func (a audience) tookPart(list sends) string {
	return a.among("SELECT d.member_id FROM deliveries d WHERE " + a.ofSends(list) + " AND d.state IN " + reached + " GROUP BY d.member_id")
}

func (a audience) suppressed() (string, error) {
	return a.among("SELECT member_id FROM suppressions WHERE label_id IN (0, " + LabelArg + ") GROUP BY member_id"), nil
}

// paused asks after the day on which the mail may leave, as the label's clock has it.
func (a audience) paused() (string, error) {
	return a.among("SELECT member_id FROM preferences WHERE label_id = " + LabelArg +
		" AND paused_until > " + a.Arg(a.day.today.String(), "date")), nil
}

func (a audience) topicOff() (string, error) {
	if a.scope.Audience.Topic == "" {
		return "", nil
	}
	return a.among("SELECT member_id FROM preferences WHERE label_id = " + LabelArg +
		" AND " + a.Arg(a.scope.Audience.Topic, "text") + " = ANY (off_topics)"), nil
}

func (a audience) heldOut() (string, error) {
	if a.scope.Audience.HoldoutPercent <= 0 {
		return "", nil
	}
	return a.share(shareOf("holdout:"+a.scope.Audience.HoldoutSalt, a.scope.Audience.HoldoutPercent)), nil
}
