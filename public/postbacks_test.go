package public_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/networks"
)

// A network calls its address, as often as it likes, and each sale is kept once.
func TestNetworksCallTheirAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	store := networks.NewStore(h.App)
	ctx := pgtest.Acting(t.Context(), "console:anna")
	made, err := store.Create(ctx, networks.Connection{LabelID: 1, Network: "awin", Name: "Awin NL"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := store.NewPostback(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := store.NewPostback(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	query := "?transaction=A1&programme=15883&currency=EUR&amount=100&commission=5.5&time=2026-11-24T09:40:00Z"
	push := url.Values{"AwinTransactionPush": {`{"transactionId":7,"transactionDate":"2026-11-24 09:40:00","transactionAmount":12.5,
		"transactionCurrency":"EUR","commission":1.25,"merchantId":15883,"clickRef":""}`}}.Encode()
	for range 2 {
		if got := h.get("/n/" + secret + query); got.Code != http.StatusOK || got.Body.String() != "ok\n" {
			t.Errorf("by an address: %d %s", got.Code, got.Body)
		}
		if got := h.post("/n/"+secret, "application/x-www-form-urlencoded", push); got.Code != http.StatusOK {
			t.Errorf("by a form: %d %s", got.Code, got.Body)
		}
	}
	for path, want := range map[string]int{
		"/n/" + first + query:                          http.StatusNotFound, // it was replaced
		"/n/" + strings.ToLower(secret) + query:        http.StatusNotFound,
		"/n/x" + query:                                 http.StatusNotFound,
		"/n/" + secret:                                 http.StatusBadRequest,
		"/n/" + secret + query + "&time=%zz":           http.StatusBadRequest,
		"/n/" + secret + "?transaction=B&currency=EUR": http.StatusBadRequest,
		"/n/" + secret + "?transaction=B&programme=1&currency=EUR&time=2026-11-24&subid=%00": http.StatusOK,
	} {
		if got := h.get(path); got.Code != want {
			t.Errorf("%s: %d, not %d", path, got.Code, want)
		}
	}
	head := httptest.NewRequest(http.MethodHead, "/n/"+secret+strings.Replace(query, "A1", "A2", 1), nil)
	if got := h.serve(head); got.Code != http.StatusOK {
		t.Errorf("the head alone: %d", got.Code)
	}
	if n := h.one(t, `SELECT sum(commission_minor) FROM conversions WHERE label_id = 1`); n != 675 {
		t.Errorf("%d cents of commission, not 675", n)
	}
	if n := h.one(t, `SELECT count(*) FROM conversion_reports WHERE source = 'postback'`); n != 3 {
		t.Errorf("%d reports are kept, not 3", n)
	}
}
