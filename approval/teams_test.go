package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/segments"
)

// leave takes a user out of the team.
func leave(t *testing.T, db pgtest.DB, u accounts.User) {
	t.Helper()
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM user_roles WHERE user_id = $1`, u.ID) })
}

// said puts what is said of a step into one line: "colleague: Coen; not Mara submits it".
func said(steps []approval.Deciders, step approval.Step) string {
	for _, s := range steps {
		if s.Step != step {
			continue
		}
		var can, not []string
		for _, c := range s.Can {
			can = append(can, c.Name)
		}
		for _, c := range s.Cannot {
			not = append(not, c.Name)
			for _, why := range c.Why {
				not = append(not, why.String())
			}
		}
		return strings.Join(can, " ") + " / " + strings.Join(not, " ") + " / " + s.Nobody.String()
	}
	return "no such step"
}

// TestATeamOfTwoWithASharedTemplate: one writes a template and a segment that the
// other mails with. Check says that nobody can approve, and why; submitting is
// refused in the same words. Once the other approved these parts alone, their
// writer decides.
func TestATeamOfTwoWithASharedTemplate(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	leave(t, db, w.Third)
	shared := template(t, w, w.Colleague, "Basis", own)
	leden := segment(t, w, w.Colleague, "Leden", `{"attribute": "first_name", "op": "is_not_empty"}`)
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{ID: int64(shared.ID)}
	b.Audience.Segments = []segments.SegmentRef{{ID: leden}}
	m, r := w.Draft(t, b)
	m, err := w.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	steps, err := w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	got := said(steps, approval.Colleague)
	for _, want := range []string{"wrote the segment “Leden”", "wrote the template “Basis”", "and 0 can", "(Coen wrote"} {
		if !strings.Contains(got, want) {
			t.Errorf("check says %q, and not %q", got, want)
		}
	}
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	_, err = w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "wrote the template “Basis”") {
		t.Errorf("submitted all the same: %v", err)
	}
	// The other one is an approver as well, and approves both parts alone.
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver')`, w.Maker.ID, w.Label.ID)
	})
	for _, thing := range []authors.Thing{
		{Kind: authors.Template, ID: int64(shared.ID), Version: 1}, {Kind: authors.Segment, ID: int64(leden), Version: 1},
	} {
		approveAlone(t, w, thing, w.Maker)
	}
	steps, err = w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	if got := said(steps, approval.Colleague); got != "Coen / Mara submits it / " {
		t.Errorf("with both approved, check says %q", got)
	}
	round := w.ApproveClient(t, w.Submit(t, m, r))
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	round, err = w.Approval.Approve(approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest}, w.Colleague.ID)
	if err != nil || round.State != approval.RoundApproved {
		t.Errorf("approved by who wrote the parts, the round is %s: %v", round.State, err)
	}
}

// approveAlone has a user approve a part by itself, as it is.
func approveAlone(t *testing.T, w *approvaltest.World, thing authors.Thing, by accounts.User) {
	t.Helper()
	store := authors.NewStore(w.DB)
	parts, err := store.Of(t.Context(), w.Label.ID, thing)
	must(t, err)
	var seen []authors.Hash
	for _, p := range parts {
		seen = append(seen, p.Hash)
	}
	_, err = store.Approve(approvaltest.As(by), w.Label.ID, thing, seen, by.ID)
	must(t, err)
}

// TestATeamOfThreeWithALead: a mailing that takes a colleague and a lead, of
// which one wrote its segment, is left with one approver. A client without a
// contact who may approve is named as well.
func TestATeamOfThreeWithALead(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, lead_from) VALUES ($1, 1)`, w.Label.ID)
	})
	leden := segment(t, w, w.Third, "Leden", `{"attribute": "first_name", "op": "is_not_empty"}`)
	b := w.Brief(t, slot)
	b.Audience.Segments = []segments.SegmentRef{{ID: leden}}
	m, r := w.Draft(t, b)
	m, err := w.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	steps, err := w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	if got := said(steps, approval.Lead); !strings.Contains(got, "Coen / Tess wrote the segment “Leden”") ||
		!strings.Contains(got, "last step, lead: it takes 2 people besides you, and 1 can") {
		t.Errorf("check says %q", got)
	}
	if got := said(steps, approval.Client); !strings.HasSuffix(got, "/  / ") {
		t.Errorf("of the client check says %q", got)
	}
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	if _, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("submitted with too few: %v", err)
	}
	approveAlone(t, w, authors.Thing{Kind: authors.Segment, ID: int64(leden), Version: 1}, w.Colleague)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE contacts SET may_approve = false, approves_after = NULL`) })
	steps, err = w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	if got := said(steps, approval.Lead); got != "Coen Tess /  / " {
		t.Errorf("with its segment approved, check says %q", got)
	}
	if got := said(steps, approval.Client); !strings.Contains(got, "nobody can approve for Zonvakantie") {
		t.Errorf("without a contact, check says %q", got)
	}
}

