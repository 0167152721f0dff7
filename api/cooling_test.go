package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
)

// TestANewApproverIsToldFromWhen: over the API, with a token that may approve.
func TestANewApproverIsToldFromWhen(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	m, r := o.Draft(t, o.Brief(t, slot))
	round := o.ApproveClient(t, o.Submit(t, m, r))
	o.Sent(t, o.db.Owner)
	o.LetIn(t, o.db.Owner, o.Third)
	const from = "counts for what is submitted from 24 November 2026, 09:00 on"
	if got := o.whoCan("Mara", fmt.Sprintf("/mailings/%d", m.ID)); !strings.HasPrefix(got, "Coen; ") || !strings.Contains(got, from) {
		t.Errorf("who can approve: %s", got)
	}
	review := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague))
	o.look("Tess", review)
	approve := map[string]any{"digest": round.Digest}
	refused := o.want(http.StatusForbidden, o.call("Tess", "POST", review+"/approve", approve), nil)
	if says := problemOf(t, refused); !strings.Contains(says, from) || !strings.Contains(refused.body, `"authors.counts_later"`) {
		t.Errorf("it says %s", refused.body)
	}
	lift := fmt.Sprintf("/users/%d/lift-cooling", o.Third.ID)
	o.want(http.StatusForbidden, o.call("Tess", "POST", lift, nil), nil)
	var lifted accounts.User
	o.want(http.StatusOK, o.call("admin", "POST", lift, nil), &lifted)
	if lifted.Change == nil {
		t.Fatal("a program lifted it, with the token of the only admin")
	}
	o.want(http.StatusForbidden, o.call("Tess", "POST", review+"/approve", approve), nil)
	o.confirm()
	o.want(http.StatusOK, o.call("Tess", "POST", review+"/approve", approve), &round)
	if round.State != approval.RoundApproved {
		t.Errorf("the round is %s", round.State)
	}
}
