package impact_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"keur/networks"
	"keur/networks/impact"
	"keur/networks/simulators"
)

// What was bought half a year ago and changed last at any moment since is found:
// impact.com takes 45 days of changes in one question.
func TestOldSalesThatChangedLater(t *testing.T) {
	t.Parallel()
	bought := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	now := bought
	s := simulators.NewImpact(func() time.Time { return now })
	refs := []string{"1001", "1002", "1003", "1004", "1005", "1006", "1007"}
	for _, ref := range refs {
		s.Appear(simulators.Sale{Ref: ref, Programme: "15883", Sale: 1000, Commission: 50})
	}
	for i, ref := range refs { // each a month after the one before
		now = bought.AddDate(0, i, 0)
		s.Judge(ref, networks.Approved, "")
	}
	s.Appear(simulators.Sale{Ref: "2001", Programme: "15883", Sale: 1000, Commission: 50}) // bought now
	web := httptest.NewServer(s)
	defer web.Close()
	client := &networks.Client{
		Credentials: s.Credentials, HTTP: web.Client(), Now: func() time.Time { return now },
		Spend: func(context.Context) error { return nil },
	}
	found := map[string]int{}
	q := networks.Question{By: networks.Occurred, From: bought.AddDate(0, 0, -1), Until: bought.AddDate(0, 0, 20), Asked: now}
	for range 20 {
		page, err := impact.Adapter{Home: web.URL}.Transactions(t.Context(), client, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			found[r.Transaction]++
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	for _, ref := range refs {
		if found[ref] == 0 {
			t.Errorf("%s isn't in %v", ref, found)
		}
	}
	if q.Cursor != "" || found["2001"] != 0 || s.Calls() > 12 {
		t.Errorf("after %d calls it goes on at %q, with %v", s.Calls(), q.Cursor, found)
	}
}
