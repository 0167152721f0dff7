package today_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/web/webtest"
)

// aDay fills a desk with what a morning may bring: a mailing to approve, one
// that was sent back, one that nobody submitted, one that goes out, one that
// was missed, and a campaign behind its goal.
func aDay(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 40)
	goal := int64(3000)
	if _, err := d.Campaigns.Update(approvaltest.As(d.Maker), d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.StartsOn, c.Goals.Clicks = c.StartsOn.AddDays(-15), &goal
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.Approved(t, d.Brief(t, "2026-11-23T10:00"))
	missed, _ := d.Approved(t, d.Brief(t, "2026-11-23T09:45"))
	d.Approved(t, d.Brief(t, "2026-11-23T16:00"))
	round, review := d.Submitted(d.Brief(t, "2026-11-24T09:30"))
	if _, err := d.Approval.RequestChanges(
		approvaltest.As(d.Third), review, approval.Given{Digest: round.Digest, Reason: "De prijs is 499 euro, niet 399."}, d.Third.ID,
	); err != nil {
		t.Fatal(err)
	}
	d.Submitted(d.Brief(t, "2026-11-24T11:00"))
	d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	m, r := d.Draft(t, d.Brief(t, "2026-11-26T10:00"))
	d.Submit(t, m, r)
	d.Tick(approvaltest.Start.Add(40 * time.Minute)) // twenty to ten in Amsterdam
	miss(d, missed.ID)
	return d
}

func TestAFreshDeskLeadsToItsFirstLabel(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	if _, err := d.Owner.Exec(`TRUNCATE labels CASCADE`); err != nil {
		t.Fatal(err)
	}
	admin := d.As("admin")
	if page := admin.Get("/"); !strings.Contains(page.Body, `href="/settings/labels/new"`) {
		t.Errorf("today doesn't lead to a first label:\n%s", page.Body)
	}
	if page := admin.Get("/calendar"); page.Header.Get("Location") != "/settings/labels" {
		t.Errorf("%d, and the calendar doesn't lead to a first label", page.Status)
	}
	if page := d.As("stranger").Get("/calendar"); page.Status != http.StatusForbidden {
		t.Errorf("someone without a role gets %d", page.Status)
	}
}

// miss puts a planned send down as missed.
func miss(d *webtest.Desk, id mailings.ID) {
	d.T.Helper()
	page, err := d.Sends.List(d.T.Context(), mailings.SendFilter{Mailing: id}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.T.Fatal(page.Items, err)
	}
	if _, err := d.Sends.Update(
		pgtest.Acting(d.T.Context(), "system:scheduler"), page.Items[0].ID,
		func(s *mailings.Send) error { return s.MoveTo(mailings.Missed, d.Clock.Now()) },
	); err != nil {
		d.T.Fatal(err)
	}
	d.Planned = page.Items[0]
}

func TestTodaySaysWhatWaits(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	body := d.As("approver").Get("/").Body
	for _, want := range []string{"2 things wait for you", "Look and decide", "missed", "Look at the mail first",
		"2 mailings go out today to 80 members"} {
		if !strings.Contains(body, want) {
			t.Errorf("today doesn't say %q", want)
		}
	}
	if got := d.As("viewer").Get("/today/behind").Body; !strings.Contains(got, "0 of 3,000 clicks") {
		t.Errorf("behind is %s", got)
	}
	if got := d.As("stranger").Get("/").Body; !strings.Contains(got, "Nothing waits for you") {
		t.Error("someone without a label has something to do")
	}
}

