package public

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"keur/internal/words"
)

// home answers at the address that a label's mails name, for whoever follows it
// without a token: whose address it is.
func (s *server) home(c *gin.Context) {
	all, err := s.Labels.List(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	for _, label := range all {
		if at, err := url.Parse(label.PublicURL); err == nil && at.Host == c.Request.Host {
			say := words.In(label.Locale)
			s.pages.show(c, http.StatusOK, "message", page{Say: say, Label: &label, Title: label.Name, Text: say.T("member_page.home")})
			return
		}
	}
	s.notFound(c)
}
