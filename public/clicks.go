package public

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// click records a click and leads on. The target comes from our own store, with
// at most a member's values from the request, which we sealed.
func (s *server) click(c *gin.Context) {
	path := c.Param("token")
	if values := c.Param("values"); values != "" {
		path += "/" + values
	}
	target, err := s.Recorder.Click(c.Request.Context(), path, c.Request.Method, c.Request.UserAgent())
	if err != nil {
		s.fail(c, err)
		return
	}
	// Not http.Redirect: it cleans the path, and the target must stay as it is.
	c.Writer.Header().Set("Location", target)
	c.Writer.WriteHeader(http.StatusFound)
}

// pixel is the smallest GIF: one transparent dot, 43 bytes.
const pixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
	"\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"

// open records an open. It answers with the image whatever happens, because a
// broken image in a mail helps nobody.
func (s *server) open(c *gin.Context) {
	token := strings.TrimSuffix(c.Param("token"), ".gif")
	if err := s.Recorder.Open(c.Request.Context(), token, c.Request.Method, c.Request.UserAgent()); err != nil {
		s.log(c, err)
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store, max-age=0")
	h.Set("Content-Length", "43")
	h.Set("Content-Type", "image/gif")
	c.Writer.WriteHeader(http.StatusOK)
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.WriteString(pixel)
	}
}
