package public

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"keur/internal/trace"
)

// newRequests returns the histogram of what comes in at this server.
func newRequests(metrics prometheus.Registerer) *prometheus.HistogramVec {
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "keur_public_request_seconds", Help: "How long requests of members and clients took, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
	}, []string{"route", "method", "status"})
	metrics.MustRegister(requests)
	return requests
}

// measured counts a request under the name of its route: the path holds a
// token, of which each member has one, and a method without a route may be
// made up.
func (s *server) measured(c *gin.Context) {
	began := time.Now()
	c.Next()
	trace.Answered(c.Request.Context(), c.FullPath(), c.Writer.Status())
	route, method := s.names[c.FullPath()], c.Request.Method
	if route == "" {
		route, method = "other", "other"
	}
	s.requests.WithLabelValues(route, method, strconv.Itoa(c.Writer.Status())).Observe(time.Since(began).Seconds())
}
