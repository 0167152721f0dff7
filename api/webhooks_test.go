package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keur/api/setup"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/webhooks"
)

// An endpoint's secret is told once, and the address of a chat never; what was
// posted is read, and posted again.
func TestWebhooksTellNoSecrets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var ids []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids = append(ids, r.Header.Get("Webhook-Id"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}))
	defer receiver.Close()
	var made setup.MadeWebhook
	d.want(http.StatusCreated, d.call("admin", "POST", "/webhooks",
		`{"kind":"standard","name":"CRM","url":"`+receiver.URL+`","types":["mailing.created"],"active":true}`), &made)
	var chat setup.MadeWebhook
	d.want(http.StatusCreated, d.call("admin", "POST", "/webhooks", fmt.Sprintf(
		`{"kind":"teams","label_id":%d,"name":"Team","url":"%s/T0ken","types":["send.held"],"active":true}`, d.label.ID, receiver.URL)), &chat)
	if !strings.HasPrefix(made.Secret, "whsec_") || chat.Secret != "" || chat.URL != "" || chat.Host == "" {
		t.Fatalf("made are %+v and %+v", made, chat)
	}
	path := fmt.Sprintf("/webhooks/%d", made.ID)
	list := d.want(http.StatusOK, d.call("admin", "GET", "/webhooks", nil), nil)
	got := d.want(http.StatusOK, d.call("admin", "GET", path, nil), nil)
	for _, answer := range []reply{list, got} {
		if strings.Contains(answer.body, "whsec_") || strings.Contains(answer.body, "T0ken") {
			t.Errorf("it tells a secret: %s", answer.body)
		}
	}
	d.want(http.StatusUnprocessableEntity, d.call("admin", "POST", "/webhooks",
		`{"kind":"slack","name":"x","url":"`+receiver.URL+`","types":["member.erased"]}`), nil)
	d.want(http.StatusPreconditionFailed, d.call("admin", "PUT", path,
		`{"kind":"standard","name":"x","types":["send.held"]}`, "If-Match", `"other"`), nil)
	var after setup.Webhook
	d.want(http.StatusOK, d.call("admin", "PUT", path,
		`{"kind":"standard","name":"Warehouse","types":["send.held"],"active":true}`, "If-Match", got.header.Get("ETag")), &after)
	if after.Name != "Warehouse" || after.URL != receiver.URL || after.Version != 2 {
		t.Errorf("changed is %+v", after)
	}
	var tried webhooks.Attempt
	if said := d.want(http.StatusOK, d.call("admin", "POST", path+"/try", nil), &tried); tried.Code() != http.StatusTeapot ||
		!strings.Contains(said.body, "it answers 418") || tried.Answer != "short and stout" {
		t.Errorf("tried: %s", said.body)
	}
	var page paging.Page[webhooks.Message]
	d.want(http.StatusOK, d.call("admin", "GET", path+"/messages?state=failed&type=webhook.test", nil), &page)
	if len(page.Items) != 1 {
		t.Fatalf("the log has %+v", page)
	}
	message := fmt.Sprintf("%s/messages/%d", path, page.Items[0].ID)
	var posted setup.PostedMessage
	d.want(http.StatusOK, d.call("admin", "GET", message, nil), &posted)
	if posted.Ref != ids[0] || len(posted.Tries) != 1 || !strings.Contains(posted.Payload, `"type":"webhook.test"`) {
		t.Errorf("posted is %+v", posted)
	}
	d.want(http.StatusNotFound, d.call("admin", "GET", fmt.Sprintf("/webhooks/%d/messages/%d", chat.ID, page.Items[0].ID), nil), nil)
	d.want(http.StatusNoContent, d.call("admin", "POST", message+"/replay", nil), nil)
	if err := d.deps.Webhooks.Run(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("replayed are %q", ids)
	}
	var health setup.WebhookHealth
	d.want(http.StatusOK, d.call("admin", "GET", path+"/health", nil), &health)
	if health.Failures != 2 || health.FailingSince == nil {
		t.Errorf("it stands as %+v", health)
	}
	var again setup.Replayed
	d.want(http.StatusOK, d.call("admin", "POST", path+"/replay", `{}`), &again)
	if again.N != 1 { // a test is tried once
		t.Errorf("%d are posted again", again.N)
	}
	var other setup.WebhookSecret
	d.want(http.StatusOK, d.call("admin", "POST", path+"/rotate", nil), &other)
	if other.Secret == made.Secret || !strings.HasPrefix(other.Secret, "whsec_") {
		t.Error("rotated is the same")
	}
	d.want(http.StatusConflict, d.call("admin", "POST", fmt.Sprintf("/webhooks/%d/rotate", chat.ID), nil), nil)
	d.want(http.StatusNoContent, d.call("admin", "DELETE", path, nil), nil)
	d.want(http.StatusNotFound, d.call("admin", "GET", path, nil), nil)
	if strings.Contains(d.logged.String(), made.Secret) || strings.Contains(d.logged.String(), "T0ken") {
		t.Error("the log tells a secret")
	}
}
