package webhook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"keur/approval/approvaltest"
	"keur/web/webtest"
)

// A webhook is made, its secret shown once, it is tried for real, and what was
// posted is read and posted again; a chat's address comes back nowhere.
func TestWebhookIsMadeTriedAndReplayed(t *testing.T) {
	t.Parallel()
	var (
		mu   sync.Mutex
		ids  []string
		code = http.StatusOK
	)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, r.Header.Get("Webhook-Id"))
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "<b>said</b>")
	}))
	t.Cleanup(receiver.Close)
	d := webtest.New(t, 1)
	admin, path := d.As("admin"), "/settings/webhooks/1"
	form := url.Values{"kind": {"standard"}, "name": {"CRM"}, "url": {"ftp://x"}, "active": {"yes"}}
	if r := admin.Post("/settings/webhooks/new", form); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "ftp://x") || !strings.Contains(r.Body, "Choose at least one type") {
		t.Errorf("without a type: %d %s", r.Status, r.Body)
	}
	form.Set("url", receiver.URL)
	form["type"] = []string{"mailing.created", "send.held"}
	made := admin.Post("/settings/webhooks/new", form)
	secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`).FindString(strings.ReplaceAll(made.Body, "&#43;", "+"))
	if made.Status != http.StatusOK || len(secret) < 40 {
		t.Fatalf("made: %d %s", made.Status, made.Body)
	}
	if page := admin.Get(path).Body; strings.Contains(page, "whsec_") || !strings.Contains(page, receiver.URL) {
		t.Error("the secret is shown again, or the address isn't")
	}
	if r := admin.Post(path+"/try", nil); !strings.Contains(r.Body, "Taken: 200 in ") || !strings.Contains(r.Body, "&lt;b&gt;said") {
		t.Errorf("tried: %d %s", r.Status, r.Body)
	}
	mu.Lock()
	code = http.StatusTeapot
	mu.Unlock()
	if r := admin.Post(path+"/try", nil); !strings.Contains(r.Body, "It answers 418") {
		t.Errorf("refused: %d %s", r.Status, r.Body)
	}
	if list := admin.Get("/settings/webhooks").Body; !strings.Contains(list, "CRM") || !strings.Contains(list, "Fails since") {
		t.Errorf("the list says %s", list)
	}
	log := admin.Get(path + "?state=failed").Body
	message := regexp.MustCompile(path + `/messages/[0-9]+`).FindString(log)
	if strings.Count(log, path+"/messages/") != 1 || message == "" {
		t.Fatalf("the log of what failed has %s", log)
	}
	if page := admin.Get(message).Body; !strings.Contains(page, "Webhooks: Test") || !strings.Contains(page, "It answers 418") {
		t.Errorf("the message says %s", page)
	}
	mu.Lock()
	code = http.StatusOK
	mu.Unlock()
	if r := admin.Post(message+"/replay", nil); r.Header.Get("Location") != message {
		t.Errorf("replayed: %d", r.Status)
	}
	if err := d.Deps.Webhooks.Run(approvaltest.As(d.Users["admin"])); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if len(ids) != 3 || ids[1] != ids[2] || ids[0] == ids[1] {
		t.Errorf("posted are %q", ids)
	}
	mu.Unlock()
	if r := admin.Post(path+"/rotate", nil); !strings.Contains(r.Body, "whsec_") || strings.Contains(r.Body, secret) {
		t.Errorf("rotated: %d", r.Status)
	}
	form.Set("version", "1")
	if r := admin.Post(path, form); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("what somebody changed meanwhile is written over: %d", r.Status)
	}
	form.Set("version", "2")
	form.Set("name", "Warehouse")
	if r := admin.Post(path, form); r.Header.Get("Location") != path || !strings.Contains(admin.Get(path).Body, "Warehouse") {
		t.Errorf("changed: %d %s", r.Status, r.Body)
	}
	if admin.Post(path+"/remove", nil); admin.Get(path).Status != http.StatusNotFound {
		t.Error("removed it is there")
	}

	chat := url.Values{"kind": {"slack"}, "name": {"#mailings"}, "label": {webtest.Itoa(d.Label.ID)},
		"url": {receiver.URL + "/services/T0/S3cret"}, "type": {"send.held"}, "active": {"yes"}}
	if r := admin.Post("/settings/webhooks/new", chat); r.Header.Get("Location") != "/settings/webhooks/2" {
		t.Fatalf("a chat: %d %s", r.Status, r.Body)
	}
	page := admin.Get("/settings/webhooks/2").Body
	if strings.Contains(page, "S3cret") || strings.Contains(page, `value="member.subscribed"`) || !strings.Contains(page, `value="send.held" checked`) {
		t.Errorf("a chat's page is %s", page)
	}
	chat.Set("url", "")
	chat.Set("version", "1")
	if r := admin.Post("/settings/webhooks/2", chat); r.Header.Get("Location") == "" {
		t.Errorf("its address is kept: %d %s", r.Status, r.Body)
	}
	if r := admin.Post("/settings/webhooks/2/try", nil); !strings.Contains(r.Body, "Taken: 200") {
		t.Errorf("a chat is tried: %d %s", r.Status, r.Body)
	}
}
