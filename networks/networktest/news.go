package networktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// bulletin asks for all news, page by page.
func (a *account) bulletin(t *testing.T, from networks.Newsreader) (all networks.Bulletin, err error) {
	t.Helper()
	cursor := ""
	for range 100 {
		page, err := from.News(t.Context(), a.client, cursor)
		if err != nil {
			return all, err
		}
		all.Notices, all.Unread = append(all.Notices, page.Notices...), append(all.Unread, page.Unread...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
	return all, errors.New("a hundred pages, and no end of them")
}

// Where a network writes news, all of it comes, page by page, in its own words and
// without its markup; a word that nobody knows for what it is about makes it a
// notice, and an error is no empty list.
func news(t *testing.T, a *account) {
	from, is := a.Adapter.(networks.Newsreader)
	if is != a.Capabilities().News {
		t.Fatalf("it writes news: %t, and can be asked for it: %t", a.Capabilities().News, is)
	}
	if !is {
		return
	}
	if got, err := a.bulletin(t, from); err != nil || len(got.Notices)+len(got.Unread) > 0 {
		t.Errorf("of nothing it says %+v, %v", got, err)
	}
	types := []string{"campaign_stop", "update_commission", "campaign_update_vouchercode", "hologram"}
	kinds := []networks.ChangeKind{networks.Stopped, networks.Pays, networks.NewCode, networks.Told}
	for n := range 9 {
		a.Write(simulators.News{
			Ref: fmt.Sprint(300 + n), Programme: fmt.Sprint(9000 + n), Type: types[n%4], Title: fmt.Sprintf("Zee & Zon {{n}} %d", n),
			Text:      `<p>Vanaf <b>5</b>%<br>geen {{member.email}}</p><script>alert("x")</script><iframe>no</iframe>`,
			Published: begun.AddDate(0, 0, -n), Expires: begun.AddDate(0, 0, n),
		})
	}
	before, spent := a.Calls(), a.spent
	got, err := a.bulletin(t, from)
	if err != nil || len(got.Unread) > 0 || len(got.Notices) != 9 {
		t.Fatalf("of nine it says %d, %+v, %v", len(got.Notices), got.Unread, err)
	}
	if calls := a.Calls() - before; calls != a.spent-spent {
		t.Errorf("%d calls were made, and %d counted", calls, a.spent-spent)
	}
	for n, notice := range got.Notices {
		noon := time.Date(begun.Year(), begun.Month(), begun.Day()+n, 12, 0, 0, 0, time.UTC)
		if notice.Ref != fmt.Sprint(300+n) || notice.Programme != fmt.Sprint(9000+n) || notice.Kind != kinds[n%4] ||
			notice.Title != fmt.Sprintf("Zee & Zon { {n}} %d", n) || notice.Text != "Vanaf 5% geen { {member.email}}" ||
			!notice.Published.Equal(begun.AddDate(0, 0, -n)) ||
			!notice.Expires.After(noon) || notice.Expires.After(noon.AddDate(0, 0, 1)) ||
			!strings.Contains(string(notice.Raw), notice.Ref) {
			t.Errorf("notice %d is %+v", n, notice)
		}
	}
	a.Write(simulators.News{Ref: "399", Programme: "9000", Type: "campaign_stop", Title: "Nooit"})
	if got, err := a.bulletin(t, from); err != nil || len(got.Notices) != 9 || len(got.Unread) != 1 || got.Unread[0].Ref != "399" {
		t.Errorf("of one without a date it says %d, %+v, %v", len(got.Notices), got.Unread, err)
	}
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		if got, err := a.bulletin(t, from); !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %d notices, %v", wrong, len(got.Notices), err)
		}
	}
}