func TestStuckSendsAreFreedByColleagues(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	path := fmt.Sprintf("/sends/%d/reslot", d.Planned.ID)
	s := d.As("approver")
	if r := s.Post(path, url.Values{"slot": {"2026-11-01T10:00"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "past") {
		t.Errorf("a slot in the past: %d", r.Status)
	}
	if r := s.Post(path, url.Values{"slot": {"2026-11-23T18:00"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Look at every face") || !strings.Contains(r.Body, "Look at the mail first") ||
		strings.Contains(r.Body, "Send then") {
		t.Errorf("a new slot for what one never looked at: %d %s", r.Status, r.Body)
	}
	d.World.Look(approvaltest.As(d.Users["approver"]), t, d.Planned.MailingID)
	if body := s.Get("/").Body; !strings.Contains(body, "Send then") || strings.Contains(body, "Look at the mail first") {
		t.Error("looked at, the missed send can't be given a slot")
	}
	if r := s.Post(path, url.Values{"slot": {"2026-11-23T18:00"}}); r.Status != http.StatusSeeOther {
		t.Errorf("a new slot: %d %s", r.Status, r.Body)
	}
	if body := s.Get("/").Body; strings.Contains(body, "Send then") || !strings.Contains(body, "18:00") {
		t.Error("the missed send isn't back in the day")
	}
	if r := s.Post(fmt.Sprintf("/sends/%d/pause", d.Planned.ID), nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a send that was given up is paused: %d", r.Status)
	}
}

// What is held for links that work again says so where it waits.
func TestLinksThatWorkAgainAreSaid(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	const says = "Its links have worked again since"
	held := func(mended string) string {
		pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`
				UPDATE sends SET state = 'held', held_at = now(), mended_at = `+mended+`, held_reason =
				  '{"key": "hold.links", "args": {"n": 1, "first": {"key": "links.no_connection"}, "urls": ["https://zonvakantie.example/"]}}'
				 WHERE id = $1`, d.Planned.ID)
		})
		return d.As("approver").Get("/").Body
	}
	if body := held("NULL"); strings.Contains(body, says) {
		t.Error("of what is broken it says that it works")
	}
	if body := held("now()"); !strings.Contains(body, says) {
		t.Errorf("it doesn't say that they work: %s", body)
	}
}

func TestLookAtToday(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	d.Look("approver", "today", "/")
	if _, err := d.Advertisers.Stop(approvaltest.As(d.Maker), d.Advertiser.ID,
		"het budget van het hele jaar is op, laat de adverteerder weten, en komt pas in het voorjaar terug"); err != nil {
		t.Fatal(err)
	}
	d.Look("approver", "today-stopped", "/")
	d.Look("viewer", "today-quiet", "/")
}

func TestTodayIsLive(t *testing.T) {
	t.Parallel()
	d := aDay(t)
	ctx, stop := context.WithTimeout(t.Context(), webtest.Patience)
	defer stop()
	s := d.As("approver")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL+"/today/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Client.Do(request)
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
	page, err := d.Sends.List(ctx, mailings.SendFilter{States: []mailings.SendState{mailings.Planned}}, paging.Ask{})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page.Items, err)
	}
	if r := d.As("planner").Post(fmt.Sprintf("/sends/%d/cancel", page.Items[0].ID), nil); r.Status != http.StatusSeeOther {
		t.Fatalf("calling a send off: %d", r.Status)
	}
	if !saw("event: part") {
		t.Error("the stream doesn't say that a mailing less goes out")
	}
}

// TestASecondAdminSeesWhatWaits: what one admin proposed stands on the other's
// day, and not on that of who proposed it or of anybody else.
func TestASecondAdminSeesWhatWaits(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.AddUser("boss", accounts.User{Admin: true})
	ctx := approvaltest.As(d.Users["boss"])
	u, err := d.Accounts.Update(ctx, d.Users["viewer"].ID, func(u *accounts.User) error {
		u.Admin = true
		return nil
	})
	if err != nil || u.Change == nil {
		t.Fatalf("%+v, %v", u, err)
	}
	for name, sees := range map[string]bool{"admin": true, "boss": false, "planner": false} {
		page := d.As(name).Get("/")
		if strings.Contains(page.Body, "To confirm as second admin") != sees {
			t.Errorf("%s sees it: %v", name, !sees)
		}
		// What the command line did alone, each admin looks through.
		if looks := name != "planner"; strings.Contains(page.Body, "To look through as second admin") != looks {
			t.Errorf("%s is led to what was done alone: %v", name, !looks)
		}
	}
}

// TestTheFirstHourLeadsToTheFirstMailing: admins see what is done and what comes
// next, until a mailing is out.
func TestTheFirstHourLeadsToTheFirstMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	const title = "On the way to the first mailing"
	page := d.As("admin").Get("/").Body
	if !strings.Contains(page, title) || strings.Count(page, `aria-current="step"`) != 1 || !strings.Contains(page, "/settings/dkim") ||
		!strings.Contains(page, "A real mail that the server took") || !strings.Contains(page, "/settings/policies") {
		t.Errorf("an admin isn't led: %s", page)
	}
	if strings.Contains(d.As("planner").Get("/").Body, title) {
		t.Error("a planner is shown what an admin does")
	}
	d.Look("admin", "today-beginning", "/")
	d.Sent(webtest.Postman{})
	d.Tick(webtest.SlotAt.Add(time.Minute)) // which finishes the send
	if strings.Contains(d.As("admin").Get("/").Body, title) {
		t.Error("an admin is still led after the first mailing")
	}
}
