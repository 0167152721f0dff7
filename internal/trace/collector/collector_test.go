package collector

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"keur/internal/fault"
	"keur/internal/trace"
	"keur/internal/trace/tracetest"
)

func open(t *testing.T, endpoint string, mails float64) *Collector {
	t.Helper()
	c, err := Open(t.Context(), Config{Endpoint: endpoint, Mails: mails}, "1", slog.New(slog.DiscardHandler))
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c
}

// TestSpansReachTheCollector: with their pieces, causes and kinds of errors, and
// without what an error says.
func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	receiver := tracetest.Start(t)
	c := open(t, receiver.URL, 1)
	ctx, duty := trace.Begin(c.Tracer().In(t.Context()), "duty sweep")
	_, tx := trace.Within(ctx, "transaction")
	tx.Failed(fault.New(fault.Conflict, "members.taken", "address", "jan@post.example"))
	tx.End()
	cause := trace.Cause(ctx)
	duty.End()
	_, batch := trace.After(c.Tracer().In(t.Context()), "batch", time.Now(), []string{cause, "nonsense"})
	mail := batch.Mail([]string{cause})
	mail.Piece("smtp").End()
	mail.End()
	batch.End()
	if _, none := trace.Within(c.Tracer().In(t.Context()), "transaction"); none != nil {
		t.Error("a transaction of nothing is told")
	}
	c.Close(t.Context())
	found := map[string]tracetest.Span{}
	for _, s := range receiver.Spans() {
		found[s.Name] = s
	}
	if len(found) != 5 || c.Sent() != 5 || c.Dropped() != 0 {
		t.Fatalf("%d came: %v; %d sent, %d dropped", len(found), found, c.Sent(), c.Dropped())
	}
	of := func(child, parent string) bool {
		return found[child].Parent == found[parent].ID && found[child].Trace == found[parent].Trace
	}
	if !of("transaction", "duty sweep") || !of("smtp", "mail") || found["mail"].Trace == found["batch"].Trace {
		t.Errorf("they hang together otherwise: %v", found)
	}
	if links := found["batch"].Links; len(links) != 1 || links[0] != found["duty sweep"].ID || len(found["mail"].Links) != 2 {
		t.Errorf("the causes are %v and %v", links, found["mail"].Links)
	}
	if kind := found["transaction"].Words["error.type"]; kind != "conflict" {
		t.Errorf("the error is %q", kind)
	}
	if all := strings.Join(receiver.Texts(), "\n"); strings.Contains(all, "@") || !strings.Contains(all, "keur") {
		t.Errorf("it is told %s", all)
	}
}

// TestNoMailOfAShareOfNone is told.
func TestNoMailOfAShareOfNone(t *testing.T) {
	t.Parallel()
	c := open(t, tracetest.Start(t).URL, 0)
	_, batch := trace.After(c.Tracer().In(t.Context()), "batch", time.Now(), nil)
	if batch == nil || batch.Mail(nil) != nil {
		t.Error("it is, or its batch isn't")
	}
	c.Close(t.Context())
}

// TestACollectorThatHangsIsInNobodysWay: whoever ends a span never waits, what is too
// much is dropped and counted, and the process ends in time.
func TestACollectorThatHangsIsInNobodysWay(t *testing.T) {
	t.Parallel()
	free := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, asked *http.Request) {
		select {
		case <-asked.Context().Done():
		case <-free:
		}
	}))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(free) })
	c := open(t, hanging.URL, 1)
	c.within = 50 * time.Millisecond
	ctx, began := c.Tracer().In(t.Context()), time.Now()
	const many = 10_000
	for range many {
		_, span := trace.Begin(ctx, "duty")
		span.End()
	}
	if c.Dropped() < many-2*c.flow.most || c.flow.waiting.Load() > c.flow.most {
		t.Errorf("%d of %d are dropped, %d wait", c.Dropped(), many, c.flow.waiting.Load())
	}
	c.Close(ctx)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// refusing takes no span.
type refusing struct{}

func (refusing) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return errors.New("refused") }
func (refusing) Shutdown(context.Context) error                        { return nil }

// TestWhatACollectorRefusesIsCounted, and logged once.
func TestWhatACollectorRefusesIsCounted(t *testing.T) {
	t.Parallel()
	var logged strings.Builder
	f := newFlow(refusing{}, slog.New(slog.NewTextHandler(&logged, nil)))
	c := &Collector{flow: f, within: time.Second}
	usual := c.provide()
	ctx := trace.New(usual, usual).In(t.Context())
	for range 2 {
		_, span := trace.Begin(ctx, "duty")
		span.End()
		if err := f.ForceFlush(ctx); err != nil {
			t.Error(err)
		}
	}
	c.Close(ctx)
	if c.Dropped() != 2 || c.Sent() != 0 || strings.Count(logged.String(), "dropped") != 1 {
		t.Errorf("%d dropped, %d sent: %s", c.Dropped(), c.Sent(), logged.String())
	}
}

// TestACollectorThatAnswersMuchIsLoggedBriefly: its answer is no reason to fill the log.
func TestACollectorThatAnswersMuchIsLoggedBriefly(t *testing.T) {
	t.Parallel()
	talking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(bytes.Repeat([]byte("what is this? "), 100_000))
	}))
	t.Cleanup(talking.Close)
	var logged strings.Builder
	c, err := Open(t.Context(), Config{Endpoint: talking.URL, Mails: 1}, "1", slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, span := trace.Begin(c.Tracer().In(t.Context()), "duty")
	span.End()
	c.Close(t.Context())
	if c.Dropped() != 1 || !strings.Contains(logged.String(), "what is this?") || logged.Len() > 1_000 {
		t.Errorf("%d dropped, %d logged", c.Dropped(), logged.Len())
	}
}

// TestWithoutACollectorThereIsNone: nothing is made, and nothing breaks.
func TestWithoutACollectorThereIsNone(t *testing.T) {
	quietly := slog.New(slog.DiscardHandler)
	for _, off := range [][2]string{{"OTEL_SDK_DISABLED", "true"}, {"OTEL_TRACES_EXPORTER", "none"}} {
		t.Setenv(off[0], off[1])
		if c, err := Open(t.Context(), Config{Endpoint: "http://127.0.0.1:1"}, "1", quietly); c != nil || err != nil {
			t.Errorf("%s: %v, %v", off[0], c, err)
		}
		t.Setenv(off[0], "")
	}
	for _, wrong := range []Config{{Endpoint: "localhost:4318"}, {Endpoint: "http://127.0.0.1:1", Mails: 2}} {
		if c, err := Open(t.Context(), wrong, "1", quietly); c != nil || err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	c, err := Open(t.Context(), Config{}, "1", quietly)
	if c != nil || err != nil || c.Tracer() != nil {
		t.Errorf("%v, %v", c, err)
	}
	if c.In(t.Context(), prometheus.NewRegistry()) != t.Context() {
		t.Error("something is told")
	}
	c.Close(t.Context())
	t.Setenv(tracesVariable, "http://127.0.0.1:1/elsewhere")
	if c, err = Open(t.Context(), Config{}, "1", quietly); c == nil || err != nil {
		t.Errorf("the standard variable counts for nothing: %v", err)
	}
	c.Close(t.Context())
}
