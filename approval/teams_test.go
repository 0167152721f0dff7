package approval_test

import (
	"strings"
	"testing"

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
