package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"keur/web/webtest"
)

// TestLookInTheDark looks at the main pages as somebody sees them who prefers dark.
func TestLookInTheDark(t *testing.T) {
	t.Parallel()
	d, _, _ := webtest.NewSendingDesk(t, nil)
	d.FurnishApprovals()
	d.Sent(webtest.Postman{})
	if r := d.As("admin").
		Post("/account/profile", url.Values{"locale": {"en"}, "theme": {"dark"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	w := d.Browse("admin", webtest.Desktop)
	for page, path := range map[string]string{
		"today": "/", "calendar": "/calendar?label=nl", "content": "/mailings/1/content", "audience": "/mailings/1/audience",
		"outcome": "/sends/" + webtest.Itoa(d.Planned.ID), "approval": fill(d, "/approvals/:review"), "reports": "/reports?label=nl",
		"settings": "/settings/labels/1",
	} {
		w.Open(path)
		w.Settled()
		w.Shoot("dark-" + page)
		w.Whole(page)
		w.Accessible(page + " in the dark")
	}
}
