package trace

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otrace "go.opentelemetry.io/otel/trace"
)

// request is a request that is told when it is answered: by the pattern of its
// route, never by its address, which may hold a token.
type request struct {
	tracer *Tracer
	span   *Span
	server string
	method string
	began  time.Time
	route  string
	status int
	silent bool
}

type requestKey struct{}

// API is the server whose callers are known: there Admit begins the span.
const API = "api"

// Handler tells, where spans are begun in ctx, what the API, the desk ("web") or the
// public server is asked, and not what else a process answers. But for the API's, a
// span begins at once, and what a request says of traces counts for nothing.
func Handler(ctx context.Context, server string, next http.Handler) http.Handler {
	root := of(ctx)
	if root == nil || server != API && server != "web" && server != "public" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		r := &request{tracer: root.tracer, server: server, method: methodOf(asked.Method), began: time.Now()}
		ctx := context.WithValue(root.tracer.In(asked.Context()), requestKey{}, r)
		if server != API {
			ctx = r.begin(ctx, "")
		}
		defer r.end(ctx)
		next.ServeHTTP(w, asked.WithContext(ctx))
	})
}

// methodOf is a method of HTTP, or what stands for one that a caller made up.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}

// Admit begins the span of a request whose caller is known, as part of the trace that
// the caller is in, if they say so rightly. It returns the trace's id, which is the
// request's as well; "" where nothing is traced.
func Admit(ctx context.Context, traceparent string) (context.Context, string) {
	r, _ := ctx.Value(requestKey{}).(*request)
	if r == nil || r.span != nil {
		return ctx, ""
	}
	ctx = r.begin(ctx, traceparent)
	return ctx, r.span.span.SpanContext().TraceID().String()
}

func (r *request) begin(ctx context.Context, traceparent string) context.Context {
	if parent := contextOf(traceparent); parent.IsValid() {
		ctx = otrace.ContextWithRemoteSpanContext(ctx, parent)
	}
	ctx, r.span = (&Span{tracer: r.tracer}).begin(ctx, r.tracer.usual, r.method,
		otrace.WithTimestamp(r.began), otrace.WithSpanKind(otrace.SpanKindServer))
	return ctx
}

// Answered notes how a request was answered; "" is no route.
func Answered(ctx context.Context, route string, status int) {
	if r, _ := ctx.Value(requestKey{}).(*request); r != nil {
		r.route, r.status = route, status
	}
}

// end tells the request, but for what nobody wants to look for: files of pages, and
// what monitoring asks.
func (r *request) end(ctx context.Context) {
	switch {
	case r.silent, strings.HasPrefix(r.route, "/assets/"), r.route == "/healthz", r.route == "/readyz", r.route == "/metrics":
		return
	}
	if r.span == nil {
		r.begin(ctx, "")
	}
	name := r.method
	if r.route != "" {
		name += " " + r.route
		r.span.Word("http.route", r.route)
	}
	r.span.span.SetName(name)
	r.span.span.SetAttributes(attribute.String("keur.server", r.server), attribute.String("http.request.method", r.method),
		attribute.Int("http.response.status_code", r.status))
	if r.status >= http.StatusInternalServerError {
		r.span.span.SetStatus(codes.Error, "")
	}
	r.span.End()
}
