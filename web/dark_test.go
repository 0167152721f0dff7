package web

import (
	"net/http"
	"net/url"
	"testing"
)

// TestLookInTheDark looks at the main pages as somebody sees them who prefers dark.
func TestLookInTheDark(t *testing.T) {
	t.Parallel()
	d, _, _ := newSendingDesk(t, nil)
	d.furnishApprovals()
	d.sent(postman{})
	if r := d.as("admin").post("/account/profile", url.Values{"name": {"Test Admin"}, "locale": {"en"}, "theme": {"dark"}}); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	w := d.browse("admin", desktop)
	for page, path := range map[string]string{
		"today": "/", "calendar": "/calendar?label=nl", "content": "/mailings/1/content", "audience": "/mailings/1/audience",
		"outcome": "/sends/" + itoa(d.planned.ID), "approval": d.fill("/approvals/:review"), "reports": "/reports?label=nl", "settings": "/settings/labels/1",
	} {
		w.open(path)
		w.settled()
		w.shoot("dark-" + page)
		w.whole(page)
		w.accessible(page + " in the dark")
	}
}
