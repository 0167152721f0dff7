// Package trace makes spans of OpenTelemetry of what calls, pages, duties and sends
// do: with names of routes and states, numbers and codes, and nothing that anybody
// wrote. Where nobody is told of them no context has a tracer in it: each Span is
// nil then, and what is called on it does nothing and allocates nothing.
package trace

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	otrace "go.opentelemetry.io/otel/trace"

	"keur/internal/fault"
)

// Tracer makes spans; nil makes none.
type Tracer struct {
	usual, mails otrace.Tracer // mails: of a send, one of so many
}

// New returns a tracer over what takes spans.
func New(usual, mails otrace.Tracer) *Tracer { return &Tracer{usual, mails} }

// In returns a context in which spans are begun.
func (t *Tracer) In(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, &Span{tracer: t})
}

// Span is a piece of work that is told. A nil one is none.
type Span struct {
	tracer *Tracer
	by     otrace.Tracer // that made it, and makes its pieces
	span   otrace.Span   // nil: nothing is under way yet, but may be begun
	ctx    context.Context
}

type spanKey struct{}

// of is what a context has of spans; nil: nothing is traced.
func of(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// On reports whether spans are begun in ctx.
func On(ctx context.Context) bool { return of(ctx) != nil }

// Aside returns a context in which no span is begun, and whose request isn't told:
// for what goes on for as long as a page is open.
func Aside(ctx context.Context) context.Context {
	if of(ctx) == nil {
		return ctx
	}
	if r, _ := ctx.Value(requestKey{}).(*request); r != nil {
		r.silent = true
	}
	return context.WithValue(ctx, spanKey{}, (*Span)(nil))
}

// Begin begins a piece of what is under way in ctx, or something of its own. End it.
func Begin(ctx context.Context, name string) (context.Context, *Span) {
	s := of(ctx)
	if s == nil {
		return ctx, nil
	}
	return s.begin(ctx, s.tracer.usual, name)
}

// Within begins a piece of what is under way in ctx; where nothing is, it does nothing.
func Within(ctx context.Context, name string) (context.Context, *Span) {
	if s := of(ctx); s == nil || s.span == nil || !s.span.IsRecording() {
		return ctx, nil
	}
	return Begin(ctx, name)
}

// After begins something of its own, at the moment that it began, which others
// caused that are told of elsewhere: by their traceparents.
func After(ctx context.Context, name string, began time.Time, causes []string) (context.Context, *Span) {
	s := of(ctx)
	if s == nil {
		return ctx, nil
	}
	return s.begin(ctx, s.tracer.usual, name, otrace.WithNewRoot(), otrace.WithTimestamp(began), otrace.WithLinks(linksTo(causes)...))
}

func (s *Span) begin(ctx context.Context, by otrace.Tracer, name string, options ...otrace.SpanStartOption) (context.Context, *Span) {
	ctx, span := by.Start(ctx, name, options...)
	made := &Span{tracer: s.tracer, by: by, span: span}
	made.ctx = context.WithValue(ctx, spanKey{}, made)
	return made.ctx, made
}

// Mail begins one mail of a batch, in a trace of its own: one of so many, else nil.
func (s *Span) Mail(causes []string) *Span {
	if s == nil {
		return nil
	}
	links := linksTo(causes)
	if batch := s.span.SpanContext(); batch.IsSampled() {
		links = append(links, otrace.Link{SpanContext: batch})
	}
	_, mail := s.begin(s.ctx, s.tracer.mails, "mail", otrace.WithNewRoot(), otrace.WithLinks(links...))
	if !mail.span.IsRecording() {
		return nil
	}
	return mail
}

// Piece begins a piece of the span.
func (s *Span) Piece(name string) *Span { return s.PieceAt(name, time.Now()) }

// PieceAt is Piece of what began earlier.
func (s *Span) PieceAt(name string, began time.Time) *Span {
	if s == nil {
		return nil
	}
	_, piece := s.begin(s.ctx, s.by, name, otrace.WithTimestamp(began))
	return piece
}

// Number notes a number, such as the id of a send.
func (s *Span) Number(key string, n int64) {
	if s != nil {
		s.span.SetAttributes(attribute.Int64(key, n))
	}
}

// Word notes a word of the program's own: a state, a code, a name in the source.
// What people wrote is none.
func (s *Span) Word(key, word string) {
	if s != nil && word != "" {
		s.span.SetAttributes(attribute.String(key, word))
	}
}

// Failed notes of which kind an error is, if it is one. What it says stays here: it
// may name somebody.
func (s *Span) Failed(err error) {
	if s == nil || err == nil {
		return
	}
	kind := fault.Of(err).String()
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		kind = "cancelled"
	}
	s.span.SetAttributes(attribute.String("error.type", kind))
	s.span.SetStatus(codes.Error, "")
}

// End ends the span.
func (s *Span) End() {
	if s != nil {
		s.span.End()
	}
}

// Cause returns the traceparent of what is under way in ctx, so that others can name
// it as their cause; "" if it isn't told.
func Cause(ctx context.Context) string {
	s := of(ctx)
	if s == nil || s.span == nil || !s.span.SpanContext().IsSampled() {
		return ""
	}
	kept := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, kept)
	return kept[parentHeader]
}

// parentHeader is what a traceparent travels under (W3C Trace Context).
const parentHeader = "traceparent"

// contextOf reads a traceparent; what is none comes back as no valid one.
func contextOf(traceparent string) otrace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{parentHeader: traceparent})
	return otrace.SpanContextFromContext(ctx)
}

func linksTo(causes []string) (links []otrace.Link) {
	for _, cause := range causes {
		if c := contextOf(cause); c.IsValid() {
			links = append(links, otrace.Link{SpanContext: c})
		}
	}
	return links
}
