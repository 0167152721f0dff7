package api

import (
	"fmt"
	"net/http"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/carried"
	"keur/labels"
)

// TestDecidersSayWhoseVerdictCounts: before a mailing is put up again, who may submit
// it reads which client's verdict would count on and which is asked again, and why;
// others read who could decide, as ever.
func TestDecidersSayWhoseVerdictCounts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	s, first := o.Newsletter(t, slot)
	s.Brief.Placements[1].Text = "Nu vanaf € 249.\nAlleen deze week."
	s.Save(t)
	o.addUser("looks", accounts.User{Roles: map[labels.ID][]accounts.Role{s.Label.ID: {accounts.Viewer}}})
	read := func(user string) (mine, other approval.Deciders) {
		t.Helper()
		var steps []approval.Deciders
		o.want(http.StatusOK, o.call(user, "GET", fmt.Sprintf("/mailings/%d/deciders", s.Mailing.ID), nil), &steps)
		of := map[string]approval.Deciders{}
		for _, step := range steps {
			of[step.Advertiser] = step
		}
		return of[s.Advertiser.Name], of["Fietshuis"]
	}
	mine, other := read("Mara")
	if mine.Carried == nil || mine.Carried.ReviewID != int64(approvaltest.Of(t, first, s.Advertiser.ID).ID) || mine.AskedAgain != "" ||
		other.Carried != nil || other.AskedAgain != carried.Own {
		t.Errorf("%+v %v, %+v %v", mine.Carried, mine.AskedAgain, other.Carried, other.AskedAgain)
	}
	if mine, other := read("looks"); mine.Carried != nil || other.AskedAgain != "" || len(other.Can) == 0 {
		t.Errorf("who may not submit reads %+v and %+v", mine, other)
	}
}
