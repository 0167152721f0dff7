package approval_test

import (
	"fmt"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/web/webtest"
)

// TestTheChainSaysWhoIsntAskedAgain: the colleague reads who approved which revision
// when, why the other client is asked again, and what changed since.
func TestTheChainSaysWhoIsntAskedAgain(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	s, _ := d.World.Newsletter(t, webtest.TestSlot)
	s.Brief.Placements[1].Text = "Nu vanaf € 199.\nAlleen deze week."
	round := s.Put(t)
	of := func(id approval.ReviewID) string { return fmt.Sprintf("/approvals/%d", id) }
	colleague := of(s.Step(t, round, approval.Colleague))
	page := d.As("approver").Get(colleague).Body
	for _, want := range []string{"approved before", "Approved as revision 1:", "Asked again, as their part changed", "Nu vanaf € 199."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	mine := approvaltest.Of(t, round, s.Advertiser.ID)
	if page := d.As("approver").Get(of(mine.ID)).Body; strings.Contains(page, "/waive") || !strings.Contains(page, "approved before") {
		t.Error("the page of the step that carries offers to waive it, or doesn't say what it is")
	}
	if list := d.As("approver").Get("/approvals?tab=decided").Body; !strings.Contains(list, "approved before") {
		t.Error("the list of what was decided doesn't have it")
	}
	for _, path := range []string{colleague, of(mine.ID), fmt.Sprintf("/mailings/%d/approval", s.Mailing.ID)} {
		d.Look("approver", "carried", path)
	}
}
