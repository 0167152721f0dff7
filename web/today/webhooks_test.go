package today_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/web/webtest"
	"keur/webhooks"
)

// A webhook that is gone waits for admins, until one switches it on.
func TestAWebhookThatIsOffReachesAdmins(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	as := approvaltest.As(d.Users["admin"])
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	made, _, err := d.Deps.Webhooks.Store.Create(as, webhooks.Endpoint{
		Kind: webhooks.Standard, Name: "Warehouse", URL: gone.URL, Types: webhooks.Types(), Active: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Deps.Webhooks.Try(as, made.ID); err != nil {
		t.Fatal(err)
	}
	link := "/settings/webhooks/" + webtest.Itoa(made.ID)
	for name, waits := range map[string]bool{"admin": true, "planner": false} {
		if page := d.As(name).Get("/").Body; strings.Contains(page, link) != waits {
			t.Errorf("it waits for the %s: %t", name, !waits)
		}
	}
	d.As("admin").Post(link+"/enable", nil)
	if strings.Contains(d.As("admin").Get("/").Body, link) {
		t.Error("switched on it still waits")
	}
}
