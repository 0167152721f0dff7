package public_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/tracking"
)

const urlencoded = "application/x-www-form-urlencoded"

func TestClickRedirectsByteForByte(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	w := h.get(h.path("/c/", tracking.Click, 1, 0))
	if w.Code != http.StatusFound || w.Header().Get("Location") != target {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	for header, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Set-Cookie": ""} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s is %q", header, got)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind = 'click' AND member_id = 1`); n != 1 {
		t.Errorf("%d clicks are recorded", n)
	}
	if to := h.get(h.path("/c/", tracking.Click, 1, 1)).Header().Get("Location"); len(to) != len("https://shop.example/?ws=")+32 {
		t.Errorf("the sub-id is missing: %s", to)
	}
}

func TestHeadIsAMachine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	for path, want := range map[string]int{h.path("/c/", tracking.Click, 1, 0): http.StatusFound,
		h.path("/u/", tracking.Unsubscribe, 1, 0): http.StatusOK} {
		if w := h.serve(httptest.NewRequest(http.MethodHead, path, nil)); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE machine AND reason = 'head'`); n != 1 {
		t.Errorf("%d clicks are a machine's", n)
	}
}

func TestForgedTokensAreNotFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	for _, path := range []string{
		"/c/forged", h.path("/c/", tracking.Open, 1, 0), h.path("/u/", tracking.Click, 1, 0), h.path("/p/", tracking.Unsubscribe, 1, 0),
		"/v/forged", "/i/forged", "/i/" + strings.Repeat("0", 64), "/", "/c/a/b",
	} {
		w := h.get(path)
		if w.Code != http.StatusNotFound || w.Header().Get("Location") != "" || !strings.Contains(w.Body.String(), "funktioniert nicht") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := h.post(h.path("/u/", tracking.Click, 1, 0), urlencoded, "List-Unsubscribe=One-Click"); w.Code != http.StatusNotFound {
		t.Errorf("a click's token unsubscribed: %d", w.Code)
	}
}

func TestPixelAlwaysAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	for _, path := range []string{h.path("/o/", tracking.Open, 1, 0) + ".gif", "/o/forged.gif"} {
		w := h.get(path)
		if w.Code != http.StatusOK || w.Body.Len() != 43 || w.Header().Get("Content-Type") != "image/gif" ||
			w.Header().Get("Cache-Control") != "no-store, max-age=0" {
			t.Errorf("%s: %d, %d bytes, %v", path, w.Code, w.Body.Len(), w.Header())
		}
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind = 'open'`); n != 1 {
		t.Errorf("%d opens are recorded", n)
	}
}

// TestOneClickFromAPage: web mail posts from its reader's browser, which asks
// first whether it may, and some programs end the body with a line end.
func TestOneClickFromAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	path := h.path("/u/", tracking.Unsubscribe, 1, 0)
	ask := httptest.NewRequest(http.MethodOptions, path, nil)
	ask.Header.Set("Origin", "https://webmail.example")
	ask.Header.Set("Access-Control-Request-Method", http.MethodPost)
	ask.Header.Set("Access-Control-Request-Headers", "content-type")
	may := h.serve(ask)
	if got := may.Header(); may.Code != http.StatusNoContent || got.Get("Access-Control-Allow-Origin") != "*" ||
		got.Get("Access-Control-Allow-Methods") != http.MethodPost || got.Get("Access-Control-Allow-Headers") != "Content-Type" {
		t.Errorf("whether it may: %d %v", may.Code, may.Header())
	}
	done := h.post(path, urlencoded, "List-Unsubscribe=One-Click\r\n")
	if done.Code != http.StatusOK || done.Header().Get("Access-Control-Allow-Origin") != "*" ||
		done.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("it answers %d %v", done.Code, done.Header())
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions WHERE reason = 'unsubscribe' AND member_id = 1`); n != 1 {
		t.Errorf("%d are unsubscribed", n)
	}
	other := h.get(h.path("/p/", tracking.Preferences, 1, 0))
	if other.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("another page answers other origins")
	}
}

