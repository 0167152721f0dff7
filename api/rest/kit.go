// Package rest is what every operation of the API shares: who may call it, how
// it is registered and described, pages of lists, ETags, calls that happen
// once, and how errors become problems (RFC 9457).
package rest

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/seal"
	"keur/labels"
)

// Parts are what the kit itself stands on.
type Parts struct {
	DB         *sqlx.DB
	Log        *slog.Logger
	Clock      clock.Clock
	Box        *seal.Box
	Metrics    prometheus.Registerer
	Operations http.Handler // answers /healthz, /readyz and /metrics here too; nil: nothing does
	Labels     *labels.Store
	Tokens     *accounts.Tokens
}

// Kit is the API to which operations are added.
type Kit struct {
	Parts
	API      huma.API
	router   *gin.Engine
	keys     *keyStore
	requests *prometheus.HistogramVec
	captured captured
}

// New returns an API without operations, with its description at /openapi.json,
// a page that shows it at /docs, and what monitoring asks if Operations answers it.
func New(parts Parts, config huma.Config) *Kit {
	gin.SetMode(gin.ReleaseMode) // our own log is the log
	k := &Kit{Parts: parts, router: gin.New(), keys: newKeyStore(parts.DB, parts.Clock, parts.Box), requests: newRequests(parts.Metrics)}
	_ = k.router.SetTrustedProxies(nil) // where a call comes from is known before it is here
	k.router.HandleMethodNotAllowed = true
	k.router.Use(k.measure, k.recovered, k.warn)
	k.API = humagin.New(k.router, config)
	k.operations(k.router)
	return k
}

// Handler answers calls.
func (k *Kit) Handler() http.Handler { return k.router }
