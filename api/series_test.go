package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/series"
)

// A series is made, filled, paused, resumed and ended by programs, too, and each
// mailing is a step of one at most.
func TestASeriesByPrograms(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, _ := o.draft("Mara")
	var made series.Series
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", "/labels/1/series", `{"name":"Welkom","after":"left"}`), nil)
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/series", `{"name":"Welkom","after":"joined"}`), &made)
	o.want(http.StatusCreated, o.call("Mara", "POST", "/series/1/steps", `{"mailing_id":1}`), &made)
	if made.Steps != 1 || made.Going != 0 {
		t.Errorf("%+v", made)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", "/series/1/steps", `{"mailing_id":1}`), nil)
	var steps paging.Page[struct {
		Mailing mailings.ID `json:"mailing_id"`
		At      *struct{}   `json:"at"`
	}]
	o.want(http.StatusOK, o.call("Mara", "GET", "/series/1/steps", nil), &steps)
	if len(steps.Items) != 1 || steps.Items[0].Mailing != 1 || steps.Items[0].At != nil {
		t.Errorf("a mailing that goes out once: %+v", steps)
	}
	o.want(http.StatusOK, o.call("Mara", "POST", "/series/1/pause", nil), &made)
	if made.PausedAt == nil || made.PausedBy == nil {
		t.Fatalf("%+v", made)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", "/series/1/pause", nil), nil)
	seen := `{"paused_at":"%s"}`
	o.want(http.StatusConflict, o.call("Mara", "POST", "/series/1/resume", fmt.Sprintf(seen, "2026-01-01T00:00:00Z")), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", "/series/1/resume", fmt.Sprintf(seen, made.PausedAt.Format(time.RFC3339Nano))), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", "/series/1/end", nil), &made)
	var m mailings.Mailing
	o.want(http.StatusOK, o.call("Mara", "GET", path, nil), &m)
	if made.EndedBy == nil || m.State != mailings.Cancelled {
		t.Errorf("ended: %+v, %s", made, m.State)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", "/series/1/end", nil), nil)
	o.want(http.StatusConflict, o.call("Mara", "DELETE", "/series/1/steps/1", nil), nil)
}