// away lets a user be away for a day, with another one as deputy.
func away(t *testing.T, w *approvaltest.World, u, deputy accounts.User) accounts.Deputy {
	t.Helper()
	now := w.Clock.Now()
	d, err := accounts.NewDeputies(w.Accounts).Name(approvaltest.As(u), u.ID, deputy.ID, now.Add(-time.Minute), now.Add(24*time.Hour))
	must(t, err)
	return d
}

// TestATeamOfThreeWithADeputy: the colleague is away, and the third one decides in
// their stead, under the same rules, by a verdict of their own that says for whom.
func TestATeamOfThreeWithADeputy(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	away(t, w, w.Colleague, w.Third)
	m, err := w.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	steps, err := w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	got := said(steps, approval.Colleague)
	if !strings.HasPrefix(got, "Tess / Coen is away until") || !strings.Contains(got, "deputy: Tess") {
		t.Errorf("check says %q", got)
	}
	round := w.ApproveClient(t, w.Submit(t, m, r))
	told := letters(t, w)
	if len(told[w.Colleague.Email]) != 0 || len(told[w.Third.Email]) != 1 || !strings.Contains(told[w.Third.Email][0], "Je vervangt Coen") {
		t.Errorf("who is asked: %v", told)
	}
	w.LookAt(approvaltest.As(w.Third), t, round)
	step := w.Step(t, round, approval.Colleague)
	for name, other := range map[string]accounts.User{"whom nobody stands in for": w.Maker, "oneself": w.Third} {
		_, err := w.Approval.Approve(approvaltest.As(w.Third), step, approval.Given{Digest: round.Digest, For: other.ID}, w.Third.ID)
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("for %s: %v", name, err)
		}
	}
	err = psql(db, w.Third.ID.Actor(), `
		UPDATE approval_reviews SET verdict = 'approved', user_id = $1, deputy_for = $2, decided_at = $3 WHERE id = $4`,
		w.Third.ID, w.Maker.ID, w.Clock.Now(), step)
	if err == nil || !strings.Contains(err.Error(), "not their deputy") {
		t.Errorf("psql, for the maker: %v", err)
	}
	round, err = w.Approval.Approve(approvaltest.As(w.Third), step, approval.Given{Digest: round.Digest, For: w.Colleague.ID}, w.Third.ID)
	must(t, err)
	if v, _, err := w.Approval.Review(t.Context(), step); err != nil || round.State != approval.RoundApproved ||
		v.DeputyFor == nil || *v.DeputyFor != w.Colleague.ID || *v.UserID != w.Third.ID {
		t.Errorf("the round is %s, decided as %+v: %v", round.State, v, err)
	}
}

// TestNobodySaysWhenTheyDecided: by the base's own clock a verdict is of the
// moment it comes, whatever moment psql gives it.
func TestNobodySaysWhenTheyDecided(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	w.LookAt(approvaltest.As(w.Third), t, round)
	step := w.Step(t, round, approval.Colleague)
	due := func(when string) {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE approval_reviews SET due_at = now() + $1::interval WHERE id = $2`, when, step)
		})
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM moved_clock`)
		tx.MustExec(`INSERT INTO deputies (user_id, deputy_id, starts_at, ends_at)
			VALUES ($1, $2, now() - interval '60 days', now() - interval '30 days')`, w.Colleague.ID, w.Third.ID)
	})
	const approve = `UPDATE approval_reviews SET verdict = 'approved', user_id = $1, deputy_for = $2, decided_at = now() - interval '40 days'
		WHERE id = $3`
	due("-20 days")
	if err := psql(db, w.Third.ID.Actor(), approve, w.Third.ID, nil, step); err == nil ||
		!strings.Contains(err.Error(), "check constraint") {
		t.Errorf("after the deadline: %v", err)
	}
	due("1 hour")
	if err := psql(db, w.Third.ID.Actor(), approve, w.Third.ID, w.Colleague.ID, step); err == nil ||
		!strings.Contains(err.Error(), "not their deputy") {
		t.Errorf("for somebody who is back: %v", err)
	}
	must(t, psql(db, w.Third.ID.Actor(), approve, w.Third.ID, nil, step))
	if n := pgtest.Count(t, db.Owner, `SELECT count(*) FROM approval_reviews
		WHERE id = $1 AND decided_at BETWEEN now() - interval '1 minute' AND clock_timestamp()`, step); n != 1 {
		t.Error("a verdict isn't of the moment it came")
	}
}

