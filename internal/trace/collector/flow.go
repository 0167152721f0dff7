package collector

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"keur/internal/redact"
)

// flow is the way of spans to the collector. Whoever ends one never waits: it is
// queued, or dropped and counted. The library's own queue counts for itself alone;
// so what is under way is counted here, and never more than that queue has room for.
type flow struct {
	sdk.SpanProcessor
	most                   int64
	waiting, sent, dropped atomic.Int64
}

func newFlow(to sdk.SpanExporter, log *slog.Logger) *flow {
	f := &flow{}
	f.SpanProcessor = sdk.NewBatchSpanProcessor(&counted{SpanExporter: to, flow: f, log: log}, func(o *sdk.BatchSpanProcessorOptions) {
		f.most = int64(o.MaxQueueSize) // as OTEL_BSP_MAX_QUEUE_SIZE has it
	})
	return f
}

// OnEnd queues a span if there is room.
func (f *flow) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if f.waiting.Add(1) > f.most {
		f.waiting.Add(-1)
		f.dropped.Add(1)
		return
	}
	f.SpanProcessor.OnEnd(s)
}

// quiet is how long a collector that is away isn't told of again.
const quiet = time.Minute

// counted counts what the collector took.
type counted struct {
	sdk.SpanExporter
	flow   *flow
	log    *slog.Logger
	warned time.Time // the queue has one goroutine that calls it
}

// ExportSpans hands spans over. That it failed is counted and logged here; nobody
// else could help it.
func (c *counted) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	n := int64(len(spans))
	c.flow.waiting.Add(-n)
	if err == nil {
		c.flow.sent.Add(n)
		return nil
	}
	c.flow.dropped.Add(n)
	if now := time.Now(); now.Sub(c.warned) > quiet {
		c.warned = now
		c.log.Warn("the collector of traces doesn't take spans, they are dropped", "error", said(err))
	}
	return nil
}

// mostSaid is how much of an error is logged: it may quote all that the collector answered.
const mostSaid = 500

// said is what an error says, without credentials, as far as it is logged.
func said(err error) string {
	text := redact.Credentials(err.Error())
	if len(text) > mostSaid {
		text = strings.ToValidUTF8(text[:mostSaid], "") + "…"
	}
	return text
}
