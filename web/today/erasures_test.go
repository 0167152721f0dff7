package today_test

import (
	"fmt"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// An erasure reaches those who may decide it, on Today and by mail, and not who
// asked, who may not, or anything of the member.
func TestAnErasureReachesWhoDecides(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	e := d.AskErasure()
	link := fmt.Sprintf("/members/%d?label=%s", e.Member, d.Label.Code)
	for name, waits := range map[string]bool{"admin": true, "planner": false, "approver": false, "finance": false} {
		if page := d.As(name).Get("/").Body; strings.Contains(page, link) != waits || strings.Contains(page, e.Reason) != waits {
			t.Errorf("it waits for the %s: %t", name, !waits)
		}
	}
	var mailed []string
	if err := d.DB.Select(&mailed, `SELECT recipient FROM notices WHERE key LIKE 'erasure:%' ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprint(mailed)
	if len(mailed) == 0 || strings.Contains(said, d.Users["planner"].Email) || strings.Contains(said, d.Users["approver"].Email) {
		t.Errorf("mailed were %v", mailed)
	}
	due, err := d.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		if !strings.Contains(n.Body, "http://desk.example"+link) || strings.Contains(n.Body, e.Reason) {
			t.Errorf("the mail says %s", n.Body)
		}
	}
	if n := pgtest.Count(t, d.DB, `SELECT count(*) FROM notices n, members m WHERE m.id = 1 AND position(m.address in n.subject) > 0`); n != 0 {
		t.Error("the mail tells the member's address")
	}
	if page := d.As("admin").Get(link).Body; !strings.Contains(page, e.Reason) {
		t.Error("the link doesn't lead to where it is decided")
	}
}
