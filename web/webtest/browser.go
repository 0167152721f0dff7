package webtest

import (
	"bytes"
	"cmp"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/pgtest"
)

// Browser is a browser without script, signed in as somebody.
type Browser struct {
	*testing.T
	http.Client
	URL string
}

// As signs in as the user of that name, who has proven to be there, so that
// nobody asks before they decide; "" is a stranger.
func (d *Desk) As(name string) *Browser {
	d.T.Helper()
	s := Unproven(d, name)
	if name != "" {
		Prove(d, name)
	}
	return s
}

// Prove puts down that the user has just proven to be there, in all sessions.
func Prove(d *Desk, name string) {
	d.T.Helper()
	pgtest.Prove(d.T, d.DB, int64(d.Users[name].ID), string(accounts.ProofCode), 0)
}

// Unproven is As for who has only signed in, and is asked for a proof.
func Unproven(d *Desk, name string) *Browser {
	d.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.T.Fatal(err)
	}
	s := &Browser{
		T:      d.T,
		Client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		URL:    d.URL,
	}
	if name != "" {
		if r := s.Post("/signin", url.Values{"email": {d.Users[name].Email}, "password": {Password}}); r.Status != http.StatusSeeOther {
			d.T.Fatalf("%s can't sign in: %d %s", name, r.Status, r.Body)
		}
	}
	return s
}

// Response is what came back.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

func (s *Browser) Get(path string) Response {
	s.Helper()
	return s.Send(http.MethodGet, path, nil)
}

func (s *Browser) Post(path string, form url.Values) Response {
	s.Helper()
	return s.Send(http.MethodPost, path, form)
}

func (s *Browser) Send(method, path string, form url.Values) Response {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := s.Client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.Header.Get("Content-Type") == "text/event-stream" { // which doesn't end
		return Response{answer.StatusCode, answer.Header, ""}
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return Response{answer.StatusCode, answer.Header, string(body)}
}

// Multipart posts a form as a page with files does.
func (s *Browser) Multipart(path string, form url.Values) Response {
	s.Helper()
	return s.Files(path, form, nil)
}

// Files is Multipart with files, by the names of their fields; file/zon.png is one
// that is called zon.png.
func (s *Browser) Files(path string, form url.Values, files map[string]string) Response {
	s.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				s.Fatal(err)
			}
		}
	}
	for name, content := range files {
		field, called, _ := strings.Cut(name, "/")
		file, err := w.CreateFormFile(field, cmp.Or(called, "picture"))
		if err == nil {
			_, err = io.WriteString(file, content)
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	answer, err := s.Client.Post(s.URL+path, w.FormDataContentType(), &body)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return Response{answer.StatusCode, answer.Header, string(got)}
}
