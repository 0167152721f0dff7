package public

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// webhook takes what a service that hands our mail on says of it. A post that
// fails halfway is to be posted again: what was taken of it changes nothing then.
func (s *server) webhook(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		s.trouble(c, http.StatusRequestEntityTooLarge)
		return
	}
	ctx := s.Key.Acting(c.Request.Context(), "system:tracking")
	reports, err := s.Webhooks.Read(ctx, c.Param("service"), c.Param("secret"), c.Request.Header, body)
	if err != nil {
		s.fail(c, err)
		return
	}
	fresh, err := s.Tracking.Take(ctx, reports)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.Log.Info("reports taken in", "service", c.Param("service"), "reports", len(reports), "new", fresh)
	c.String(http.StatusOK, "ok\n")
}
