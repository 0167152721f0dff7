package public

import (
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/tracking"
)

// view shows a delivery's mail in the browser. A mail has styles and images of
// its own, and never a script.
func (s *server) view(c *gin.Context) {
	ref, ok := s.Ring.Parse(tracking.View, c.Param("token"))
	if !ok {
		s.trouble(c, http.StatusNotFound)
		return
	}
	html, err := s.View(c.Request.Context(), ref.Send, ref.Member)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline' https:; font-src "+
		"https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox "+
		"allow-top-navigation-by-user-activation")
	c.Data(http.StatusOK, "text/html; charset=utf-8", html)
}

// creative serves an image by the hash of its bytes, which never change.
func (s *server) creative(c *gin.Context) {
	name, _, _ := strings.Cut(c.Param("hash"), ".") // a suffix such as .png may follow
	hash, err := hex.DecodeString(name)
	if err != nil || len(hash) != 32 {
		s.trouble(c, http.StatusNotFound)
		return
	}
	etag := `"` + name + `"`
	picture, err := s.Creative(c.Request.Context(), hash)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("ETag", etag)
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin") // it is shown in mail
	if c.GetHeader("If-None-Match") == etag {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, picture.Type, picture.Bytes)
}
