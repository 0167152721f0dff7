package public_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/tracking"
)

// linkIn returns the path of the link in the letter to an address, or none.
func (h *house) linkIn(t *testing.T, to string) string {
	t.Helper()
	due, err := h.letters.Claim(pgtest.Acting(t.Context(), "system:notices"), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		if _, path, found := strings.Cut(n.Body, "https://label.example"); found && n.Recipient == to {
			path, _, _ = strings.Cut(path, "\n")
			return path
		}
	}
	return ""
}

// A member asks for another address from their preferences, and takes it by the
// button behind the link in the mail. Looking at either page changes nothing.
func TestAMemberChangesTheirAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	preferences := h.path("/p/", tracking.Preferences, 1, 0)
	if w := h.get(preferences); !strings.Contains(w.Body.String(), `href="`+preferences+`/address"`) {
		t.Errorf("the preferences don't lead to the address: %s", w.Body)
	}
	w := h.get(preferences + "/address")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Nieuw adres") || strings.Contains(w.Body.String(), "m1@x.nl") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.post(preferences+"/address", urlencoded, "address=new%40x.nl"); w.Code != http.StatusOK ||
		!strings.Contains(w.Body.String(), "Kijk in je mail") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	path := h.linkIn(t, "new@x.nl")
	for range 2 { // a scanner, then the member
		h.serve(httptest.NewRequest(http.MethodHead, path, nil))
		if w := h.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "new@x.nl") ||
			strings.Contains(w.Body.String(), "m1@x.nl") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM members WHERE address = 'm1@x.nl'`); n != 1 {
		t.Fatal("a look at the page moved the member")
	}
	if w := h.post(path, urlencoded, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Je adres is gewijzigd") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM members m JOIN former_addresses f ON f.member_id = m.id
		WHERE m.id = 1 AND m.address = 'new@x.nl' AND f.address = 'm1@x.nl' AND f.by = 'member'`); n != 1 {
		t.Error("the member isn't at the new address, with the old one kept")
	}
	for _, w := range []*httptest.ResponseRecorder{h.get(path), h.post(path, urlencoded, ""), h.get("/m/forged")} {
		said := w.Body.String() // in the reader's language, which a form doesn't tell here
		if w.Code != http.StatusNotFound || !strings.Contains(said, "gilt nicht mehr") && !strings.Contains(said, "isn&#39;t good") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := h.get(preferences); w.Code != http.StatusOK {
		t.Errorf("links of before no longer work: %d", w.Code)
	}
	back := h.linkIn(t, "m1@x.nl")
	if w := h.post(back, urlencoded, ""); w.Code != http.StatusOK {
		t.Errorf("taking it back: %d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM members WHERE address = 'm1@x.nl'`); n != 1 {
		t.Error("the address wasn't taken back")
	}
}

// Whether an address is somebody's shows neither in a status nor in a word.
func TestThePageTellsOfNoOtherMember(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	path := h.path("/p/", tracking.Preferences, 1, 0) + "/address"
	known := h.post(path, urlencoded, "address=m2%40x.nl")
	if h.linkIn(t, "m2@x.nl") != "" {
		t.Error("another member gets a link to give their address away")
	}
	free := h.post(path, urlencoded, "address=m3%40x.nl")
	same := strings.NewReplacer("m2@x.nl", "…", "m3@x.nl", "…")
	nonce := func(w *httptest.ResponseRecorder) string {
		_, nonce, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "'nonce-")
		nonce, _, _ = strings.Cut(nonce, "'")
		return strings.ReplaceAll(same.Replace(w.Body.String()), nonce, "")
	}
	if known.Code != free.Code || nonce(known) != nonce(free) {
		t.Errorf("%d %s and %d %s", known.Code, known.Body, free.Code, free.Body)
	}
	for body, want := range map[string]string{"address=nonsense": "heeft geen @", "address=": "is leeg", "": "is leeg"} {
		w := h.post(path, urlencoded, body)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	}
	h.post(path, urlencoded, "address=m4%40x.nl")
	if w := h.post(path, urlencoded, "address=m5%40x.nl"); w.Code != http.StatusTooManyRequests ||
		!strings.Contains(w.Body.String(), "m5@x.nl") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.post(h.path("/p/", tracking.Unsubscribe, 1, 0)+"/address", urlencoded, "address=m6%40x.nl"); w.Code != http.StatusNotFound {
		t.Errorf("a link to unsubscribe asks for another address: %d", w.Code)
	}
}