func TestOneClickUnsubscribe(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
	for range 2 { // idempotent
		for member, body := range map[int64][2]string{1: {urlencoded, "List-Unsubscribe=One-Click"},
			2: {"multipart/form-data; boundary=x", multipart}} {
			w := h.post(h.path("/u/", tracking.Unsubscribe, member, 0), body[0], body[1])
			if w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("member %d: %d", member, w.Code)
			}
		}
	}
	path := h.path("/u/", tracking.Unsubscribe, 3, 0)
	if w := h.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Meld me af") {
		t.Errorf("the form is %d %s", w.Code, w.Body)
	}
	for _, body := range []string{"", "List-Unsubscribe=no", "other=One-Click", "List-Unsubscribe=One-Click%0D%0AX"} {
		if w := h.post(path, urlencoded, body); w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", body, w.Code)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions WHERE reason = 'unsubscribe' AND source = 'one-click' AND label_id = 1`); n != 2 {
		t.Errorf("%d are unsubscribed", n)
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions WHERE member_id = 3`); n != 0 {
		t.Error("a GET unsubscribed")
	}
}

func TestPagesSayThatMailIsCaught(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	const said = "bereikt niemand"
	path := h.path("/u/", tracking.Unsubscribe, 1, 0)
	if body := h.get(path).Body.String(); !strings.Contains(body, said) {
		t.Error("the label has no route, and its page doesn't say that mail is caught")
	}
	h.Owner.MustExec(`INSERT INTO smtp_routes (name, host, port) VALUES ('relay', 'relay.example', 25)`)
	h.Owner.MustExec(`UPDATE labels SET smtp_route_id = (SELECT id FROM smtp_routes)`)
	if body := h.get(path).Body.String(); strings.Contains(body, said) {
		t.Error("the label has a route, and its page says that mail is caught")
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	path := h.path("/p/", tracking.Preferences, 1, 0)
	if w := h.get(path); w.Code != http.StatusOK || strings.Count(w.Body.String(), " checked") != 4 ||
		!strings.Contains(w.Body.String(), "Reizen en uitjes") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := h.post(path, urlencoded, "topic=eten&topic=mode&topic=reizen&on=mode&per_week=2")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "bewaard") || strings.Count(w.Body.String(), " checked") != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM preferences WHERE per_week = 2 AND off_topics = '{eten,reizen}'`); n != 1 {
		t.Error("the preferences aren't kept")
	}
	if w := h.post(path, urlencoded, "topic=nonsense&per_week=99"); w.Code != http.StatusBadRequest {
		t.Errorf("nonsense was taken: %d", w.Code)
	}
	if w := h.post(path, urlencoded, "stop=everywhere"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Je bent afgemeld") {
		t.Errorf("stop: %d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM suppressions WHERE label_id = 0`); n != 1 {
		t.Error("the member isn't unsubscribed everywhere")
	}
	if w := h.get(path); !strings.Contains(w.Body.String(), "afgemeld van Voordeelacties") || strings.Contains(w.Body.String(), `name="stop"`) {
		t.Error("the page doesn't say that no mail comes")
	}
}

// To be tracked no more takes one button, and holds for mails that went before.
func TestMeasuringIsStoppedAsEasilyAsMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	h.Owner.MustExec(`INSERT INTO consents (member_id, label_id, kind, given, at) SELECT m, 1, kind, true, now() FROM generate_series(1, 2) m, (VALUES ('mail'), ('tracking')) k(kind)`)
	path := h.path("/p/", tracking.Preferences, 1, 0)
	if w := h.get(path); !strings.Contains(w.Body.String(), `value="measuring"`) {
		t.Errorf("the page offers no way to stop: %s", w.Body)
	}
	if w := h.post(path, urlencoded, "stop=measuring"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `name="stop" value="measuring"`) ||
		!strings.Contains(w.Body.String(), `value="everywhere"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM memberships WHERE member_id = 1 AND mail_consent AND NOT tracking_consent`); n != 1 {
		t.Error("the member is still measured, or gets no mail any more")
	}
	if n := h.one(t, `SELECT count(*) FROM consents WHERE kind = 'tracking' AND NOT given AND recorded_by = 'member' AND source = 'preferences' AND ip = '192.0.2.1'`); n != 1 {
		t.Error("it isn't on record that the member stopped it")
	}
	for member := range int64(2) {
		h.get(h.path("/o/", tracking.Open, member+1, 0) + ".gif")
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind = 'open' AND member_id = 1`); n != 0 {
		t.Error("an open was kept under the member's name")
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind = 'open' AND member_id = 2`); n != 1 {
		t.Error("another member's open wasn't kept")
	}
}

