package template_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/mailings/blocks"
	"keur/web/webtest"
)

// TestSavedBlocksAreListed: found by what people know of them, renamed and removed
// by who plans; who looks sees them.
func TestSavedBlocksAreListed(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	brief := d.Brief(t, webtest.TestSlot)
	m, _ := d.Draft(t, brief)
	store := blocks.NewStore(d.DB)
	brief.Placements[0].Creative = d.Image.Hash.String()
	for _, name := range []string{"Winterzon", "Zomerzon"} {
		b, err := blocks.Of(&m, &brief, "zon", name)
		if err == nil {
			_, err = store.Keep(approvaltest.As(d.Maker), b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.Look("planner", "blocks", "/blocks?label=nl")
	planner := d.As("planner")
	if page := planner.Get("/blocks?label=nl&q=winterz").Body; !strings.Contains(page, "<h2>Winterzon</h2>") {
		t.Errorf("found: %s", page)
	}
	if r := planner.Post("/blocks/1/rename", url.Values{"name": {"zomerzon"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "zomerzon") {
		t.Errorf("two of one name: %d", r.Status)
	}
	if r := planner.Post("/blocks/1/rename", url.Values{"name": {"Zon in de winter"}}); r.Status != http.StatusSeeOther {
		t.Errorf("renamed: %d", r.Status)
	}
	if r := planner.Post("/blocks/2/remove", nil); r.Status != http.StatusSeeOther {
		t.Errorf("removed: %d", r.Status)
	}
	seen := d.As("viewer").Get("/blocks?label=nl").Body
	for text, want := range map[string]bool{"<h2>Zon in de winter</h2>": true, "<h2>Zomerzon</h2>": false, "/remove": false} {
		if strings.Contains(seen, text) != want {
			t.Errorf("who looks sees %s: %s", text, seen)
		}
	}
}
