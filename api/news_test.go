package api

import (
	"net/http"
	"testing"

	"keur/internal/paging"
	"keur/networks"
	"keur/networks/news"
)

// What changed at networks is listed, each caller reads it for themselves, and what
// isn't theirs they don't find.
func TestNewsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	for query, want := range map[string]int{
		"": 2, "?kind=stopped": 1, "?text=feest": 1, "?unread=true&network=awin": 2, "?network=cj": 0, "?mine=true": 0,
		"?at_from=2040-01-01T00:00:00Z": 0,
	} {
		var all paging.Page[news.News]
		o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/news"+query, nil), &all)
		if len(all.Items) != want {
			t.Errorf("%q finds %+v", query, all.Items)
		}
	}
	var one news.News
	o.want(http.StatusOK, o.call("Mara", "POST", "/news/1/read", `{"read":true}`), &one)
	if !one.Read || one.Title != "Wij stoppen" || one.Kind != networks.Stopped || !one.Holds {
		t.Errorf("%+v", one)
	}
	var left paging.Page[news.News]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/news?unread=true", nil), &left)
	if len(left.Items) != 1 || left.Items[0].Title != "Feestdagen" {
		t.Errorf("left is %+v", left.Items)
	}
	o.want(http.StatusOK, o.call("Coen", "GET", "/labels/1/news?unread=true", nil), &left)
	if len(left.Items) != 2 {
		t.Errorf("to another there are %+v", left.Items)
	}
}
