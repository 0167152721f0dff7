// Package collector sends the spans of internal/trace to a collector of
// OpenTelemetry, over HTTP, if one is named.
package collector

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otrace "go.opentelemetry.io/otel/trace"

	"keur/internal/redact"
	"keur/internal/trace"
	"keur/internal/typed"
)

// closeWithin is how long a process that ends goes on trying to tell what it has.
const closeWithin = 5 * time.Second

// Config says where spans go, and which of them; its tags are for the command line.
// The standard variables say the rest: headers, certificates, sampler, queue.
type Config struct {
	Endpoint string  `help:"Collector of OpenTelemetry that traces are sent to over HTTP, such as http://localhost:4318; nowhere without it." env:"KEUR_TRACE_ENDPOINT,OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL"`
	Mails    float64 `help:"Share of a send's mails that are traced one by one, from 0 to 1." default:"0.001" env:"KEUR_TRACE_MAILS"`
}

// The standard variables that the library doesn't read itself, or not in time.
const (
	endpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesVariable   = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" // where spans alone go, by its whole address
	disabledVariable = "OTEL_SDK_DISABLED"
	exporterVariable = "OTEL_TRACES_EXPORTER"
)

// named reports whether there is somewhere to tell spans.
func (c Config) named() bool {
	return (c.Endpoint != "" || os.Getenv(tracesVariable) != "") && !strings.EqualFold(os.Getenv(disabledVariable), "true") &&
		os.Getenv(exporterVariable) != "none"
}

// Collector is where spans go. nil is nowhere.
type Collector struct {
	tracer    *trace.Tracer
	providers []*sdk.TracerProvider
	flow      *flow
	within    time.Duration // that it has to tell what is left
}

// Open returns the collector, or nil where none is named. It calls nobody yet: that
// the collector is away is no reason not to start.
func Open(ctx context.Context, c Config, version string, log *slog.Logger) (*Collector, error) {
	switch {
	case !c.named():
		return nil, nil
	case c.Endpoint != "" && !typed.IsSite(c.Endpoint):
		return nil, fmt.Errorf("--trace-endpoint is an address such as http://localhost:4318, not %q", redact.Credentials(c.Endpoint))
	case !(c.Mails >= 0 && c.Mails <= 1):
		return nil, fmt.Errorf("--trace-mails is a share from 0 to 1, not %v", c.Mails)
	}
	var options []otlptracehttp.Option
	if c.Endpoint != "" && c.Endpoint != os.Getenv(endpointVariable) { // else the library reads its variables itself
		options = append(options, otlptracehttp.WithEndpointURL(strings.TrimSuffix(c.Endpoint, "/")+"/v1/traces"))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("the collector of traces: %w", err)
	}
	// What the environment says comes last, and so counts.
	of, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "keur"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces", "error", said(err))
	}))
	told := &Collector{flow: newFlow(exporter, log), within: closeWithin}
	// Two samplers over one way out: the standard one, and for mails a ratio, since
	// 5,000 mails a second are no 5,000 spans.
	usual := told.provide(sdk.WithResource(of))
	mails := told.provide(sdk.WithResource(of), sdk.WithSampler(sdk.TraceIDRatioBased(c.Mails)))
	told.tracer = trace.New(usual, mails)
	return told, nil
}

func (c *Collector) provide(options ...sdk.TracerProviderOption) otrace.Tracer {
	p := sdk.NewTracerProvider(append(options, sdk.WithSpanProcessor(c.flow))...)
	c.providers = append(c.providers, p)
	return p.Tracer("keur")
}

// Tracer makes the spans; nil where nobody is told.
func (c *Collector) Tracer() *trace.Tracer {
	if c == nil {
		return nil
	}
	return c.tracer
}

// Close tells what is left, for as long as it has time, and then nothing more.
func (c *Collector) Close(ctx context.Context) {
	if c == nil {
		return
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.within)
	defer cancel()
	for _, p := range c.providers {
		_ = p.Shutdown(within) // of trouble the log has been told
	}
}

// In returns a context in which spans are told, and has what becomes of them shown in
// r; of nil, the context as it is.
func (c *Collector) In(ctx context.Context, r prometheus.Registerer) context.Context {
	if c == nil {
		return ctx
	}
	for outcome, n := range map[string]func() int64{"sent": c.Sent, "dropped": c.Dropped} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "keur_trace_spans_total", Help: "Spans by what became of them.", ConstLabels: prometheus.Labels{"outcome": outcome},
		}, func() float64 { return float64(n()) }))
	}
	return c.tracer.In(ctx)
}

// Sent is how many spans the collector took.
func (c *Collector) Sent() int64 { return c.flow.sent.Load() }

// Dropped is how many it never got: because it was away, or the queue full.
func (c *Collector) Dropped() int64 { return c.flow.dropped.Load() }
