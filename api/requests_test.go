package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/api/asking"
	"keur/internal/paging"
)

// ask asks a colleague for something about the first campaign, with a file and a remark.
func (d *desk) ask(user string) string {
	d.t.Helper()
	var r asking.WorkRequest
	d.want(http.StatusCreated, d.call(user, "POST", "/labels/1/requests",
		`{"kind":"task","title":"A banner of 600 px","body":"By Friday","due_on":"2030-05-03","about":"campaign","about_ref":"1"}`), &r)
	path := fmt.Sprintf("/requests/%d", r.ID)
	d.want(http.StatusNoContent, d.call(user, "POST", path+"/comments", `{"body":"In blue"}`), nil)
	d.want(http.StatusOK, d.call(user, "POST", path+"/files?name=brief.txt", []byte("brief"),
		"Content-Type", "application/octet-stream"), nil)
	return path
}

// fileOf returns the number of the request's first file.
func (d *desk) fileOf(user, request string) string {
	d.t.Helper()
	var files paging.Page[asking.WorkFile]
	d.want(http.StatusOK, d.call(user, "GET", request+"/files", nil), &files)
	return fmt.Sprint(files.Items[0].ID)
}

// TestARequestFromAskingToDone: asked, found, read, said, handed on, done, with
// its file; what it is about stays, and a change is made on what was read.
func TestARequestFromAskingToDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	path := d.ask("planner")
	var r asking.WorkRequest
	etag := d.want(http.StatusOK, d.call("viewer", "GET", path, nil), &r).header.Get("ETag")
	if r.Title != "A banner of 600 px" || r.State != "open" || r.AboutRef != "1" || r.DueOn == nil || r.CreatedBy == "" {
		t.Errorf("%+v", r)
	}
	var found paging.Page[asking.WorkRequest]
	for query, want := range map[string]int{
		"": 1, "?text=BANNER": 1, "?text=flyer": 0, "?unfinished=true": 1, "?state=done": 0, "?kind=task": 1, "?due_by=2030-05-02": 0,
		"?due_by=2030-05-03&sort=due": 1, "?about=campaign&about_ref=1": 1, "?about=campaign&about_ref=2": 0,
	} {
		if d.want(http.StatusOK, d.call("approver", "GET", "/labels/1/requests"+query, nil), &found); len(found.Items) != want {
			t.Errorf("%q finds %d", query, len(found.Items))
		}
	}
	done := `{"kind":"task","title":"A banner of 640 px","state":"done","department":"Studio","address":"studio@x.nl"}`
	d.want(http.StatusPreconditionFailed, d.call("approver", "PUT", path, done, "If-Match", `"another"`), nil)
	r = asking.WorkRequest{}
	d.want(http.StatusOK, d.call("approver", "PUT", path, done, "If-Match", etag), &r)
	if r.State != "done" || r.Department != "Studio" || r.DueOn != nil || r.AboutRef != "1" {
		t.Errorf("%+v", r)
	}
	var departments paging.Page[asking.Department]
	d.want(http.StatusOK, d.call("viewer", "GET", "/labels/1/departments", nil), &departments)
	if len(departments.Items) != 1 || departments.Items[0].Address != "studio@x.nl" {
		t.Errorf("%+v", departments)
	}
	var said paging.Page[asking.WorkComment]
	d.want(http.StatusOK, d.call("viewer", "GET", path+"/comments", nil), &said)
	if len(said.Items) != 1 || said.Items[0].Body != "In blue" || !strings.HasPrefix(said.Items[0].By, "user:") {
		t.Errorf("%+v", said)
	}
	file := d.want(http.StatusOK, d.call("viewer", "GET", path+"/files/"+d.fileOf("viewer", path), nil), nil)
	if file.body != "brief" || file.header.Get("Content-Disposition") != "attachment; filename=brief.txt" ||
		file.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%+v", file)
	}
	d.want(http.StatusNotFound, d.call("stranger", "GET", path, nil), nil)
	for body, field := range map[string]string{
		`{"kind":"task","title":" "}`:                                                     "title",
		`{"kind":"task","title":"x","department":"Studio"}`:                               "address",
		`{"kind":"task","title":"x","about":"mailing"}`:                                   "about_ref",
		`{"kind":"wish","title":"x"}`:                                                     "kind",
		`{"kind":"task","title":"x","assignee_id":999}`:                                   "assignee_id",
		`{"kind":"task","title":"x","assignee_id":1,"department":"S","address":"s@x.nl"}`: "department",
	} {
		if got := d.call("planner", "POST", "/labels/1/requests", body); got.status != http.StatusUnprocessableEntity ||
			!strings.Contains(got.body, `"body.`+field+`"`) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}
