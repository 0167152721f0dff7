package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// client calls the API in the name of one person.
type client struct{ base, token string }

// problem is an answer of RFC 9457, as an error.
type problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// Error returns the sentence that a person would read.
func (p *problem) Error() string {
	text := fmt.Sprintf("%d %s", p.Status, p.Detail)
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

// httpClient has time for a request that compiles a template.
var httpClient = &http.Client{
	Timeout:       time.Minute,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c client) get(ctx context.Context, path string, into any) error {
	_, err := c.call(ctx, http.MethodGet, path, nil, "", into)
	return err
}

// create posts a new thing and reads what became of it into the same or
// another value.
func (c client) create(ctx context.Context, path string, body, into any) error {
	_, err := c.call(ctx, http.MethodPost, path, body, "", into)
	return err
}

// put sets a thing, whatever it was before.
func (c client) put(ctx context.Context, path string, body, into any) error {
	_, err := c.call(ctx, http.MethodPut, path, body, "*", into)
	return err
}

// call does a request. A body of bytes goes as it is, any other one as JSON.
func (c client) call(ctx context.Context, method, path string, body any, match string, into any) (http.Header, error) {
	payload, kind := io.Reader(http.NoBody), "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		payload, kind = bytes.NewReader(b), "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", kind)
	if match != "" {
		request.Header.Set("If-Match", match)
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 400 {
		p := &problem{Status: response.StatusCode}
		_ = json.Unmarshal(answer, p) // without a sentence the status has to do
		return nil, fmt.Errorf("%s %s: %w", method, path, p)
	}
	if into == nil || len(answer) == 0 {
		return response.Header, nil
	}
	return response.Header, json.Unmarshal(answer, into)
}

// page is a list as the API answers it.
type page[T any] struct {
	Items []T `json:"items"`
}
