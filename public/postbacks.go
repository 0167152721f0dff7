package public

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// postback takes what an affiliate network says of a transaction, in the
// parameters of the address or as a form. The secret in the path says of which
// account it is.
func (s *server) postback(c *gin.Context) {
	if err := c.Request.ParseForm(); err != nil {
		s.trouble(c, http.StatusBadRequest)
		return
	}
	if c.Request.Method != http.MethodHead { // somebody only looks whether we are there
		if err := s.Postbacks.Take(c.Request.Context(), c.Param("secret"), c.Request.Form); err != nil {
			s.fail(c, err)
			return
		}
	}
	c.String(http.StatusOK, "ok\n")
}