func TestMailAndImages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	if w := h.get(h.path("/v/", tracking.View, 1, 0)); w.Code != http.StatusOK || w.Body.String() != "<p>Hallo" ||
		strings.Contains(w.Header().Get("Content-Security-Policy"), "script") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	w := h.get("/i/" + imageHash + ".png")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" ||
		!strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	if w := h.post(h.path("/u/", tracking.Unsubscribe, 1, 0), urlencoded,
		"List-Unsubscribe=One-Click&x="+strings.Repeat("x", 1<<20)); w.Code != http.StatusBadRequest {
		t.Errorf("a megabyte was taken: %d", w.Code)
	}
}

func TestHomeSaysWhoseAddressItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	r := httptest.NewRequest(http.MethodGet, "https://label.example/", nil)
	if w := h.serve(r); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Voordeelacties") ||
		!strings.Contains(w.Body.String(), "Keizersgracht 1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestClickLeadsToAMembersAddress: with the values that travelled, byte for byte
// and in their places, and nowhere with others; none of it is logged.
func TestClickLeadsToAMembersAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO links (revision_id, number, url, parts, subid_parameter) VALUES
			(1, 2, 'https://shop.example/{{a}}?b={{c}}#e', '{https://shop.example/,?b=,#e}', 'ws')`)
		for _, parts := range []string{"{https://,/x}", "{https://a.nl,/}", `{https://a.nl\\,/}`, "{https://a.nl/}", "{javascript:,/}"} {
			tx.MustExec(`SAVEPOINT before`)
			_, err := tx.Exec(`INSERT INTO links (revision_id, number, url, parts) VALUES (1, 9, 'x', $1)`, parts)
			if err == nil || !strings.Contains(err.Error(), "links_host_known") {
				t.Errorf("the base takes %s: %v", parts, err)
			}
			tx.MustExec(`ROLLBACK TO before`)
		}
	})
	urls := tracking.Links{Ring: h.ring, Send: 1, Member: 1}
	path := string(urls.AppendLink(nil, 2, []byte("\x04é/&\x00")))
	to := h.get(path).Header().Get("Location")
	base, id, _ := strings.Cut(to, "&ws=")
	_, ok := h.ring.ParseSubID(strings.TrimSuffix(id, "#e"))
	if base != "https://shop.example/%C3%A9%2F%26?b=" || !ok || !strings.HasSuffix(id, "#e") {
		t.Errorf("it leads to %s", to)
	}
	for _, wrong := range []string{
		string(urls.AppendLink(nil, 2, nil)), string(urls.AppendLink(nil, 2, []byte("\x01x"))),
		string(urls.AppendLink(nil, 2, []byte("\x01x\x09y"))), string(urls.AppendLink(nil, 2, []byte("\x01x\x01y\x01z"))),
		string(urls.AppendLink(nil, 0, []byte("\x01x"))), path + "x",
		string(urls.AppendLink(nil, tracking.HoneypotLink, []byte("\x01x"))),
	} {
		if w := h.get(wrong); w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d to %s", wrong, w.Code, w.Header().Get("Location"))
		}
	}
	if n := h.one(t, `SELECT count(*) FROM events WHERE kind = 'click'`); n != 1 {
		t.Errorf("%d clicks are recorded", n)
	}
	if strings.Contains(h.logged.String(), path[4:40]) {
		t.Errorf("the log tells who came: %s", h.logged)
	}
}
