package reports_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/paging"
	"keur/mailings"
	"keur/reports"
	"keur/tracking"
)

func TestWhatAMemberGotAndDid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(t, w.recorder.Open(t.Context(), w.token(tracking.Open, newsletter, 1, 0), "GET", browser))
	w.click(t, newsletter, 1, 0, browser)
	w.click(t, newsletter, 1, 4, browser)
	w.click(t, soloFirst, 1, 0, scanner)
	w.click(t, newsletter, 2, 0, browser)

	page, err := w.reports.Members.Mails(t.Context(), 1, 1, paging.Ask{Limit: 2})
	w.must(t, err)
	if len(page.Items) != 2 || page.Items[0].Send != soloSecond || page.Items[1].Send != soloFirst || page.Next == "" {
		t.Fatalf("first page: %+v", page)
	}
	if events := page.Items[1].Events; len(events) != 1 || !events[0].Machine || events[0].Name != "=Schoen" {
		t.Errorf("the scanner's click: %+v", events)
	}
	page, err = w.reports.Members.Mails(t.Context(), 1, 1, paging.Ask{Limit: 2, Cursor: page.Next})
	w.must(t, err)
	if len(page.Items) != 1 || page.Items[0].Subject != "Twee" || page.Items[0].State != "sent" || len(page.Items[0].Events) != 3 {
		t.Fatalf("second page: %+v", page.Items)
	}

	all, err := w.reports.Members.Clicks(t.Context(), 1, 1, 0, paging.Ask{})
	w.must(t, err)
	shoes, err := w.reports.Members.Clicks(t.Context(), 1, 1, 2, paging.Ask{})
	w.must(t, err)
	if len(all.Items) != 3 || len(shoes.Items) != 2 || shoes.Items[0].Name != "=Schoen" || shoes.Items[0].ClickRef == "" {
		t.Errorf("%d clicks, to the shop %+v", len(all.Items), shoes.Items)
	}
	visited, err := w.reports.Members.Visited(t.Context(), 1, 1)
	w.must(t, err)
	if len(visited) != 2 || visited[0].Name != "=Schoen" {
		t.Errorf("visited: %+v", visited)
	}
	w.Owner.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin')`)
	w.Owner.MustExec(`
		INSERT INTO conversions (connection_id, label_id, network, transaction_ref, reported_at, digest, month, basis, send_id, mailing_id,
		                         placement_key, member_id, advertiser_id, campaign_id, status, currency, occurred_at)
		VALUES (1, 1, 'awin', 'T-1', now(), sha256(''), date_trunc('month', now())::date, 'click', 1, 1, 'side', 1, 2, 3, 'pending', 'EUR', now())`)
	bought, err := w.reports.Members.Purchases(t.Context(), 1, 1, 2)
	w.must(t, err)
	none, err := w.reports.Members.Purchases(t.Context(), 1, 1, 1)
	w.must(t, err)
	if len(bought) != 1 || bought[0].Ref != "T-1" || len(none) != 0 {
		t.Errorf("bought %+v, %+v", bought, none)
	}
}

// A member's history holds their mails, what was done with them, and consents, in
// order and by pages, and nothing of other members or labels.
func TestHistoryOfAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(t, w.recorder.Open(t.Context(), w.token(tracking.Open, newsletter, 1, 0), "GET", browser))
	w.click(t, newsletter, 1, 4, browser)
	w.click(t, soloFirst, 1, 0, scanner)
	w.click(t, newsletter, 2, 0, browser)
	w.Owner.MustExec(`INSERT INTO consents (member_id, label_id, kind, given, at, source) VALUES (1, 1, 'mail', true, '2026-01-01Z', 'form'),
		(1, 2, 'mail', true, '2026-01-01Z', 'another label'), (2, 1, 'mail', false, '2026-01-01Z', 'another member')`)
	w.Owner.MustExec(`INSERT INTO suppressions (member_id, label_id, reason, source, at) VALUES (1, 0, 'complaint', 'arf', '2026-11-25Z'),
		(1, 2, 'manual', 'another label', '2026-11-25Z')`)
	read := func(filter reports.HistoryFilter, sort string) (kinds []reports.Happening) {
		t.Helper()
		for h, err := range paging.All(func(ask paging.Ask) (paging.Page[reports.Happened], error) {
			ask.Limit, ask.Sort = 2, sort
			return w.reports.Members.History(t.Context(), 1, 1, filter, ask)
		}) {
			w.must(t, err)
			if strings.HasPrefix(h.Detail, "another") || h.Kind == reports.Clicked && (h.URL == "" || h.Mailing == nil) {
				t.Errorf("%+v", h)
			}
			kinds = append(kinds, h.Kind)
		}
		return kinds
	}
	newest, oldest := read(reports.HistoryFilter{}, ""), read(reports.HistoryFilter{}, "oldest")
	slices.Reverse(newest)
	if diff := cmp.Diff(oldest, newest); diff != "" {
		t.Error(diff)
	}
	counts := map[reports.Happening]int{}
	for _, kind := range oldest {
		counts[kind]++
	}
	want := map[reports.Happening]int{
		reports.MailSent: 3, reports.Opened: 1, reports.Clicked: 2, reports.ConsentGiven: 1, reports.MailSuppressed: 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" || oldest[0] != reports.ConsentGiven {
		t.Errorf("%v: %s", oldest, diff)
	}
	if clicks := read(reports.HistoryFilter{Kinds: []reports.Happening{reports.Clicked, reports.Complained}}, ""); len(clicks) != 2 {
		t.Errorf("clicks and complaints: %v", clicks)
	}
	if early := read(reports.HistoryFilter{Until: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, ""); len(early) != 1 {
		t.Errorf("before February: %v", early)
	}
}

func TestMailWaitsInVainForASendThatIsStuck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mail string
		send mailings.SendState
		want mailings.SendState
	}{
		{"queued", mailings.Held, mailings.Held}, {"deferred", mailings.Paused, mailings.Paused},
		{"queued", mailings.Sending, ""}, {"sent", mailings.Held, ""},
	} {
		if got := (reports.Mail{State: c.mail, SendState: c.send}).Stuck(); got != c.want {
			t.Errorf("%s of a send that is %s: %q", c.mail, c.send, got)
		}
	}
}
