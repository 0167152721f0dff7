package segments

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

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
	a := audience{NewQuery(ctx, tx, p), scope}
	sql, err := a.sql()
	return sql, a.Args, err
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
	*Query
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

// capped keeps at most Cap members of those who are left, at random by seed.
func (a audience) capped(sql string) string {
	order := a.Arg(seedOf("cap:"+a.scope.Audience.Seed), "bigint")
	return fmt.Sprintf("SELECT member_id, CASE WHEN skip_reason IS NULL AND row_number() OVER (PARTITION BY skip_reason IS NULL "+
		"ORDER BY hashint8extended(member_id, %s), member_id) > %s THEN '%s' ELSE skip_reason END AS skip_reason\n  FROM (%s) m\n",
		order, a.Arg(a.scope.Audience.Cap, "bigint"), OverCap, sql)
}
