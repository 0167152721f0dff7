package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/web/webtest"
)

// TestAStopShowsEverywhereAtOnce: wherever a mailing of a stopped advertiser
// stands, with the reason, and nowhere any more once the stop is lifted.
func TestAStopShowsEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Approved(t, d.Brief(t, "2026-11-23T16:00")) // today
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	planner, label := d.As("planner"), "?label="+d.Label.Code
	advertiser, mailing := "/advertisers/"+webtest.Itoa(d.Advertiser.ID), "/mailings/"+webtest.Itoa(m.ID)
	places := map[string]string{
		"the list": "/mailings" + label, "its page": mailing + "/content", "its check": mailing + "/check", "today": "/",
		"the month":                "/calendar" + label + "&from=2026-11-23",
		"the list of the calendar": "/calendar" + label + "&mode=list&from=2026-11-23",
		"the campaign":             "/campaigns/" + webtest.Itoa(d.Campaign.ID), "the advertiser": advertiser,
		"what is only written": written(d) + "/content", "its step check": written(d) + "/check",
	}
	shows := func(reason string, want bool) {
		t.Helper()
		for name, path := range places {
			got := planner.Get(path)
			if shown := strings.Contains(got.Body, reason); got.Status != 200 || shown != want {
				t.Errorf("%s answers %d and shows that %q: %v", name, got.Status, reason, shown)
			}
		}
	}
	shows("The shop is closed", false)
	planner.Post(advertiser+"/stop", url.Values{"reason": {"The shop is closed"}})
	shows("The shop is closed", true)
	stopped, err := d.Advertisers.Get(t.Context(), d.Advertiser.ID)
	if err != nil || stopped.StoppedAt == nil {
		t.Fatal(stopped, err)
	}
	if _, err := d.Advertisers.Resume(t.Context(), d.Advertiser.ID, *stopped.StoppedAt, d.Maker.ID); err == nil {
		shows("The shop is closed", false)
	}
}

// written begins a mailing at the desk, for the campaign, of which nothing was put up.
func written(d *webtest.Desk) string {
	begun := d.As("planner").Post("/mailings/new?label="+d.Label.Code, url.Values{
		"name": {"Only written"}, "kind": {"solo"}, "campaign": {webtest.Itoa(d.Campaign.ID)},
	})
	return strings.TrimSuffix(begun.Header.Get("Location"), "/content")
}

// TestAStopOfWhatWaitsForApproval: who decides sees it before they do, in the list,
// on Today and beside the mail. What doesn't place the advertiser any more isn't
// called stopped.
func TestAStopOfWhatWaitsForApproval(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	_, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	planner, approver := d.As("planner"), d.As("approver")
	draft, advertiser := written(d)+"/content", "/advertisers/"+webtest.Itoa(d.Advertiser.ID)
	if page := planner.Get(advertiser).Body; !strings.Contains(page, "aren’t approved yet: 2.") {
		t.Error("what isn't approved yet isn't counted before the stop")
	}
	planner.Post(advertiser+"/stop", url.Values{"reason": {"The shop is closed"}})
	for _, path := range []string{"/approvals", "/approvals?tab=open", "/approvals/" + webtest.Itoa(review), "/"} {
		if got := approver.Get(path); !strings.Contains(got.Body, "The shop is closed") {
			t.Errorf("%s doesn't show the stop: %d", path, got.Status)
		}
	}
	form := planner.Form(draft)
	form.Set("do", "drop:"+form.Get("placement"))
	if r := planner.Multipart(draft, form); r.Status >= 400 || strings.Contains(planner.Get(draft).Body, "The shop is closed") {
		t.Errorf("%d, and what doesn't place it any more is shown as stopped", r.Status)
	}
}

// TestOnlyWhoMayIsAskedToLetGo: who made a mailing isn't offered to lift what holds
// it, nor anybody to let a send go on while the stop stands.
func TestOnlyWhoMayIsAskedToLetGo(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Approved(t, d.Brief(t, webtest.TestSlot))
	d.World.Look(approvaltest.As(d.Users["approver"]), t, m.ID)
	advertiser := "/advertisers/" + webtest.Itoa(d.Advertiser.ID)
	d.As("planner").Post(advertiser+"/stop", url.Values{"reason": {"The shop is closed"}})
	d.Tick(time.Date(2026, 11, 24, 8, 59, 30, 0, time.UTC))
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver'), ($1, $2, 'planner')
			ON CONFLICT DO NOTHING`, d.Maker.ID, d.Label.ID)
	})
	pgtest.Password(t, d.DB, int64(d.Maker.ID), webtest.Password)
	d.Users["maker"] = d.Maker
	offers := func(who, at, what string) bool {
		_, forms := offered(t, at, d.As(who).Get(at).Body)
		return slices.ContainsFunc(forms, func(o offer) bool { return strings.HasSuffix(o.path, what) })
	}
	for who, lifts := range map[string]bool{"planner": true, "maker": false} {
		if offers(who, advertiser, "/resume") != lifts {
			t.Errorf("%s is offered to lift the stop: %v", who, !lifts)
		}
	}
	for _, who := range []string{"maker", "approver"} {
		if offers(who, "/", "/release") {
			t.Errorf("under the stop %s is offered to release the send", who)
		}
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE advertisers SET stopped_at = NULL`) })
	for who, frees := range map[string]bool{"approver": true, "maker": false} {
		asked := strings.Contains(d.As(who).Get("/").Body, "Look at the mail first")
		if offers(who, "/", "/release") != frees || !frees && asked {
			t.Errorf("with the stop lifted %s is offered to release the send: %v", who, !frees)
		}
	}
}
