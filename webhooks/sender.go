package webhooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/redact"
	"keur/internal/words"
	"keur/labels"
)

// Patience is how long an endpoint may take to answer.
const Patience = 15 * time.Second

// lease is how long a message is one process's: longer than it may take to post it.
const lease = time.Minute

// mostRead is how many bytes of an answer are read, and mostKept how many
// characters of them the log keeps.
const (
	mostRead = 16 << 10
	mostKept = 500
)

// An endpoint is switched off that answers nothing good for so long, and so often.
const (
	failingFor   = 5 * 24 * time.Hour
	failingTimes = 5
)

// Parts are what a sender works with.
type Parts struct {
	Store   *Store
	Labels  *labels.Store
	Notices *notices.Store
	Log     *slog.Logger
	Web     http.RoundTripper // which refuses what may not be reached
	DeskURL string            // scheme and host, no slash at its end
}

// Sender makes messages of what happened, and posts them. Any number of processes
// may: each message is taken by one at a time, and by another when that one died.
type Sender struct {
	Parts
	store  *Store
	client *http.Client
}

// NewSender returns a sender.
func NewSender(p Parts) *Sender {
	return &Sender{Parts: p, store: p.Store, client: &http.Client{
		Transport: p.Web, Timeout: Patience,
		// A redirect could lead anywhere, and is nothing that an endpoint needs.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send posts a message that was claimed, and puts down what came of it.
func (s *Sender) send(ctx context.Context, to endpoint, m claimed) (result, error) {
	r := s.post(ctx, to, m)
	if ctx.Err() != nil && r.Status == nil {
		return r, ctx.Err() // it was broken off, and says nothing of the endpoint
	}
	if !r.taken() {
		s.Log.Warn("a webhook was not taken", "endpoint", to.ID, "message", m.ID, "attempt", m.Attempts, "because", r.Problem.String())
	}
	return r, s.record(ctx, to, m, r)
}

// result is what came of posting a message.
type result struct {
	Attempt
	wait time.Duration // that the receiver asks for
}

func (r result) taken() bool { return r.Problem.IsZero() }

// post posts a message.
func (s *Sender) post(ctx context.Context, to endpoint, m claimed) (r result) {
	began, clocked := time.Now(), s.store.clock.Now()
	r.At = clocked
	defer func() { r.TookMS = int(time.Since(began).Milliseconds()) }()
	request, err := s.request(ctx, to, m, clocked)
	if err != nil {
		r.Problem = words.OfError(err)
		return r
	}
	response, err := s.client.Do(request)
	if err != nil {
		r.Problem = why(err)
		return r
	}
	defer func() { _ = response.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(response.Body, mostRead)) // what comes of it is the status
	r.Status = &response.StatusCode
	r.Answer = form.Fit(redact.WithMark(withoutAddress(strings.ToValidUTF8(string(said), ""), request.URL), "…"), mostKept)
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
	case code >= 300 && code < 400:
		r.Problem = words.Of("endpoints.redirects", "code", code)
	default:
		r.Problem = words.Of("endpoints.status", "code", code, "text", http.StatusText(code))
		r.wait = retryAfter(response.Header, clocked)
	}
	return r
}

// request is what is posted: its bytes, who it is from and when it is, signed.
func (s *Sender) request(ctx context.Context, to endpoint, m claimed, at time.Time) (*http.Request, error) {
	address, err := s.store.address(to)
	if err != nil {
		return nil, err
	}
	if _, why := hostOf(address, s.store.inside); why != "" {
		return nil, fault.New(fault.Conflict, why, "most", maxURL) // it was allowed once
	}
	secrets, err := s.store.secrets(to)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(m.Payload))
	if err != nil {
		return nil, fault.New(fault.Conflict, "endpoints.url", "most", maxURL) // the error would tell the address
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Keur webhooks")
	if to.Kind == Standard {
		request.Header.Set("Webhook-Id", m.Ref)
		request.Header.Set("Webhook-Timestamp", stamp(at))
		request.Header.Set("Webhook-Signature", sign(secrets, m.Ref, at, []byte(m.Payload)))
	}
	return request, nil
}

// why says why nobody answered, without the address that was asked.
func why(err error) words.Message {
	said := words.OfError(links.Why(err, Patience))
	if said.Key == "links.inside" {
		return words.Of("endpoints.inside")
	}
	return said
}

// Try posts a message to an endpoint now that says no more than that it is tried,
// and returns what came of it. It is logged as any other, but isn't tried again.
func (s *Sender) Try(ctx context.Context, id EndpointID) (Attempt, error) {
	e, err := s.store.Get(ctx, id)
	if err != nil {
		return Attempt{}, err
	}
	var label labels.Label
	if e.LabelID != nil {
		if label, err = s.Labels.Get(ctx, *e.LabelID); err != nil {
			return Attempt{}, err
		}
	}
	payload, err := s.payload(e, label, Tested, s.store.clock.Now(), fact{map[string]any{"endpoint_id": int(id)}, 1})
	if err != nil {
		return Attempt{}, err
	}
	to, m, err := s.store.putClaimed(ctx, id, payload)
	if err != nil {
		return Attempt{}, err
	}
	r, err := s.send(ctx, to, m)
	if errors.Is(err, context.Canceled) {
		err = fault.New(fault.Unavailable, "links.no_answer", "seconds", int(Patience.Seconds()))
	}
	return r.Attempt, err
}
