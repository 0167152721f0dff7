// Package tracetest is a collector of OpenTelemetry, for tests: it keeps what it is
// told by OTLP over HTTP.
package tracetest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	told "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span as it came.
type Span struct {
	Name, Trace, ID, Parent string // in hexadecimal, all but the name
	Links                   []string
	Words                   map[string]string
	Numbers                 map[string]int64
}

// Receiver is a collector on this machine.
type Receiver struct {
	URL string

	mu    sync.Mutex
	spans []Span
	texts []string
}

// Start starts a collector that takes what comes.
func Start(t *testing.T) *Receiver {
	t.Helper()
	r := &Receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		body, err := io.ReadAll(asked.Body)
		var got collect.ExportTraceServiceRequest
		if err != nil || asked.URL.Path != "/v1/traces" || proto.Unmarshal(body, &got) != nil {
			http.Error(w, "no spans", http.StatusBadRequest)
			return
		}
		r.take(&got)
	}))
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// Spans returns all that came.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Span{}, r.spans...)
}

// Texts returns every text that came in whatever place.
func (r *Receiver) Texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.texts...)
}

func (r *Receiver) take(got *collect.ExportTraceServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range got.GetResourceSpans() {
		r.attributes(of.GetResource().GetAttributes())
		for _, scope := range of.GetScopeSpans() {
			r.attributes(scope.GetScope().GetAttributes())
			for _, s := range scope.GetSpans() {
				r.add(s)
			}
		}
	}
}

func (r *Receiver) add(s *told.Span) {
	made := Span{Name: s.GetName(), Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId())}
	made.Parent = hex.EncodeToString(s.GetParentSpanId())
	made.Words, made.Numbers = r.attributes(s.GetAttributes())
	r.texts = append(r.texts, s.GetName(), s.GetTraceState(), s.GetStatus().GetMessage())
	for _, link := range s.GetLinks() {
		made.Links = append(made.Links, hex.EncodeToString(link.GetSpanId()))
		r.texts = append(r.texts, link.GetTraceState())
		r.attributes(link.GetAttributes())
	}
	for _, event := range s.GetEvents() {
		r.texts = append(r.texts, event.GetName())
		r.attributes(event.GetAttributes())
	}
	r.spans = append(r.spans, made)
}

// attributes keeps what attributes say as text, however deep it lies.
func (r *Receiver) attributes(all []*common.KeyValue) (words map[string]string, numbers map[string]int64) {
	words, numbers = map[string]string{}, map[string]int64{}
	for _, a := range all {
		r.texts = append(r.texts, a.GetKey(), a.GetValue().String())
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			words[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			numbers[a.GetKey()] = v.IntValue
		}
	}
	return words, numbers
}
