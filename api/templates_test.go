package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/internal/paging"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

func TestTemplatesAreCheckedAndVersioned(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	label := fmt.Sprintf("/labels/%d", d.label.ID)
	check := func(source string) reply {
		return d.call("viewer", "POST", label+"/templates/check", map[string]any{"format": "html", "source": source})
	}
	if got := d.want(http.StatusUnprocessableEntity, check("<p>Dag {{member.naam}}</p>"), nil); !strings.Contains(got.body, "source:1:8") {
		t.Errorf("the problem doesn't name the place: %s", got.body)
	}
	var c checked
	d.want(http.StatusOK, check("<html><body><p>Dag lid</p></body></html>"), &c)
	if !lint.Blocked(c.Findings) || !strings.Contains(c.Preview.HTML, "Dag lid") { // no way to unsubscribe
		t.Errorf("%+v", c)
	}

	var made templates.Template
	got := d.want(http.StatusCreated, d.call("planner", "POST", label+"/templates", `{"name":"t","format":"html","source":"<p>1</p>"}`), &made)
	path := fmt.Sprintf("/templates/%d", made.ID)
	made.Source = "<p>2</p>"
	d.want(http.StatusOK, d.call("planner", "PUT", path, made, "If-Match", got.header.Get("ETag")), &made)
	d.want(http.StatusPreconditionFailed, d.call("planner", "PUT", path, made, "If-Match", got.header.Get("ETag")), nil)
	var versions paging.Page[templates.Template]
	d.want(http.StatusOK, d.call("viewer", "GET", path+"/versions", nil), &versions)
	if len(versions.Items) != 2 || made.Version != 2 {
		t.Errorf("%+v", versions)
	}
	d.want(http.StatusOK, d.call("viewer", "GET", path+"/versions/1", nil), &made)
	if made.Source != "<p>1</p>" {
		t.Errorf("version 1 says %s", made.Source)
	}
	var starters paging.Page[templates.Starter]
	d.want(http.StatusOK, d.call("viewer", "GET", "/template-starters", nil), &starters)
	if len(starters.Items) == 0 {
		t.Error("no template to begin with")
	}
}

func TestSegmentsAreSavedAndCounted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	f := d.fill()
	rule := `{"rule":{"all":[{"consent":"mail","given":true}]}}`
	var n counted
	d.want(http.StatusOK, d.call("planner", "POST", f.label+"/segments/count", rule), &n)
	if n.N != 1 {
		t.Errorf("counted %d", n.N)
	}
	var said sentence
	d.want(http.StatusOK, d.call("viewer", "POST", f.label+"/segments/explain", rule), &said)
	if said.Sentence == "" {
		t.Error("a rule without words")
	}
	got := d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", f.label+"/segments", `{"name":"s","rule":{"all":[{"attribute":"maat","op":"is","value":1}]}}`), nil)
	if !strings.Contains(got.body, "all[0]") {
		t.Errorf("the problem doesn't name the place: %s", got.body)
	}
	var made segments.Segment
	got = d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/segments", `{"name":"s","rule":{"all":[]}}`), &made)
	path := fmt.Sprintf("/segments/%d", made.ID)
	edit := func(tag string) reply {
		return d.call("planner", "PUT", path, `{"name":"s","rule":{"all":[{"consent":"mail","given":true}]}}`, "If-Match", tag)
	}
	d.want(http.StatusOK, edit(got.header.Get("ETag")), nil)
	d.want(http.StatusPreconditionFailed, edit(got.header.Get("ETag")), nil)
	d.want(http.StatusOK, d.call("planner", "GET", path+"/versions/1", nil), nil)
	d.want(http.StatusOK, d.call("planner", "POST", f.label+"/audiences/waterfall", fmt.Sprintf(`{"audience":{"segments":[{"id":%d}]}}`, made.ID)), nil)
}
