package reports_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/members"
	"keur/reports"
)

// TestWhatIsAtARelay: of a send whose route's server posts what becomes of mail, what it
// accepted is told apart by what is known of it; of others nothing is.
func TestWhatIsAtARelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET reported = true WHERE id = $1`, soloFirst) })
	status := func(member int64, action, code string) {
		w.report(t, soloFirst, member, "message/delivery-status",
			"Reporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; m@x.nl\r\nAction: "+action+"\r\nStatus: "+code+"\r\n")
		w.report(t, soloSecond, member, "message/delivery-status",
			"Reporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; m@x.nl\r\nAction: "+action+"\r\nStatus: "+code+"\r\n")
	}
	for _, member := range []int64{1, 2, 4, 6} {
		status(member, "delivered", "2.1.5")
	}
	status(2, "failed", "5.1.1")
	status(8, "failed", "5.1.1")
	of := func(f reports.Filter) reports.Counts {
		t.Helper()
		found, err := w.reports.Outcomes.By(t.Context(), reports.ByMailing, f)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		c := found[0].Counts
		return reports.Counts{
			Relayed: c.Relayed, RelayDelivered: c.RelayDelivered, RelayReturned: c.RelayReturned, RelayUnknown: c.RelayUnknown,
		}
	}
	want := reports.Counts{Relayed: 42, RelayDelivered: 3, RelayReturned: 2, RelayUnknown: 37}
	for name, f := range map[string]reports.Filter{"its send": {Send: soloFirst}, "both sends": {Mailing: 2}} {
		if diff := cmp.Diff(want, of(f)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if got := of(reports.Filter{Send: soloSecond}); got != (reports.Counts{}) {
		t.Errorf("of a send over another route: %+v", got)
	}
	var silent members.ID // of whom nothing was posted
	w.must(t, w.Owner.Get(&silent, `
		SELECT min(member_id) FROM deliveries WHERE send_id = $1 AND state = 'sent' AND member_id NOT IN (1, 2, 4, 6, 8)`, soloFirst))
	for member, relays := range map[members.ID][2]reports.Relay{
		1: {reports.RelayDelivered, ""}, 2: {reports.RelayReturned, ""}, 8: {reports.RelayReturned, ""}, silent: {reports.RelayUnknown, ""},
	} {
		mails, err := w.reports.Members.Mails(t.Context(), 1, member, paging.Ask{})
		w.must(t, err)
		told := map[int64]reports.Relay{}
		for _, m := range mails.Items {
			told[m.Send] = m.Relay
		}
		if got := [2]reports.Relay{told[soloFirst], told[soloSecond]}; got != relays {
			t.Errorf("the history of member %d says %q", member, got)
		}
		happened, err := w.reports.Members.History(t.Context(), 1, member, reports.HistoryFilter{}, paging.Ask{})
		w.must(t, err)
		for _, h := range happened.Items {
			if of := strings.HasPrefix(h.ID, "delivery:"); of && h.Relay != told[*h.Send] || !of && h.Relay != "" {
				t.Errorf("over the API it says %q of %s of member %d", h.Relay, h.ID, member)
			}
		}
	}
	parts, err := w.reports.Outcomes.Breakdown(t.Context(), reports.Domains, reports.Filter{Send: soloFirst})
	var all reports.Counts
	for _, p := range parts {
		all.Relayed += p.Relayed
		all.RelayDelivered += p.RelayDelivered
		all.RelayReturned += p.RelayReturned
	}
	if all.RelayUnknown = want.RelayUnknown; err != nil || all != want {
		t.Errorf("by domain it is %+v, %v", all, err)
	}
	hours, err := w.reports.Outcomes.Breakdown(t.Context(), reports.Hours, reports.Filter{Send: soloFirst})
	if err != nil || len(hours) < 2 {
		t.Error(hours, err)
	}
	for _, hour := range hours {
		if hour.RelayUnknown != 0 {
			t.Errorf("of hour %s %d aren't known", hour.Key, hour.RelayUnknown)
		}
	}
}
