package public_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/tracking/webhooks"
)

// A service posts what became of mails, as often as it likes, and each counts
// once. Who doesn't know its address posts nothing.
func TestServicesPostWhatBecameOfMails(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 4)
	returnPath := func(member int64) string { return string(h.ring.AppendReturnPath(nil, 1, member, "bounce.example")) }
	body := fmt.Sprintf(`[{"type":"bounce","return_path":%q,"recipient":"lid1@shop.example","status":"5.1.1","response":"550 5.1.1 no such user"},
		{"type":"complaint","message_id":%q},
		{"type":"bounce","return_path":%q,"recipient":"lid3@shop.example","response":"550 5.7.1 blocked by policy"},
		{"type":"complaint","return_path":"somebody@else.example"}]`,
		returnPath(1), h.ring.AppendMessageID(nil, 1, 2, "mail.example"), returnPath(3))
	for range 2 {
		if got := h.post(h.hooks.Path(webhooks.Generic), "application/json", body); got.Code != http.StatusOK {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions WHERE member_id = 1 AND reason = 'hard_bounce' OR member_id = 2 AND reason = 'complaint'`); n != 2 {
		t.Errorf("%d of two are suppressed", n)
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions`); n != 2 {
		t.Errorf("%d are suppressed", n)
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind IN ('bounce', 'complaint')`); n != 3 {
		t.Errorf("%d events", n)
	}
	for path, want := range map[string]int{
		h.hooks.Path(webhooks.Generic) + "x":                                     http.StatusNotFound,
		h.hooks.Path(webhooks.SES):                                               http.StatusNotFound, // it may not post here
		strings.Replace(h.hooks.Path(webhooks.Generic), "generic", "kumomta", 1): http.StatusNotFound,
	} {
		if got := h.post(path, "application/json", body); got.Code != want {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	if got := h.post(h.hooks.Path(webhooks.Generic), "application/json", `{"type":"bounce"}`); got.Code != http.StatusBadRequest {
		t.Errorf("about no mail: %d", got.Code)
	}
	many := "[" + strings.Repeat(`{"type":"opt-out","message_id":"<x>"},`, 3000) + `{"type":"opt-out","message_id":"<x>"}]`
	if got := h.post(h.hooks.Path(webhooks.Generic), "application/json", many); got.Code != http.StatusOK || len(many) < 100_000 {
		t.Errorf("many at once: %d", got.Code)
	}
	tooMany := strings.Repeat(" ", webhooks.MaxBody+1)
	if got := h.post(h.hooks.Path(webhooks.Generic), "application/json", tooMany); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too many at once: %d", got.Code)
	}
	if strings.Contains(h.logged.String(), "@") {
		t.Errorf("an address is logged: %s", h.logged)
	}
}
