package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"keur/accounts"
)

// Servers are where a Keur is reached: the URLs of its API and of its public server,
// and the address of its SMTP listener for what comes back.
type Servers struct{ API, Public, Mailin string }

// Person is someone who works at the publisher, with an API token of theirs.
type Person struct {
	accounts.User
	Token string
}

// Problem is an answer of RFC 9457, as an error.
type Problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// Error returns the sentence that a person would read.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s", p.Status, p.Detail)
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

// httpClient has time for a request that compiles a template.
var httpClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// Get reads a thing from the API.
func (d Servers) Get(ctx context.Context, by *Person, path string, into any) error {
	return d.call(ctx, by, http.MethodGet, path, nil, into)
}

// Create posts to the API: a new thing, or an act. A body of bytes goes as it
// is, any other one as JSON. What became of it is read into the same or another value.
func (d Servers) Create(ctx context.Context, by *Person, path string, body, into any) error {
	return d.call(ctx, by, http.MethodPost, path, body, into)
}

// Put sets a thing, whatever it was before.
func (d Servers) Put(ctx context.Context, by *Person, path string, body, into any) error {
	return d.call(ctx, by, http.MethodPut, path, body, into)
}

func (d Servers) call(ctx context.Context, by *Person, method, path string, body, into any) error {
	payload, raw := body.([]byte)
	kind := "application/octet-stream"
	if !raw && body != nil {
		kind = "application/json"
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	status, answer, err := do(ctx, method, d.API+path, payload, map[string]string{
		"Authorization": "Bearer " + by.Token, "Content-Type": kind, "If-Match": "*",
	})
	if err != nil {
		return err
	}
	if status >= 400 {
		p := &Problem{Status: status}
		_ = json.Unmarshal(answer, p) // without a sentence the status has to do
		return fmt.Errorf("%s %s: %w", method, path, p)
	}
	if into == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// Visit asks for a page of the public server, as the program does that agent
// names, and follows where it leads; with a form it sends that. Returns the
// status and the page.
func (d Servers) Visit(ctx context.Context, path, agent string, form url.Values) (int, string, error) {
	method, header := http.MethodGet, map[string]string{"User-Agent": agent}
	if form != nil {
		method, header["Content-Type"] = http.MethodPost, "application/x-www-form-urlencoded"
	}
	status, page, err := do(ctx, method, d.Public+path, []byte(form.Encode()), header)
	return status, string(page), err
}

// do makes a request, and returns status and body of the answer.
func do(ctx context.Context, method, address string, body []byte, header map[string]string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

var markup = regexp.MustCompile(`(?s)<style.*?</style>|<title.*?</title>|<[^>]*>|\s+`)

// Words is what a person reads on a page.
func Words(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(page, " "))), " ")
}