// TestDeputiesMakeNoChains: one at a time, who has none and stands in for nobody
// while away, approves for the same label, and is named by oneself alone.
func TestDeputiesMakeNoChains(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	fourth := hired(t, w, db, "Vera")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver')`, fourth.ID, w.Label.ID)
	})
	absence := away(t, w, w.Colleague, w.Third)
	const name = `INSERT INTO deputies (user_id, deputy_id, starts_at, ends_at) VALUES ($1, $2, $3::timestamptz, $3::timestamptz + interval '1 hour')`
	now := w.Clock.Now()
	for _, try := range []struct {
		what                string
		actor, user, deputy accounts.User
		at                  time.Time
		want                string
	}{
		{"a second one", w.Colleague, w.Colleague, fourth, now, "have a deputy in that time"},
		{"afterwards", w.Colleague, w.Colleague, w.Third, now.Add(48 * time.Hour), ""},
		{"a deputy's deputy", w.Third, w.Third, w.Colleague, now, "no deputy of their own"},
		{"somebody who is away", fourth, fourth, w.Colleague, now, "no deputy of their own"},
		{"somebody who approves nothing", w.Third, w.Third, w.Maker, now.Add(96 * time.Hour), "for the same label"},
		{"in another's name", w.Third, w.Colleague, w.Third, now.Add(72 * time.Hour), "put down as done by"},
		{"by nobody", accounts.User{}, w.Colleague, w.Third, now.Add(72 * time.Hour), "put down as done by"},
		{"oneself", w.Third, w.Third, w.Third, now.Add(96 * time.Hour), "check constraint"},
		{"another one, later", w.Third, w.Third, fourth, now.Add(96 * time.Hour), ""},
	} {
		actor := ""
		if try.actor.ID != 0 {
			actor = try.actor.ID.Actor()
		}
		err := psql(db, actor, name, try.user.ID, try.deputy.ID, try.at)
		if try.want == "" && err != nil || try.want != "" && (err == nil || !strings.Contains(err.Error(), try.want)) {
			t.Errorf("%s: %v, want %q", try.what, err, try.want)
		}
	}
	store := accounts.NewDeputies(w.Accounts)
	if err := store.End(approvaltest.As(w.Third), w.Third.ID, absence.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("ended by the deputy: %v", err)
	}
	must(t, store.End(approvaltest.As(w.Colleague), w.Colleague.ID, absence.ID))
	if err := psql(db, w.Colleague.ID.Actor(), `UPDATE deputies SET ended_at = NULL WHERE id = $1`, absence.ID); err == nil {
		t.Error("an absence began again")
	}
}

// TestATeamOfTwoWithOneAway: the only one who could approve is away and has no
// deputy but the maker, who can't stand in for anybody about their own work.
func TestATeamOfTwoWithOneAway(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	leave(t, db, w.Third)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver')`, w.Maker.ID, w.Label.ID)
	})
	m, r := w.Draft(t, w.Brief(t, slot))
	absence := away(t, w, w.Colleague, w.Maker)
	m, err := w.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	steps, err := w.Approval.Candidates.Now(approvaltest.As(w.Maker), &m, w.Maker.ID)
	must(t, err)
	got := said(steps, approval.Colleague)
	for _, want := range []string{"Coen is away until", "deputy: Mara", "Mara submits it", "it takes 1 people besides you, and 0 can"} {
		if !strings.Contains(got, want) {
			t.Errorf("check says %q, and not %q", got, want)
		}
	}
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	_, err = w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Coen is away") {
		t.Errorf("submitted with nobody there: %v", err)
	}
	// Back earlier, he approves; the maker never does so for him.
	must(t, accounts.NewDeputies(w.Accounts).End(approvaltest.As(w.Colleague), w.Colleague.ID, absence.ID))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	step := w.Step(t, round, approval.Colleague)
	w.LookAt(approvaltest.As(w.Maker), t, round)
	given := approval.Given{Digest: round.Digest}
	if _, err := w.Approval.Approve(approvaltest.As(w.Maker), step, given, w.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("approved by its maker: %v", err)
	}
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	if round, err = w.Approval.Approve(approvaltest.As(w.Colleague), step, given, w.Colleague.ID); err != nil ||
		round.State != approval.RoundApproved {
		t.Errorf("approved by who is back, the round is %s: %v", round.State, err)
	}
}
