package inbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keur/internal/clock"
)

const newsletter = "From: =?utf-8?q?Caf=C3=A9?= <a@label.nl>\r\nTo: piet@example.com\r\n" +
	"Subject: =?utf-8?q?<b>Korting</b>_bij_=C3=89=C3=A9n?=\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nVoor =E9=E9n euro\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<!doctype html><html><HEAD " +
	"lang=nl><title>x</title></head><body><script>alert(1)</script><a href=\"https://label.nl/c/1\">Kijk</a></body></html>\r\n" +
	"--x--\r\n"

// see fetches a page and returns its body.
func see(t *testing.T, i *Inbox, path string, status int) (string, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	i.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8025"+path, nil))
	if w.Code != status {
		t.Fatalf("%s: status %d", path, w.Code)
	}
	return w.Body.String(), w.Header()
}

func caught(mails ...string) *Inbox {
	i := New(Limits{}, clock.System{})
	for _, m := range mails {
		i.add("b+1.x@bounce.example", []string{"piet@example.com"}, []byte(m))
	}
	return i
}

func TestListPage(t *testing.T) {
	t.Parallel()
	empty, _ := see(t, caught(), "/", http.StatusOK)
	if !strings.Contains(empty, "No mail yet") {
		t.Error("an empty inbox doesn't say so")
	}
	i := caught(newsletter)
	page, header := see(t, i, "/", http.StatusOK)
	for _, want := range []string{"&lt;b&gt;Korting&lt;/b&gt; bij Één", "piet@example.com", `href="mail/1"`, "1 received", "refresh"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("no policy")
	}
	page, _ = see(t, i, "/?to=%3Cscript%3E", http.StatusOK)
	if strings.Contains(page, "<script>") || !strings.Contains(page, "No mail kept") || strings.Contains(page, "refresh") {
		t.Errorf("search: %s", page)
	}
}

func TestListPageGoesOn(t *testing.T) {
	t.Parallel()
	mails := make([]string, pageSize+10)
	for n := range mails {
		mails[n] = fmt.Sprintf("Subject: mail %d\r\n\r\n", n+1)
	}
	i := caught(mails...)
	first, _ := see(t, i, "/?to=piet", http.StatusOK)
	if strings.Count(first, `<li>`) != pageSize || !strings.Contains(first, `href="?to=piet&amp;before=11"`) {
		t.Errorf("first page: %s", first)
	}
	second, _ := see(t, i, "/?to=piet&before=11", http.StatusOK)
	if strings.Count(second, `<li>`) != 10 || strings.Contains(second, "Older") {
		t.Errorf("second page: %s", second)
	}
}

func TestMailPage(t *testing.T) {
	t.Parallel()
	i := caught(newsletter, "Subject: kaal\r\n\r\nalleen tekst")
	for path, want := range map[string]string{
		"/mail/1":             `<iframe title="The mail" src="1/html" sandbox="allow-popups`,
		"/mail/1?view=text":   "Voor één euro",
		"/mail/1?view=header": "Café &lt;a@label.nl&gt;",
		"/mail/1?view=other":  "<iframe",
		"/mail/2":             "<pre>alleen tekst</pre>",
		"/mail/2?view=html":   "<pre>alleen tekst</pre>",
	} {
		if page, _ := see(t, i, path, http.StatusOK); !strings.Contains(page, want) {
			t.Errorf("%s: no %s in %s", path, want, page)
		}
	}
	for _, path := range []string{"/mail/0", "/mail/3", "/mail/x", "/mail/3/html", "/mail/3/raw"} {
		see(t, i, path, http.StatusNotFound)
	}
}

func TestMailIsServedHarmless(t *testing.T) {
	t.Parallel()
	i := caught(newsletter)
	page, header := see(t, i, "/mail/1/html", http.StatusOK)
	if !strings.Contains(page, `<HEAD lang=nl><base target="_blank"><title>`) {
		t.Errorf("html: %s", page)
	}
	if policy := header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox ") ||
		strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy %s", policy)
	}
	raw, header := see(t, i, "/mail/1/raw", http.StatusOK)
	if raw != newsletter || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") ||
		header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("raw: %v", header)
	}
}

func TestDamagedMailIsShown(t *testing.T) {
	t.Parallel()
	for _, mail := range []string{
		"", "\r\n", "no header at all", "Subject: x", ": y\r\n\r\nz",
		"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>half",
		"Content-Type: text/html; charset=klingon\r\nContent-Transfer-Encoding: morse\r\n\r\n\xff\xfe",
		"Subject: =?x?y?z?=\r\n\r\n",
	} {
		i := caught(mail)
		for _, path := range []string{"/", "/mail/1", "/mail/1?view=header", "/mail/1?view=text", "/mail/1/html", "/mail/1/raw"} {
			see(t, i, path, http.StatusOK)
		}
	}
}

// TestOnlyItsOwnNamesAreAnswered: a name of the internet that leads to this
// machine shows no mail.
func TestOnlyItsOwnNamesAreAnswered(t *testing.T) {
	t.Parallel()
	handler := caught(newsletter).Handler("Inbox.Intern", "")
	for host, want := range map[string]int{
		"127.0.0.1:8025": 200, "[::1]:8025": 200, "[::1]": 200, "10.0.0.7": 200, "localhost:8025": 200, "LOCALHOST.": 200,
		"inbox.intern": 200, "inbox.intern:8025": 200,
		"": 421, "evil.nl": 421, "evil.nl:8025": 421, "localhost.evil.nl": 421, "127.0.0.1.evil.nl": 421, "inbox.intern.evil.nl": 421,
	} {
		for _, path := range []string{"/", "/mail/1", "/mail/1/raw", "/inbox.css"} {
			r, w := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
			r.Host = host
			if handler.ServeHTTP(w, r); w.Code != want {
				t.Errorf("%q, %s: status %d, not %d", host, path, w.Code, want)
			}
		}
	}
}
