package simulators_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keur/networks"
	"keur/networks/awin"
	"keur/networks/cj"
	"keur/networks/daisycon"
	"keur/networks/impact"
	"keur/networks/networktest"
	"keur/networks/partnerize"
	"keur/networks/simulators"
	"keur/networks/tradedoubler"
	"keur/networks/tradetracker"
)

// either returns an adapter that could be made.
func either[A networks.Adapter](t *testing.T) func(A, error) networks.Adapter {
	return func(a A, err error) networks.Adapter {
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// TestEachSpeaksAsItsAdapterExpects holds all of them to the contract, as tests and
// the demo take them for the networks.
func TestEachSpeaksAsItsAdapterExpects(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string]struct {
		network func(func() time.Time) *simulators.Server
		adapter func(home string) networks.Adapter
	}{
		"awin":       {simulators.NewAwin, func(home string) networks.Adapter { return awin.Adapter{Home: home} }},
		"cj":         {simulators.NewCJ, func(home string) networks.Adapter { return cj.Adapter{Home: home} }},
		"impact":     {simulators.NewImpact, func(home string) networks.Adapter { return impact.Adapter{Home: home} }},
		"partnerize": {simulators.NewPartnerize, func(home string) networks.Adapter { return partnerize.Adapter{Home: home} }},
		"daisycon": {simulators.NewDaisycon, func(home string) networks.Adapter {
			return either[daisycon.Adapter](t)(daisycon.At(home, home))
		}},
		"tradedoubler": {simulators.NewTradedoubler, func(home string) networks.Adapter {
			return either[tradedoubler.Adapter](t)(tradedoubler.At(home))
		}},
		"tradetracker": {simulators.NewTradeTracker, func(home string) networks.Adapter {
			return either[tradetracker.Adapter](t)(tradetracker.At(home))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			networktest.Contract(t, pair.network, pair.adapter)
		})
	}
}

// TestABookKeepsWhatHappened: each state of a sale, with its moment, and those
// within a time, its ends included.
func TestABookKeepsWhatHappened(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	first := now
	b := simulators.NewBook(func() time.Time { return now })
	b.Appear(simulators.Sale{Ref: "1", Sale: 100})
	now = now.Add(time.Hour)
	b.Judge("1", networks.Approved, "")
	b.Amend("1", 90, 9)
	b.Pay("1")
	b.Appear(simulators.Sale{Ref: "2", Occurred: first.Add(-time.Hour), Status: networks.Declined, Currency: "SEK"})
	if s := b.Sale("1"); s.Status != networks.Approved || s.Sale != 90 || !s.Paid || !s.Validated.Equal(now) || !s.Occurred.Equal(first) ||
		s.Currency != "EUR" {
		t.Errorf("the sale is %+v", s)
	}
	past := b.Past()
	if len(past) != 5 || !past[0].First || past[1].First || !past[4].First || past[4].Turn != 5 || past[0].Sale.Status != networks.Pending {
		t.Errorf("it was %+v", past)
	}
	if all := b.Sales(); len(all) != 2 || all[0].Ref != "2" {
		t.Errorf("the sales are %+v", all)
	}
	for _, try := range []struct {
		by          networks.Date
		from, until time.Time
		n           int
	}{
		{networks.Occurred, first, first, 1}, {networks.Occurred, first.Add(time.Second), now, 0}, {networks.Modified, now, now, 2},
		{networks.Validated, first, now, 1}, {networks.Validated, first, now.Add(-time.Second), 0},
	} {
		if got := b.Within(try.by, try.from, try.until); len(got) != try.n {
			t.Errorf("%s from %s until %s are %d, not %d", try.by, try.from, try.until, len(got), try.n)
		}
	}
	if b.Judge("1", networks.Pending, ""); !b.Sale("1").Validated.IsZero() {
		t.Error("what is open again is decided")
	}
	defer func() {
		if recover() == nil {
			t.Error("a sale that isn't there was paid")
		}
	}()
	b.Pay("3")
}

// TestMischiefIsDoneOnce, one call after another.
func TestMischiefIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := simulators.NewAwin(time.Now)
	s.Coming(simulators.Throttles, simulators.Stumbles, simulators.Mumbles, simulators.Blunders)
	var got []string
	for range 5 {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		got = append(got, http.StatusText(w.Code)+" "+strings.TrimSpace(w.Body.String()))
	}
	if !strings.HasPrefix(got[0], "Too Many Requests") || !strings.HasPrefix(got[1], "Service Unavailable") ||
		!strings.HasPrefix(got[2], "OK <!DOCTYPE") || !strings.HasPrefix(got[3], "OK ") || got[4] == got[3] || s.Calls() != 5 {
		t.Errorf("its answers are %q", got)
	}
}
