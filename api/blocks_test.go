package api

import (
	"fmt"
	"net/http"
	"testing"

	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/blocks"
)

// Programs save a placement as a block, find and rename it, place a copy in another
// mailing, and remove it; the copy stays.
func TestBlocksByPrograms(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, _ := o.draft("Mara")
	var letter mailings.Mailing
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/mailings", `{"name":"Week 48","kind":"newsletter"}`), &letter)
	other, r := fmt.Sprintf("/mailings/%d", letter.ID), revised{}
	o.want(http.StatusCreated, o.call("Mara", "POST", other+"/revisions", edition(0, o.Brief(t, slot))), &r)
	var b blocks.Block
	o.want(http.StatusNotFound, o.call("Mara", "POST", path+"/blocks", `{"name":"Winterzon","placement":"x"}`), nil)
	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/blocks", `{"name":"Winterzon","placement":"zon"}`), &b)
	o.want(http.StatusConflict, o.call("Mara", "POST", path+"/blocks", `{"name":"winterzon","placement":"zon"}`), nil)
	if b.Says.Heading == "" || b.Advertiser != "Zonvakantie" {
		t.Errorf("%+v", b)
	}
	at := fmt.Sprintf("/blocks/%d", b.ID)
	o.want(http.StatusOK, o.call("Mara", "PUT", at, `{"name":"Zon in de winter"}`, "If-Match", "*"), &b)
	var found paging.Page[blocks.Block]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/blocks?q=WINTER", nil), &found)
	if len(found.Items) != 1 || found.Items[0].Name != "Zon in de winter" {
		t.Errorf("%+v", found)
	}
	var standing struct{ Stale []string }
	o.want(http.StatusOK, o.call("Mara", "GET", at, nil), &standing)
	if len(standing.Stale) != 0 {
		t.Errorf("stale: %q", standing.Stale)
	}
	use := func(on mailings.RevisionID) string { return fmt.Sprintf(`{"block_id":%d,"based_on":%d}`, b.ID, on) }
	o.want(http.StatusConflict, o.call("Mara", "POST", other+"/placements", use(r.ID+100)), nil)
	var made revised
	o.want(http.StatusCreated, o.call("Mara", "POST", other+"/placements", use(r.ID)), &made)
	content, err := o.Mailings.Content(t.Context(), made.ID)
	if err != nil || len(content.Placements) != 2 || content.Placements[1].Heading != b.Says.Heading || content.Placements[1].Key != "p1" {
		t.Errorf("%+v, %v", content.Placements, err)
	}
	o.want(http.StatusNoContent, o.call("Mara", "DELETE", at, nil), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", other+"/placements", use(made.ID)), nil)
	o.want(http.StatusNotFound, o.call("Mara", "GET", at, nil), nil)
}
