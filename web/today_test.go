package web

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
)

// aDay fills a desk with what a morning may bring: a mailing to approve, one
// that was sent back, one that nobody submitted, one that goes out, one that
// was missed, and a campaign behind its goal.
func aDay(t *testing.T) *testDesk {
	t.Helper()
	d := newDesk(t, 40)
	goal := int64(3000)
	if _, err := d.Campaigns.Update(t.Context(), d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.StartsOn, c.Goals.Clicks = c.StartsOn.AddDays(-15), &goal
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.Approved(t, d.Brief(t, "2026-11-23T10:00"))
	missed, _ := d.Approved(t, d.Brief(t, "2026-11-23T09:45"))
	d.Approved(t, d.Brief(t, "2026-11-23T16:00"))
	round, review := d.submitted(d.Brief(t, "2026-11-24T09:30"))
	if _, err := d.Approval.RequestChanges(approvaltest.As(d.Third), review, round.Digest, "De prijs is 499 euro, niet 399.", d.Third.ID); err != nil {
		t.Fatal(err)
	}
	d.submitted(d.Brief(t, "2026-11-24T11:00"))
	d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	m, r := d.Draft(t, d.Brief(t, "2026-11-26T10:00"))
	d.Submit(t, m, r)
	d.tick(approvaltest.Start.Add(40 * time.Minute)) // twenty to ten in Amsterdam
	d.miss(missed.ID)
	return d
}

func TestAFreshDeskLeadsToItsFirstLabel(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	if _, err := d.owner.Exec(`TRUNCATE labels CASCADE`); err != nil {
		t.Fatal(err)
	}
	admin := d.as("admin")
	if page := admin.get("/"); !strings.Contains(page.body, `href="/settings/labels/new"`) {
		t.Errorf("today doesn't lead to a first label:\n%s", page.body)
	}
	if page := admin.get("/calendar"); page.header.Get("Location") != "/settings/labels" {
		t.Errorf("%d, and the calendar doesn't lead to a first label", page.status)
	}
	if page := d.as("stranger").get("/calendar"); page.status != http.StatusForbidden {
		t.Errorf("someone without a role gets %d", page.status)
	}
}

// miss puts a planned send down as missed.
func (d *testDesk) miss(id mailings.ID) {
	d.t.Helper()
	page, err := d.Mailings.Sends(d.t.Context(), mailings.SendFilter{Mailing: id}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.t.Fatal(page.Items, err)
	}
	if _, err := d.Mailings.UpdateSend(d.t.Context(), page.Items[0].ID, func(s *mailings.Send) error { return s.MoveTo(mailings.Missed, d.Clock.Now()) }); err != nil {
		d.t.Fatal(err)
	}
	d.planned = page.Items[0]
}

func TestTodaySaysWhatWaits(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	body := d.as("approver").get("/").body
	for _, want := range []string{"2 things wait for you", "Look and decide", "missed", "Send then", "2 mailings go out today to 80 members"} {
		if !strings.Contains(body, want) {
			t.Errorf("today doesn't say %q", want)
		}
	}
	if got := d.as("viewer").get("/today/behind").body; !strings.Contains(got, "0 of 3,000 clicks") {
		t.Errorf("behind is %s", got)
	}
	if got := d.as("stranger").get("/").body; !strings.Contains(got, "Nothing waits for you") {
		t.Error("someone without a label has something to do")
	}
}

func TestStuckSendsAreFreedByColleagues(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	path := fmt.Sprintf("/sends/%d/reslot", d.planned.ID)
	s := d.as("approver")
	if r := s.post(path, url.Values{"slot": {"2026-11-01T10:00"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "past") {
		t.Errorf("a slot in the past: %d", r.status)
	}
	if r := s.post(path, url.Values{"slot": {"2026-11-23T18:00"}}); r.status != http.StatusSeeOther {
		t.Errorf("a new slot: %d %s", r.status, r.body)
	}
	if body := s.get("/").body; strings.Contains(body, "Send then") || !strings.Contains(body, "18:00") {
		t.Error("the missed send isn't back in the day")
	}
	if r := s.post(fmt.Sprintf("/sends/%d/pause", d.planned.ID), nil); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a send that was given up is paused: %d", r.status)
	}
}

func TestLookAtToday(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	d.look("approver", "today", "/")
	d.look("viewer", "today-quiet", "/")
}

func TestTodayIsLive(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	s := d.as("approver")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/today/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	saw := func(want string) bool {
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return true
			}
		}
		return false
	}
	if !saw("16:00") {
		t.Fatal("the stream doesn't begin with what goes out")
	}
	page, err := d.Mailings.Sends(ctx, mailings.SendFilter{States: []mailings.SendState{mailings.Planned}}, paging.Ask{})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page.Items, err)
	}
	if r := d.as("planner").post(fmt.Sprintf("/sends/%d/cancel", page.Items[0].ID), nil); r.status != http.StatusSeeOther {
		t.Fatalf("calling a send off: %d", r.status)
	}
	if !saw("event: part") {
		t.Error("the stream doesn't say that a mailing less goes out")
	}
}
