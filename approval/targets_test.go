package approval_test

import (
	"context"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/mailings"
)

// TestABrokenLinkIsNotSubmitted: what is broken is named, and nothing is put up.
func TestABrokenLinkIsNotSubmitted(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 1)
	w.Follow = func(context.Context, string, string) (string, error) {
		return "", fault.New(fault.Conflict, "links.status", "code", 404, "text", "Not Found")
	}
	m, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("submitted with a broken link: %v", err)
	}
	if m, err = w.Mailings.Get(t.Context(), m.ID); err != nil || m.State != mailings.Draft {
		t.Errorf("the mailing is %s, %v", m.State, err)
	}
}

// TestTargetsAreFixedAtSubmission: where links ended can't be told otherwise once
// approvers may look, nor taken away, with the application's login.
func TestTargetsAreFixedAtSubmission(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 1)
	w.Follow = func(context.Context, string, string) (string, error) { return "https://www.shop.example/a", nil }
	m, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	const insert = `
		INSERT INTO link_targets (revision_id, url, final_url, seen_at)
		SELECT $1, 'https://zonvakantie.example/winter?x=1&y=2', 'https://evil.example/', '2099-01-01'`
	if _, err := db.App.Exec(insert, r.ID); err != nil { // a draft's are told anew at submission
		t.Fatal(err)
	}
	round := w.Submit(t, m, r)
	for name, statement := range map[string]string{
		"added": insert, "changed": `UPDATE link_targets SET final_url = 'https://evil.example/' WHERE revision_id = $1`,
		"taken away": `DELETE FROM link_targets WHERE revision_id = $1`,
	} {
		if _, err := db.App.Exec(statement, r.ID); err == nil {
			t.Errorf("a target was %s", name)
		}
	}
	if targets, err := w.Mailings.Targets(t.Context(), r.ID); err != nil || len(targets) != 1 || round.State != approval.Open ||
		targets["https://zonvakantie.example/winter?x=1&y=2"].Final != "https://www.shop.example/a" {
		t.Errorf("%+v, %v", targets, err)
	}
}
