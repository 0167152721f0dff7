package public_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/mailings"
)

// browser is a client's, with the cookies that it was given.
type browser struct {
	*clientServer
	cookies []*http.Cookie
}

func (b *browser) ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range b.cookies {
		if strings.HasPrefix(path, c.Path) {
			r.AddCookie(c)
		}
	}
	answer := httptest.NewRecorder()
	b.server.ServeHTTP(answer, r)
	b.cookies = append(b.cookies, answer.Result().Cookies()...)
	return answer
}

var codeLine = regexp.MustCompile(`(?m)^[0-9]{6}$`)

// TestTheClientGivesTheCode: before that nothing of the mailing is shown and
// nothing decided, and in another browser still not.
func TestTheClientGivesTheCode(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 2)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, client_code) VALUES ($1, true)`, w.Label.ID)
	})
	b := &browser{clientServer: newClientServerIn(t, w, func(*mailings.Brief) {})}
	approve := url.Values{"digest": {b.round.Digest.String()}, "verdict": {"approve"}}
	closed := func(b *browser, when string) {
		t.Helper()
		for path, status := range map[string]int{b.path: http.StatusOK, b.path + "/faces/1/mail": http.StatusForbidden} {
			if page := b.ask("GET", path, nil); page.Code != status || strings.Contains(page.Body.String(), "De winterzon in") ||
				strings.Contains(page.Body.String(), b.round.Digest.String()) || strings.Contains(page.Body.String(), b.Contact.Email) {
				t.Errorf("%s, %s answers %d: %s", when, path, page.Code, page.Body)
			}
		}
		for path, form := range map[string]url.Values{
			b.path: approve, b.path + "/faces/1/seen": nil, b.path + "/opened": nil,
		} {
			if done := b.ask("POST", path, form); done.Code != http.StatusForbidden {
				t.Errorf("%s, POST %s answers %d", when, path, done.Code)
			}
		}
		if v := b.verdict(t); v != approval.Pending {
			t.Fatalf("%s the review is %s", when, v)
		}
	}
	closed(b, "before the code")
	mailed := b.ask("POST", b.path+"/code/mail", nil)
	if mailed.Code != http.StatusSeeOther {
		t.Fatalf("mailing answers %d: %s", mailed.Code, mailed.Body)
	}
	due, err := b.Notices.Claim(pgtest.Acting(context.Background(), "system:notices"), 10)
	if err != nil || len(due) != 1 || due[0].Recipient != b.Contact.Email {
		t.Fatal(due, err)
	}
	code := codeLine.FindString(due[0].Body)
	if form := b.ask("GET", mailed.Header().Get("Location"), nil); !strings.Contains(form.Body.String(), `name="code"`) {
		t.Errorf("the code isn't asked for: %s", form.Body)
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	if no := b.ask("POST", b.path+"/code", url.Values{"code": {wrong}}); no.Code != http.StatusUnprocessableEntity ||
		!strings.Contains(no.Body.String(), "niet de code") {
		t.Errorf("a wrong code answers %d: %s", no.Code, no.Body)
	}
	closed(b, "after a wrong code")
	if yes := b.ask("POST", b.path+"/code", url.Values{"code": {code}}); yes.Code != http.StatusSeeOther || len(b.cookies) != 1 ||
		!b.cookies[0].HttpOnly || b.cookies[0].Path != b.path || b.cookies[0].Secure != strings.HasPrefix(w.Label.PublicURL, "https:") {
		t.Fatalf("the code answers %d, %+v: %s", yes.Code, b.cookies, yes.Body)
	}
	another := &browser{clientServer: b.clientServer}
	closed(another, "in another browser")
	again := another.ask("POST", b.path+"/code", url.Values{"code": {code}})
	if again.Code != http.StatusConflict || len(another.cookies) > 0 {
		t.Errorf("the code in another browser answers %d", again.Code)
	}
	if page := b.ask("GET", b.path, nil); !strings.Contains(page.Body.String(), "De winterzon in") {
		t.Errorf("after the code the page answers %d", page.Code)
	}
	for range b.round.Faces {
		if seen := b.ask("POST", b.path+"/faces/1/seen", nil); seen.Code != http.StatusSeeOther {
			t.Fatalf("seeing answers %d", seen.Code)
		}
	}
	if done := b.ask("POST", b.path, approve); done.Code != http.StatusOK || b.verdict(t) != approval.Approved {
		t.Errorf("approving answers %d: %s", done.Code, done.Body)
	}
}
