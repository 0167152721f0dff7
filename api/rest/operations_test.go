package rest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
)

// TestMonitoringIsAnsweredOnlyIfAsked: figures tell of mailings, and who reaches
// the API needn't be who watches it.
func TestMonitoringIsAnsweredOnlyIfAsked(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, operations := range map[string]http.Handler{"asked": http.RedirectHandler("/", http.StatusTeapot), "not asked": nil} {
		config := huma.DefaultConfig("Keur", "1")
		config.DocsPath = "" // the kit has a page of its own
		kit := New(Parts{Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Operations: operations,
			Labels: labels.NewStore(db), Clock: clock.System{}}, config)
		for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
			answer := httptest.NewRecorder()
			kit.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
			if (answer.Code == http.StatusTeapot) != (operations != nil) || operations == nil && answer.Code != http.StatusNotFound {
				t.Errorf("%s, %s answers %d", name, path, answer.Code)
			}
		}
	}
}
