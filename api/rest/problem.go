package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keur/internal/fault"
)

// Problem is an answer of RFC 9457. Code and the codes of its errors are the
// keys of the messages: programs compare those, people read the sentences.
type Problem struct {
	Title   string         `json:"title" doc:"The status in words"`
	Status  int            `json:"status" doc:"The status of the answer"`
	Detail  string         `json:"detail" doc:"What is wrong, and what to do"`
	Code    string         `json:"code" doc:"What is wrong, for programs: it stays when the sentence is reworded"`
	Errors  []ProblemError `json:"errors,omitempty" doc:"Each value that is wrong"`
	headers http.Header
}

// ProblemError is one value that is wrong.
type ProblemError struct {
	Location string `json:"location" doc:"Where the value stands: body, query, path or header, and the way to it"`
	Message  string `json:"message" doc:"What is wrong with it"`
	Code     string `json:"code" doc:"What is wrong with it, for programs"`
}

// codeOfSchema is the code of a value that the operation's schema refuses.
const codeOfSchema = "input.schema"

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that belong to the problem's status.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns what RFC 9457 calls a problem in the caller's format.
func (p *Problem) ContentType(format string) string {
	if format == "application/json" {
		return "application/problem+json"
	}
	return format
}

// huma answers by itself what doesn't fit an operation's schema, and describes
// problems by what this returns; the value itself is left out, as it may be a
// password or an address, and answers end up in logs.
func init() {
	huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
		p := &Problem{Status: status, Title: http.StatusText(status), Detail: message, Code: codeOf(status)}
		for _, cause := range causes {
			var detail huma.ErrorDetailer
			switch {
			case errors.As(cause, &detail):
				d := detail.ErrorDetail()
				p.Errors = append(p.Errors, ProblemError{d.Location, plain(d.Message), codeOfSchema})
			case cause != nil:
				p.Errors = append(p.Errors, ProblemError{InBody, plain(cause.Error()), codeOfSchema})
			}
		}
		return p
	}
}

// codeOf returns the code of what only its status tells: not_found.
func codeOf(status int) string {
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}

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
func (k *Kit) problem(ctx context.Context, in string, err error) *Problem {
	p := &Problem{headers: http.Header{}}
	var (
		f *fault.Error
		r Refusal
	)
	switch {
	case errors.As(err, &r):
		p.Status, p.Detail = r.Status, r.Sentence
	case errors.As(err, &f) && f.Kind != fault.Internal:
		p.Status, p.Detail, p.Code = f.Kind.Status(), f.Message.String(), f.Message.Key
		for _, detail := range f.Details {
			p.Errors = append(p.Errors, ProblemError{placeOf(in, detail.Path), detail.Message.String(), detail.Message.Key})
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Detail = http.StatusServiceUnavailable, "the call was given up before it was done"
	default:
		k.Log.ErrorContext(ctx, "api", "user", Caller(ctx).ID, "error", err)
		p.Status, p.Detail = http.StatusInternalServerError, "something went wrong on our side; it has been noted"
	}
	p.Title, p.Code = http.StatusText(p.Status), cmp.Or(p.Code, codeOf(p.Status))
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
