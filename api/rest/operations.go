package rest

import (
	"embed"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"keur/internal/trace"
)

//go:embed pages
var pages embed.FS

// operations are what machines that run Keur ask, and what people read about it.
func (k *Kit) operations(router *gin.Engine) {
	if k.Operations != nil {
		for _, address := range []string{"/healthz", "/readyz", "/metrics"} {
			router.GET(address, gin.WrapH(k.Operations))
		}
	}
	for address, file := range map[string]string{"/docs": "docs.html", "/docs/docs.js": "docs.js", "/docs/docs.css": "docs.css"} {
		router.GET(address, func(c *gin.Context) {
			c.Header("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
			c.FileFromFS("pages/"+file, http.FS(pages))
		})
	}
	router.NoRoute(func(c *gin.Context) {
		k.turnAway(c, Refusal{http.StatusNotFound, "there is nothing here; /docs says what there is"})
	})
	router.NoMethod(func(c *gin.Context) {
		k.turnAway(c, Refusal{http.StatusMethodNotAllowed, "this address doesn't take that method; /docs says what it takes"})
	})
}

// turnAway answers what no operation took.
func (k *Kit) turnAway(c *gin.Context, err error) {
	p := k.problem(c.Request.Context(), InBody, err)
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(p.Status, p)
}

// recovered turns a panic into a problem, and logs where it was.
func (k *Kit) recovered(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			k.Log.ErrorContext(c.Request.Context(), "api panic", "cause", cause, "stack", string(debug.Stack()))
			k.turnAway(c, Refusal{http.StatusInternalServerError, "something went wrong on our side; it has been noted"})
		}
	}()
	c.Next()
}

func newRequests(registry prometheus.Registerer) *prometheus.HistogramVec {
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "keur_api_request_seconds", Help: "How long API calls took, by operation and status.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "path", "status"})
	registry.MustRegister(requests)
	return requests
}

// measure counts the call under its operation, not under its address, of which
// there are as many as things, or its method, which a caller may make up.
func (k *Kit) measure(c *gin.Context) {
	began := time.Now()
	c.Next()
	method, path := c.Request.Method, c.FullPath()
	trace.Answered(c.Request.Context(), path, c.Writer.Status())
	if path == "" {
		method, path = "other", "other"
	}
	k.requests.WithLabelValues(method, path, strconv.Itoa(c.Writer.Status())).Observe(time.Since(began).Seconds())
}
