package api

import (
	"net/http"
	"strings"
	"testing"

	"keur/internal/paging"
	"keur/members/signups"
)

// TestTheSignUpFormOverTheAPI: admins write it on what was read, other words are the
// next version of its text, and what the label doesn't have is refused by its field.
func TestTheSignUpFormOverTheAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	const path = "/labels/1/signup-form"
	var f signups.Form
	blank := d.want(http.StatusOK, d.call("admin", "GET", path, nil), &f).header.Get("ETag")
	if f.Open || f.Version != 0 || f.Label != 1 {
		t.Errorf("it begins as %+v", f)
	}
	d.want(http.StatusForbidden, d.call("planner", "GET", path, nil), nil)
	body := `{"open":true,"mail":"Mail mij.","tracking":"Meet mij."}`
	etag := d.want(http.StatusOK, d.call("admin", "PUT", path, body, "If-Match", blank), &f).header.Get("ETag")
	d.want(http.StatusPreconditionFailed, d.call("admin", "PUT", path, body, "If-Match", blank), nil)
	if !f.Open || f.Mail != "Mail mij." || f.Text != 1 || f.Version != 1 {
		t.Errorf("saved is %+v", f)
	}
	for _, change := range []string{`{"open":false,"mail":"Mail mij.","tracking":"Meet mij."}`, `{"open":true,"mail":"Mail mij, graag."}`} {
		etag = d.want(http.StatusOK, d.call("admin", "PUT", path, change, "If-Match", etag), &f).header.Get("ETag")
	}
	var texts paging.Page[signups.Text]
	d.want(http.StatusOK, d.call("admin", "GET", path+"/texts", nil), &texts)
	if len(texts.Items) != 2 || texts.Items[0].Mail != "Mail mij, graag." || texts.Items[1].Tracking != "Meet mij." ||
		texts.Items[0].By == "" {
		t.Errorf("people agreed to %+v", texts.Items)
	}
	refused := d.call("admin", "PUT", path, `{"open":true,"mail":" ","topics":["unknown"],"attributes":["unknown"]}`, "If-Match", etag)
	if said := string(refused.body); refused.status != http.StatusUnprocessableEntity ||
		!strings.Contains(said, "body.mail") || !strings.Contains(said, "body.topics") || !strings.Contains(said, "body.attributes") {
		t.Errorf("%d %s", refused.status, said)
	}
}
