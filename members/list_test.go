package members

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/paging"
)

// Members are listed by who may be mailed, where they came from, their domain and
// when they joined, page by page.
func TestList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	add := func(address, source string, mail bool) Member {
		t.Helper()
		n := Newcomer{Label: d.nl, Address: address, Source: source}
		if mail {
			n.Consents = []Consent{consent(d.clock.Now())}
		}
		m, err := d.Create(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	start := d.clock.Now()
	add("a@one.example", "form", true)
	b := add("b@two.example", "form", true)
	d.clock.Add(48 * time.Hour)
	add("c@one.example", "shop", false)
	if _, err := d.Create(t.Context(), Newcomer{Label: d.de, Address: "d@one.example", Source: "form"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(t.Context(), nil, b.ID, EveryLabel, Complaint, "arf", nil); err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for name, c := range map[string]struct {
		filter ListFilter
		sort   string
		want   string
	}{
		"all":             {ListFilter{}, "", "[a@one.example b@two.example c@one.example]"},
		"newest":          {ListFilter{}, "newest", "[c@one.example b@two.example a@one.example]"},
		"mailable":        {ListFilter{Mailable: &yes}, "", "[a@one.example]"},
		"not mailable":    {ListFilter{Mailable: &no}, "", "[b@two.example c@one.example]"},
		"source":          {ListFilter{Source: "shop"}, "", "[c@one.example]"},
		"domain":          {ListFilter{Domain: "ONE.example"}, "", "[a@one.example c@one.example]"},
		"joined since":    {ListFilter{From: start.Add(time.Hour)}, "", "[c@one.example]"},
		"joined until":    {ListFilter{Until: start.Add(time.Hour)}, "", "[a@one.example b@two.example]"},
		"nothing of that": {ListFilter{Source: "'; DROP TABLE members"}, "", "[]"},
	} {
		found := []string{}
		for m, err := range paging.All(func(ask paging.Ask) (paging.Page[Summary], error) {
			ask.Limit, ask.Sort = 1, c.sort
			return d.List(t.Context(), d.nl, c.filter, ask)
		}) {
			if err != nil {
				t.Fatal(err)
			}
			if m.Suppressed != (m.ID == b.ID) {
				t.Errorf("%s: %+v", name, m)
			}
			found = append(found, m.Address)
		}
		if diff := cmp.Diff(c.want, fmt.Sprint(found)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := d.List(t.Context(), d.nl, ListFilter{From: start, Until: start}, paging.Ask{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("from and until are the same: %v", err)
	}
}
