package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keur/internal/fault"
)

// problem is an answer of RFC 9457.
type problem struct {
	huma.ErrorModel
	headers http.Header
}

// GetHeaders returns the headers that belong to the problem's status.
func (p *problem) GetHeaders() http.Header { return p.headers }

// Refusal is an error that is about HTTP and that no fault's kind stands for.
type Refusal struct {
	Status   int
	Sentence string
}

// Error returns the sentence.
func (r Refusal) Error() string { return r.Sentence }

func UnknownCaller(sentence string) error { return Refusal{http.StatusUnauthorized, sentence} }

// retryAfter is when a caller who was told to wait may try again.
const retryAfter = 30 * time.Second

// Where what is wrong with a call was said.
const (
	InBody  = "body"
	InQuery = "query"
)

// problem turns an error into the answer, in this one place. What isn't the
// caller's doing is logged here, once, and answered without its details.
// in is where what a fault's details name was said.
func (k *Kit) problem(ctx context.Context, in string, err error) *problem {
	p := &problem{headers: http.Header{}}
	var (
		f *fault.Error
		r Refusal
	)
	switch {
	case errors.As(err, &r):
		p.Status, p.Detail = r.Status, r.Sentence
	case errors.As(err, &f) && f.Kind != fault.Internal:
		p.Status, p.Detail = f.Kind.Status(), f.Message.String()
		for _, detail := range f.Details {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Location: in + "." + detail.Path, Message: detail.Message.String()})
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Detail = http.StatusServiceUnavailable, "the call was given up before it was done"
	default:
		k.Log.ErrorContext(ctx, "api", "user", Caller(ctx).ID, "error", err)
		p.Status, p.Detail = http.StatusInternalServerError, "something went wrong on our side; it has been noted"
	}
	p.Title = http.StatusText(p.Status)
	switch p.Status {
	case http.StatusUnauthorized:
		p.headers.Set("WWW-Authenticate", `Bearer realm="keur"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		p.headers.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	return p
}

// refuse answers a call before it reached its operation.
func (k *Kit) refuse(ctx huma.Context, err error) {
	p := k.problem(ctx.Context(), InBody, err)
	for name := range p.headers {
		ctx.SetHeader(name, p.headers.Get(name))
	}
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the caller may be gone
}

// Discreet takes what was submitted out of huma's own problems: it may be a
// password or an address, and answers end up in logs.
func Discreet(_ huma.Context, _ string, v any) (any, error) {
	if e, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range e.Errors {
			if detail != nil {
				detail.Value = nil
			}
		}
	}
	return v, nil
}
